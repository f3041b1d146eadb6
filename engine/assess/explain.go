package assess

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
)

// Explanation says why a control or a check has its verdict.
type Explanation struct {
	Controls []posture.Control  `json:"controls,omitempty"` // of a control's name, each with its links
	Links    []Linked           `json:"links,omitempty"`
	Checks   []CheckExplanation `json:"checks"`
	AsOf     string             `json:"as_of"`
	Period   posture.Period     `json:"period"`
}

// Linked is a link from a control to a check, with its rationale.
type Linked struct {
	Framework string `json:"framework"`
	Control   string `json:"control"`
	Check     string `json:"check"`
	Covers    string `json:"covers"`
	Why       string `json:"why"`
}

// CheckExplanation says why a check, or one of its subjects, has its verdict.
type CheckExplanation struct {
	Check       posture.Check                `json:"check"`
	Description string                       `json:"description"`
	File        string                       `json:"file"`
	Reads       string                       `json:"reads"`
	Lists       []string                     `json:"lists"`
	Rules       map[string][]policy.Position `json:"rules"`
	// Thresholds are those that the rules use, with the values in force as Rego text and their place.
	Thresholds []Threshold `json:"thresholds"`
	// Causes are the clauses that gave the findings, with the values they saw.
	Causes []check.Cause `json:"causes"`
	// Record is the subject's item in the snapshot, where it has one.
	Record any `json:"record,omitempty"`
	// Subject is the id that was asked for, "" for the check as a whole.
	Subject string   `json:"subject,omitempty"`
	Passes  []string `json:"would_pass"` // what would make it pass
}

// Threshold is a rule of data.kt.thresholds.
type Threshold struct {
	Name  string          `json:"name"`
	Value string          `json:"value"`
	At    policy.Position `json:"at"`
}

// Explain evaluates the checks that a name stands for - a check's id, or a control's with or without its framework ("soc2/CC6.1") - and says
// why each has its verdict; with a subject's id, why that subject has.
func Explain(ctx context.Context, r Request, name, subject string) (*Explanation, error) {
	controls, links := find(r.Library, name)
	var checks []*policy.Check
	if c, ok := r.Library.Check(name); ok {
		checks = []*policy.Check{c}
	}
	for _, l := range links {
		if c, ok := r.Library.Check(l.Check); ok && !slices.Contains(checks, c) {
			checks = append(checks, c)
		}
	}
	if len(checks) == 0 && len(controls) == 0 {
		return nil, fmt.Errorf("%s: expected the id of a check or of a control; `kt policy list` and `kt mapping list` show them", name)
	}
	out := &Explanation{Links: links}
	thresholds, err := r.Library.Thresholds(ctx)
	if err != nil {
		return nil, err
	}
	watches := make(check.Watches, len(checks))
	r.Only, r.Frameworks = nil, nil
	for i, c := range checks {
		watches[i] = check.NewWatch(c, subject)
		r.Only = append(r.Only, c.ID)
	}
	r.Tracer = watches
	p, err := Run(ctx, r)
	if err != nil {
		return nil, err
	}
	out.AsOf, out.Period = p.AsOf, p.Period
	for i, c := range checks {
		out.Checks = append(out.Checks, explain(r.Library, c, p, watches[i], thresholds, subject, r))
	}
	for _, c := range p.Controls {
		if slices.ContainsFunc(controls, func(o posture.Control) bool { return o.Framework == c.Framework && o.ID == c.ID }) {
			out.Controls = append(out.Controls, c)
		}
	}
	return out, nil
}

// find gives the controls that a name stands for, by id or alias, in any framework.
func find(lib *policy.Library, name string) (controls []posture.Control, links []Linked) {
	framework, id, qualified := strings.Cut(name, "/")
	if !qualified {
		framework, id = "", name
	}
	for _, f := range lib.Mappings.Frameworks {
		if framework != "" && f.ID != framework {
			continue
		}
		for _, c := range f.Controls {
			if !strings.EqualFold(c.ID, id) && !slices.Contains(c.Aliases, id) {
				continue
			}
			controls = append(controls, posture.Control{Framework: f.ID, ID: c.ID})
			links = append(links, linksOf(&f, &c)...)
		}
	}
	return controls, links
}

func linksOf(f *mapping.Framework, c *mapping.Control) []Linked {
	var out []Linked
	for _, l := range c.Checks {
		out = append(out, Linked{Framework: f.ID, Control: c.ID, Check: l.ID, Covers: l.Covers, Why: l.Why})
	}
	return out
}

func explain(lib *policy.Library, c *policy.Check, p *posture.Posture, watch *check.Watch, thresholds map[string]string, subject string, r Request) CheckExplanation {
	out := CheckExplanation{Description: c.Description, File: c.File, Reads: c.Reads, Lists: c.Lists, Rules: c.Rules, Causes: watch.Causes(), Subject: subject}
	for _, one := range p.Checks {
		if one.ID == c.ID {
			out.Check = one
		}
	}
	for _, t := range lib.ThresholdsOf(c) {
		out.Thresholds = append(out.Thresholds, Threshold{Name: t.Name, Value: thresholds[t.Name], At: t.At})
	}
	if subject != "" {
		keep := func(list []posture.Finding) []posture.Finding {
			return slices.DeleteFunc(list, func(f posture.Finding) bool { return f.ID != subject })
		}
		out.Check.Deviations, out.Check.Warnings, out.Check.Unknown = keep(out.Check.Deviations), keep(out.Check.Warnings), keep(out.Check.Unknown)
		if record := recordOf(r, c, subject); record != nil {
			out.Record = record.Any()
		}
	}
	out.Passes = passes(out)
	return out
}

// recordOf is the subject's item in one of the lists that the check reads.
func recordOf(r Request, c *policy.Check, subject string) *canon.Value {
	if r.Snapshot == nil {
		return nil
	}
	for _, list := range c.Lists {
		items := r.Snapshot.Value.Get(list)
		if items == nil {
			continue
		}
		for i := range items.Items {
			if id := items.Items[i].Get("id"); id != nil && id.Text == subject {
				return &items.Items[i]
			}
		}
	}
	return nil
}

// passes says what would make the check, or the subject, pass.
func passes(e CheckExplanation) []string {
	var out []string
	for _, list := range [][]posture.Finding{e.Check.Deviations, e.Check.Unknown} {
		for _, f := range list {
			if len(out) < 20 {
				out = append(out, fmt.Sprintf("%s %s: %s", f.Type, f.ID, f.Reason))
			}
		}
	}
	if e.Subject == "" && len(out) == 0 {
		out = append(out, e.Check.Reasons...)
	}
	return out
}
