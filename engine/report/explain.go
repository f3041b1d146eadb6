package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
)

// ExplanationJSON writes an explanation as JSON.
func ExplanationJSON(w io.Writer, e *assess.Explanation) error { return encode(w, e) }

// WriteExplanation writes why a control or a check has its verdict. place gives a file of the library the name under which the user
// knows it.
func WriteExplanation(w io.Writer, e *assess.Explanation, place func(string) string, look Look) error {
	x := &explaining{page: page{look: look}, place: place}
	for _, c := range e.Controls {
		x.line(x.status(c.Status, symbols[c.Status]+" "+words(c.Status))+"  ", x.paint(bold, printable(c.Framework)+" "+printable(c.ID))+"  "+printable(c.Title))
		for _, reason := range c.Reasons {
			x.fact("", printable(reason))
		}
		for _, l := range e.Links {
			if l.Framework == c.Framework && l.Control == c.ID {
				x.fact("tested by", x.paint(bold, printable(l.Check))+" ("+l.Covers+"): "+printable(l.Why))
			}
		}
		for _, manual := range c.Manual {
			x.fact("by hand", printable(manual))
		}
		x.blank()
	}
	for i := range e.Checks {
		x.check(&e.Checks[i])
	}
	x.line("", x.paint(faint, fmt.Sprintf("period %s to %s, as of %s", e.Period.From, e.Period.To, e.AsOf)))
	_, err := io.WriteString(w, x.text.String())
	return err
}

type explaining struct {
	page
	place func(string) string
}

func (x *explaining) fact(name, text string) { x.line(x.paint(faint, pad("  "+name, 14)), text) }

// deeper is a fact below a fact.
func (x *explaining) deeper(name, text string) { x.line(x.paint(faint, pad("    "+name, 14)), text) }

func (x *explaining) at(p policy.Position) string {
	return fmt.Sprintf("%s:%d", printable(x.place(p.File)), p.Line)
}

func (x *explaining) check(e *assess.CheckExplanation) {
	c := &e.Check
	x.line(x.status(c.Status, symbols[c.Status]+" "+words(c.Status))+"  ", x.paint(bold, printable(c.ID))+"  "+printable(c.Title))
	x.fact("means", printable(strings.Join(strings.Fields(e.Description), " ")))
	x.fact("written in", printable(x.place(e.File)))
	reads := e.Reads
	if len(e.Lists) > 0 {
		reads += "; of the snapshot: " + strings.Join(e.Lists, ", ")
	}
	x.fact("reads", printable(reads))
	x.fact("severity", c.Severity+", "+c.Nature)
	x.fact("judged", fmt.Sprintf("%s, %s, %s, %d unknown", count(c.Population.Count, "subject"), deviating(c), count(c.WarningsTotal, "warning"), c.UnknownTotal))
	if c.Completeness != "" {
		x.fact("log", c.Completeness)
	}
	for _, reason := range c.Reasons {
		x.fact("because", printable(reason))
	}
	for _, t := range e.Thresholds {
		x.fact("threshold", printable(t.Name+" = "+t.Value)+x.paint(faint, "  "+x.at(t.At)))
	}
	x.sort(e, check.Fail, "deviates", policy.RuleDeviation, c.Deviations, c.DeviationsTotal)
	x.sort(e, check.NotEvaluable, "unknown", policy.RuleUnknown, c.Unknown, c.UnknownTotal)
	x.sort(e, check.Waived, "warning", policy.RuleWarning, c.Warnings, c.WarningsTotal)
	if e.Subject != "" {
		x.subject(e)
	}
	for _, one := range e.Passes {
		x.fact("to pass", printable(one))
	}
	x.blank()
}

// subject shows what is known of the one that was asked for.
func (x *explaining) subject(e *assess.CheckExplanation) {
	c := &e.Check
	if len(c.Deviations)+len(c.Warnings)+len(c.Unknown) == 0 {
		x.fact("found", printable(e.Subject)+": no deviation, no warning, nothing unknown")
	}
	if e.Record == nil {
		return
	}
	record, err := json.MarshalIndent(e.Record, "", "  ")
	if err != nil {
		return
	}
	for i, line := range strings.Split(string(record), "\n") {
		name := ""
		if i == 0 {
			name = "record"
		}
		x.text.WriteString(x.paint(faint, pad("  "+name, 14)) + printable(line) + "\n")
	}
}

// sort shows the findings of one sort, each with the clauses that gave it.
func (x *explaining) sort(e *assess.CheckExplanation, status, name, rule string, list []posture.Finding, total int64) {
	for i, f := range list {
		if i == shown {
			break
		}
		x.line(x.status(status, pad("  "+name, 14)), x.paint(bold, printable(f.Type+" "+f.ID))+"  "+printable(f.Reason))
		if f.At != "" {
			x.deeper("at", printable(f.At))
		}
		if f.Waiver != "" {
			x.deeper("waived by", printable(f.Waiver))
		}
		if f.Note != "" {
			x.deeper("waiver", printable(f.Note))
		}
		x.causes(e.Causes, rule, f)
		x.extra(f)
	}
	if hidden := total - int64(min(len(list), shown)); hidden > 0 && e.Subject == "" {
		x.deeper("", fmt.Sprintf("… and %d more; name a subject", hidden))
	}
}

// causes are the clauses whose finding this is: those that say its reason.
func (x *explaining) causes(all []check.Cause, rule string, f posture.Finding) {
	reason, err := json.Marshal(f.Reason)
	if err != nil {
		return
	}
	for _, c := range all {
		if c.Rule != rule || !strings.Contains(c.Says, string(reason)) || (f.ID != "" && !strings.Contains(c.Says, f.ID) && !strings.HasPrefix(f.Type, "event")) {
			continue
		}
		x.deeper("rule", rule+" in "+x.at(c.At))
		for _, name := range slices.Sorted(maps.Keys(c.Values)) {
			x.deeper("", printable(name+" = "+short(c.Values[name])))
		}
	}
}

// short keeps a value from filling the screen.
func short(s string) string {
	const most = 400
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}

// extra is whatever else the rule said, the events behind the finding among it.
func (x *explaining) extra(f posture.Finding) {
	for _, key := range slices.Sorted(maps.Keys(f.Extra)) {
		var events []check.EventRef
		if key == "evidence" && json.Unmarshal(f.Extra[key], &events) == nil {
			for _, event := range events {
				x.deeper("event", fmt.Sprintf("%s, number %d of the period", printable(event.Event), event.Position))
			}
			continue
		}
		x.deeper(printable(key), printable(short(string(f.Extra[key]))))
	}
}
