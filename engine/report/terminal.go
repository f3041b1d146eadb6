package report

import (
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/posture"
)

// shown is how many findings of one sort a check shows on a terminal; the posture lists the others.
const shown = 10

// statuses in the order in which they are counted.
var statuses = []string{check.Fail, check.NotEvaluable, check.Waived, check.Pass, check.NotOccurring, check.Manual, check.NotApplicable}

// Terminal writes the posture for a person: the controls by framework, what was found, what became of the waivers, and the counts.
// organization is whose posture it is, "" where the snapshot does not say.
func Terminal(w io.Writer, p *posture.Posture, organization string, look Look) error {
	t := &terminal{page: page{look: look}, p: p, checks: map[string]*posture.Check{}}
	for i := range p.Checks {
		t.checks[p.Checks[i].ID] = &p.Checks[i]
	}
	t.header(organization)
	for _, f := range p.Frameworks {
		t.framework(f)
	}
	t.share()
	t.found()
	t.sharedNotes()
	t.waivers()
	t.counts()
	_, err := io.WriteString(w, t.text.String())
	return err
}

type terminal struct {
	page
	p      *posture.Posture
	checks map[string]*posture.Check
	shared map[string][]string // a reason, and the checks that give it: two at least
}

func (t *terminal) header(organization string) {
	title := "Compliance posture"
	if organization != "" {
		title += " of " + printable(organization)
	}
	t.line("", t.paint(bold, title))
	if t.p.Demo {
		t.line("", t.paint(alert, "DEMO: a made-up organisation; nothing here is about yours"))
	}
	t.fact("period", fmt.Sprintf("%s to %s, as of %s", t.p.Period.From, t.p.Period.To, t.p.AsOf))
	t.fact("policies", t.policies())
	var inputs []string
	for _, in := range t.p.Inputs {
		text := strings.ReplaceAll(in.Name, "-", " ") + ": " + count(in.Records, "record")
		if in.Refused > 0 {
			text += fmt.Sprintf(", %d refused", in.Refused)
		}
		inputs = append(inputs, text)
	}
	if len(inputs) == 0 {
		inputs = []string{"none"}
	}
	t.fact("inputs", strings.Join(inputs, "; "))
	for _, in := range t.p.Inputs {
		for i, refusal := range in.Refusals {
			if i == shown {
				t.more(int64(len(in.Refusals) - shown))
				break
			}
			t.fact("", fmt.Sprintf("refused line %d: %s", refusal.Line, printable(refusal.Reason)))
		}
	}
}

func (t *terminal) fact(name, text string) { t.line(t.paint(faint, pad("  "+name, 12)), text) }

func (t *terminal) policies() string {
	commit := "commit unknown"
	if c := t.p.Policy.Commit; c != "" {
		commit = "commit " + c[:min(len(c), 12)]
	}
	if t.p.Policy.Dirty {
		commit += " with changes"
	}
	return commit + ", " + t.p.Policy.Digest[:min(len(t.p.Policy.Digest), 19)]
}

func (t *terminal) framework(f posture.Framework) {
	t.section(fmt.Sprintf("%s, edition %s, mapping %s", f.ID, f.Edition, f.Version))
	columns := 0
	for _, c := range t.p.Controls {
		if c.Framework == f.ID {
			columns = max(columns, lipgloss.Width(c.ID))
		}
	}
	for _, c := range t.p.Controls {
		if c.Framework == f.ID {
			t.control(c, columns)
		}
	}
}

// control is one line, and below it the checks that keep it from being green.
func (t *terminal) control(c posture.Control, columns int) {
	lead := "  " + t.status(c.Status, pad(symbols[c.Status]+" "+words(c.Status), 16)) + "  "
	title := printable(c.Title)
	switch {
	case c.Status == check.Manual:
		title += t.paint(faint, fmt.Sprintf(" (evidence to bring: %d)", len(c.Manual)))
	case c.Coverage == "partial":
		title += t.paint(faint, " (partly covered)")
	}
	t.line(lead+t.paint(bold, pad(c.ID, columns))+"  ", title)
	below := strings.Repeat(" ", lipgloss.Width(lead)+columns+2)
	var others []string
	for _, id := range c.Checks {
		if one := t.checks[id]; one != nil && one.Status != check.Pass && one.Status != check.NotOccurring && one.Status != check.NotApplicable {
			others = append(others, t.status(one.Status, symbols[one.Status]+" "+id))
		}
	}
	if len(others) > 0 {
		t.line(below, strings.Join(others, ", "))
	}
	for _, reason := range c.Reasons {
		if id, status, _ := strings.Cut(reason, ": "); t.checks[id] == nil || t.checks[id].Status != status { // else it stands above
			t.line(below, t.paint(faint, printable(reason)))
		}
	}
}
