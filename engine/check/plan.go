package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
)

// Plan says, for one rule of a check, what of it is decided by looking at an event's values, and what is left to Rego.
type Plan struct {
	Rule string `json:"rule"`
	// Condition is the whole condition in one line.
	Condition string `json:"condition"`
	// Exact says that Rego is never asked whether the condition holds: populations are counted by it.
	Exact bool `json:"exact"`
	// Pushed are the tests on single values, Remembered the parts that OPA evaluates once for each combination of the values that they
	// depend on, Left what Rego evaluates for every event that comes so far, with the reason.
	Pushed     []string `json:"pushed"`
	Remembered []string `json:"remembered"`
	Left       []string `json:"left"`
}

// Plans tells how the rules of a check meet events, for one snapshot and clock: what the rules look up in these is a constant to them.
func Plans(ctx context.Context, lib *policy.Library, in Inputs, opt Options, c *policy.Check) ([]Plan, error) {
	if !c.Offered() {
		return nil, fmt.Errorf("check %s reads %s and selects no events: nothing of it meets the log event by event", c.ID, c.Reads)
	}
	r, end, err := begin(ctx, lib, in, opt)
	if err != nil {
		return nil, err
	}
	defer end()
	r.fold(ctx, []*policy.Check{c})
	rego := r.translator(ctx)
	out := []Plan{}
	for _, rule := range eventRules(c) {
		if len(c.Rules[rule]) > 0 {
			out = append(out, plan(rule, rego.Rule(ruleRef(c, rule))))
		}
	}
	return out, nil
}

func plan(rule string, n *predicate.Node) Plan {
	p := Plan{Rule: rule, Condition: n.String(), Exact: n.Exact(), Pushed: []string{}, Remembered: []string{}, Left: []string{}}
	seen := map[string]bool{}
	add := func(to *[]string, text string) {
		if !seen[text] {
			seen[text] = true
			*to = append(*to, text)
		}
	}
	n.Each(func(t *predicate.Test) {
		if strings.HasPrefix(t.Text, predicate.Remembered) {
			add(&p.Remembered, t.Text)
			return
		}
		add(&p.Pushed, t.Text)
	}, func(why string) { add(&p.Left, why) })
	return p
}
