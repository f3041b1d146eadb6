package check

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
)

// judge evaluates a check that sees its whole population at once.
func (r *run) judge(ctx context.Context, c *policy.Check, input *ast.Term) *tally {
	t := newTally(r, c)
	subjects := map[string]bool{}
	population := r.askRule(ctx, c, policy.RulePopulation, input)
	t.errors = addErrors(t.errors, population.errors)
	for _, term := range elements(population.value) {
		value, err := predicate.FromTerm(term)
		if err != nil || value.Kind != canon.Object || text(value.Get("id")) == "" || text(value.Get("type")) == "" {
			t.malformed(policy.RulePopulation, fmt.Errorf(`expected subjects {"type", "id"}, found %s`, shorten(term.String())))
			continue
		}
		subjects[string(canon.Append(nil, &value))] = true
	}
	found := map[string][]Finding{}
	for _, rule := range []string{policy.RuleDeviation, policy.RuleWarning, policy.RuleUnknown} {
		set := r.askRule(ctx, c, rule, input)
		t.errors = addErrors(t.errors, set.errors)
		for _, term := range elements(set.value) {
			f, err := finding(term, nil)
			if err != nil {
				t.malformed(rule, err)
				continue
			}
			subjects[f.key] = true
			found[rule] = append(found[rule], f)
		}
	}
	t.settle(found)
	census := newCensus()
	for _, line := range slices.Sorted(maps.Keys(subjects)) {
		census.add([]byte(line))
	}
	t.population = census.population()
	return t
}

// elements are the members of a set, or of an array where a rule gives one.
func elements(t *ast.Term) []*ast.Term {
	if t == nil {
		return nil
	}
	switch v := t.Value.(type) {
	case ast.Set:
		return v.Slice()
	case *ast.Array:
		out := make([]*ast.Term, 0, v.Len())
		v.Foreach(func(e *ast.Term) { out = append(out, e) })
		return out
	}
	return []*ast.Term{t} // refused as malformed
}

// tally is what a check has found so far.
type tally struct {
	run        *run
	check      *policy.Check
	population Population
	deviations list
	warnings   list
	unknown    list
	waived     int64
	errors     []RuleError
	reasons    []string
}

func newTally(r *run, c *policy.Check) *tally {
	return &tally{run: r, check: c, population: NoPopulation()}
}

// settle takes findings in: a subject that deviates has no warning and is not unknown.
func (t *tally) settle(found map[string][]Finding) {
	deviates := map[string]bool{}
	for _, f := range found[policy.RuleDeviation] {
		deviates[f.key] = true
		t.run.waive(t.check, &f)
		if f.Waiver != "" {
			t.waived++
		}
		t.deviations.add(f)
	}
	for _, f := range found[policy.RuleWarning] {
		if !deviates[f.key] {
			t.warnings.add(f)
		}
	}
	for _, f := range found[policy.RuleUnknown] {
		if !deviates[f.key] {
			t.unknown.add(f)
		}
	}
}

// malformed notes an element that is no finding.
func (t *tally) malformed(rule string, err error) {
	place := policy.Position{File: t.check.File, Line: t.check.Line}
	if places := t.check.Rules[rule]; len(places) > 0 {
		place = places[0]
	}
	t.errors = addErrors(t.errors, []RuleError{{Rule: rule, File: place.File, Line: place.Line, Message: err.Error(), Times: 1}})
}

// result gives the tally its status. completeness is "" for a check that was offered no events.
func (t *tally) result(comp completeness) *Result {
	out := &Result{Check: t.check, Population: t.population, Deviations: t.deviations.findings(), Waived: t.waived,
		Warnings: t.warnings.findings(), Unknown: t.unknown.findings(), Errors: t.errors, Reasons: t.reasons}
	for _, e := range t.errors {
		out.Reasons = append(out.Reasons, e.String())
	}
	if out.Unknown.Total > 0 {
		out.Reasons = append(out.Reasons, fmt.Sprintf("%d of %d subjects could not be judged", out.Unknown.Total, out.Population.Count))
	}
	incomplete := len(out.Reasons) > 0
	if t.check.Offered() {
		out.Completeness = comp.state
		out.Reasons = append(out.Reasons, comp.reasons...)
		incomplete = incomplete || comp.state == Broken
	}
	switch {
	case out.Deviations.Total > out.Waived:
		out.Status = Fail
	case incomplete:
		out.Status = NotEvaluable
	case out.Population.Count == 0:
		out.Status = NotOccurring
	case out.Deviations.Total > 0:
		out.Status = Waived
	default:
		out.Status = Pass
	}
	return out
}
