package posture

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
)

// Facts is what a posture says besides verdicts.
type Facts struct {
	Clock  Clock
	Demo   bool
	Engine Engine
	Inputs []Input
	// Commits is when each waiver's entry was committed, by id, where git knows.
	Commits map[string]time.Time
}

// Applicable splits the checks that the frameworks link into those to run and those that no applicable control links.
func Applicable(lib *policy.Library, frameworks []mapping.Framework) (run, scoped []*policy.Check) {
	applies := map[string]bool{}
	linked := map[string]bool{}
	for _, f := range frameworks {
		for _, c := range f.Controls {
			for _, link := range c.Checks {
				linked[link.ID] = true
				applies[link.ID] = applies[link.ID] || c.Applicable
			}
		}
	}
	for _, c := range lib.Checks {
		switch {
		case applies[c.ID]:
			run = append(run, c)
		case linked[c.ID]:
			scoped = append(scoped, c)
		}
	}
	return run, scoped
}

// Build makes the posture of some frameworks from the results of their checks.
func Build(ctx context.Context, lib *policy.Library, frameworks []mapping.Framework, results []*check.Result, register *Register, facts Facts) (*Posture, error) {
	p := &Posture{Kind: "posture", Version: 1, Demo: facts.Demo, Engine: facts.Engine, Inputs: facts.Inputs,
		AsOf: clock.Format(facts.Clock.AsOf), EvaluatedAt: clock.Format(facts.Clock.EvaluatedAt),
		Period: Period{From: clock.Format(facts.Clock.From), To: clock.Format(facts.Clock.To)},
		Policy: Policy{Commit: lib.Commit, Digest: lib.Digest, Dirty: lib.Dirty}}
	if p.Inputs == nil {
		p.Inputs = []Input{}
	}
	for _, f := range frameworks {
		p.Frameworks = append(p.Frameworks, Framework{ID: f.ID, Edition: f.Edition, Version: f.Version})
	}
	statuses, ran := map[string]string{}, map[string]bool{}
	for _, r := range results {
		one, err := checkOf(r)
		if err != nil {
			return nil, err
		}
		p.Checks = append(p.Checks, one)
		statuses[one.ID], ran[one.ID] = one.Status, one.Status != check.NotApplicable
	}
	var err error
	if p.Controls, err = controls(ctx, lib, frameworks, statuses); err != nil {
		return nil, err
	}
	p.Waivers = register.Report(ran, facts.Commits)
	p.sort()
	p.summarise()
	return p, nil
}

// NotApplicable is the result of a check that is not run because every control that links it is out of scope.
func NotApplicable(c *policy.Check) *check.Result {
	return &check.Result{Check: c, Status: check.NotApplicable, Reasons: []string{"every control that links it is declared not applicable"}, Population: check.NoPopulation()}
}

func checkOf(r *check.Result) (Check, error) {
	c := Check{ID: r.Check.ID, Title: r.Check.Title, Severity: r.Check.Severity, Nature: r.Check.Nature, Status: r.Status,
		Waived: r.Waived, Completeness: r.Completeness, Population: Population(r.Population),
		DeviationsTotal: r.Deviations.Total, WarningsTotal: r.Warnings.Total, UnknownTotal: r.Unknown.Total,
		Reasons: append([]string{}, r.Reasons...)}
	var err error
	for _, part := range []struct {
		to   *[]Finding
		from check.Findings
	}{{&c.Deviations, r.Deviations}, {&c.Warnings, r.Warnings}, {&c.Unknown, r.Unknown}} {
		if *part.to, err = findings(part.from); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (p *Posture) sort() {
	slices.SortFunc(p.Frameworks, func(a, b Framework) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Checks, func(a, b Check) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Controls, func(a, b Control) int {
		return cmp.Or(strings.Compare(a.Framework, b.Framework), compareIDs(a.ID, b.ID))
	})
}

// compareIDs orders control ids as people number them: A.8.9 before A.8.15.
func compareIDs(a, b string) int {
	as, bs := strings.FieldsFunc(a, separator), strings.FieldsFunc(b, separator)
	for i := range min(len(as), len(bs)) {
		if d := cmp.Or(cmp.Compare(len(as[i]), len(bs[i])), strings.Compare(as[i], bs[i])); d != 0 {
			if digits(as[i]) && digits(bs[i]) {
				return d
			}
			return strings.Compare(as[i], bs[i])
		}
	}
	return cmp.Compare(len(as), len(bs))
}

func separator(r rune) bool { return r == '.' || r == '-' }

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func (p *Posture) summarise() {
	s := &p.Summary
	s.Controls, s.Checks = map[string]int{}, map[string]int{}
	for _, status := range []string{check.Pass, check.Fail, check.NotEvaluable, check.NotOccurring, check.NotApplicable, check.Waived} {
		s.Controls[status], s.Checks[status] = 0, 0
	}
	s.Controls[check.Manual] = 0
	for _, c := range p.Controls {
		s.Controls[c.Status]++
		if c.Refined != nil {
			s.Refined++
		}
		if c.Coverage == "partial" {
			s.Partial++
		}
	}
	for _, c := range p.Checks {
		s.Checks[c.Status]++
		s.Deviations += c.DeviationsTotal
		s.Waived += c.Waived
		s.Warnings += c.WarningsTotal
		s.Unknown += c.UnknownTotal
	}
}
