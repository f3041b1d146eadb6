package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/posture"
)

// found shows each check under every heading that it belongs to: one that fails may warn as well.
func (t *terminal) found() {
	t.checksWhere("Failing checks",
		func(c *posture.Check) bool { return c.Status == check.Fail },
		func(c *posture.Check) {
			t.heading(c, deviating(c))
			t.findings(c.Deviations, c.DeviationsTotal)
			t.notes(c)
			t.findings(c.Unknown, c.UnknownTotal)
		})
	t.checksWhere("Waived deviations",
		func(c *posture.Check) bool { return c.Status != check.Fail && c.DeviationsTotal > 0 },
		func(c *posture.Check) {
			t.heading(c, deviating(c))
			t.findings(c.Deviations, c.DeviationsTotal)
		})
	t.checksWhere("Checks that could not be judged",
		func(c *posture.Check) bool { return c.Status == check.NotEvaluable },
		func(c *posture.Check) {
			t.heading(c, fmt.Sprintf("%d of %d unknown", c.UnknownTotal, c.Population.Count))
			t.notes(c)
			t.findings(c.Unknown, c.UnknownTotal)
		})
	t.checksWhere("Warnings",
		func(c *posture.Check) bool { return c.WarningsTotal > 0 },
		func(c *posture.Check) {
			t.heading(c, fmt.Sprintf("%d of %d near the limit", c.WarningsTotal, c.Population.Count))
			t.findings(c.Warnings, c.WarningsTotal)
		})
}

func (t *terminal) checksWhere(title string, want func(*posture.Check) bool, show func(*posture.Check)) {
	begun := false
	for i := range t.p.Checks {
		c := &t.p.Checks[i]
		if !want(c) {
			continue
		}
		if !begun {
			t.section(title)
			begun = true
		}
		show(c)
	}
}

func (t *terminal) section(title string) {
	t.blank()
	t.line("", t.paint(bold, title))
}

// heading names a check and how much of its population it is about.
func (t *terminal) heading(c *posture.Check, about string) {
	if c.Completeness != "" {
		about += "; log " + c.Completeness
	}
	t.line("  "+t.status(c.Status, symbols[c.Status])+" ", t.paint(bold, printable(c.ID))+"  "+printable(c.Title)+t.paint(faint, " ("+c.Severity+"; "+about+")"))
}

func deviating(c *posture.Check) string {
	text := fmt.Sprintf("%d of %d deviate", c.DeviationsTotal, c.Population.Count)
	if c.Waived > 0 {
		text += fmt.Sprintf(", %d waived", c.Waived)
	}
	return text
}

// notes are what a check says of itself, and no other check does.
func (t *terminal) notes(c *posture.Check) {
	for _, reason := range c.Reasons {
		if t.shared[reason] == nil {
			t.line("      ", t.paint(faint, printable(reason)))
		}
	}
}

// share finds the reasons that several checks give, such as a gap in the log: they are told once.
func (t *terminal) share() {
	t.shared = map[string][]string{}
	for _, c := range t.p.Checks {
		if c.Status == check.Fail || c.Status == check.NotEvaluable {
			for _, reason := range c.Reasons {
				t.shared[reason] = append(t.shared[reason], c.ID)
			}
		}
	}
	maps.DeleteFunc(t.shared, func(_ string, ids []string) bool { return len(ids) < 2 })
}

func (t *terminal) sharedNotes() {
	if len(t.shared) == 0 {
		return
	}
	t.section("What several checks say")
	for _, reason := range slices.Sorted(maps.Keys(t.shared)) {
		t.line("  "+t.paint(alert, "!")+" ", printable(reason))
		t.line("      ", t.paint(faint, printable(strings.Join(t.shared[reason], ", "))))
	}
}

func (t *terminal) findings(list []posture.Finding, total int64) {
	for i, f := range list {
		if i == shown {
			break
		}
		lead := "      " + t.paint(bold, printable(f.Type+" "+f.ID)) + "  "
		text := printable(f.Reason)
		if f.At != "" {
			text = printable(f.At) + "  " + text
		}
		if f.Waiver != "" {
			text += t.paint(statusStyles[check.Waived], " [waived by "+printable(f.Waiver)+"]")
		}
		if f.Note != "" {
			text += t.paint(faint, " ["+printable(f.Note)+"]")
		}
		t.line(lead, text)
	}
	if hidden := total - int64(min(len(list), shown)); hidden > 0 {
		t.more(hidden)
	}
}

func (t *terminal) more(n int64) {
	t.line("      ", t.paint(faint, fmt.Sprintf("… and %d more (--output FILE lists them)", n)))
}

func (t *terminal) waivers() {
	begun := false
	for _, w := range t.p.Waivers {
		if len(w.Reports) == 0 {
			continue
		}
		if !begun {
			t.section("Waivers to look at")
			begun = true
		}
		for _, report := range w.Reports {
			t.line("  "+t.paint(alert, "!")+" "+t.paint(bold, printable(w.ID))+"  ", printable(w.Check)+": "+printable(report))
		}
	}
}

func (t *terminal) counts() {
	s := &t.p.Summary
	t.section("Counts")
	controls := t.tally(s.Controls)
	var beside []string
	for _, one := range []struct {
		n    int
		what string
	}{{s.Refined, "refined"}, {s.Partial, "partly covered"}} {
		if one.n > 0 {
			beside = append(beside, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}
	if len(beside) > 0 {
		controls += t.paint(faint, " ("+strings.Join(beside, ", ")+")")
	}
	t.fact("controls", controls)
	t.fact("checks", t.tally(s.Checks))
	findings := count(s.Deviations, "deviation")
	if s.Waived > 0 {
		findings += fmt.Sprintf(" (%d waived)", s.Waived)
	}
	t.fact("findings", findings+", "+count(s.Warnings, "warning")+", "+fmt.Sprintf("%d unknown", s.Unknown))
}

// tally names each status that occurs, the worst first.
func (t *terminal) tally(counts map[string]int) string {
	var out []string
	for _, status := range statuses {
		if n := counts[status]; n > 0 {
			out = append(out, t.status(status, fmt.Sprintf("%s %d %s", symbols[status], n, words(status))))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, "  ")
}
