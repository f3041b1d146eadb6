package posture

import (
	"context"
	"fmt"
	"slices"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
)

// greenness orders statuses: a verdict may be made harsher by Rego freely, greener only visibly.
var greenness = map[string]int{
	check.Fail: 0, check.NotEvaluable: 1, check.Waived: 2,
	check.Manual: 3, check.NotOccurring: 3, check.NotApplicable: 3, check.Pass: 4,
}

// worst is the engine's own roll-up of a control's checks (contract: fail, not_evaluable, waived, pass; not_applicable ones are left out,
// not_occurring ones beside others).
func worst(c *mapping.Control, statuses map[string]string) string {
	if !c.Applicable {
		return check.NotApplicable
	}
	if len(c.Checks) == 0 {
		return check.Manual
	}
	has := map[string]bool{}
	for _, link := range c.Checks {
		has[statuses[link.ID]] = true
	}
	for _, status := range []string{check.Fail, check.NotEvaluable, check.Waived, check.Pass, check.NotOccurring} {
		if has[status] {
			return status
		}
	}
	return check.NotApplicable
}

// control gives one control its verdict: the one of the roll-up in Rego, within what no policy may break.
func control(f *mapping.Framework, c *mapping.Control, statuses map[string]string, verdict policy.Verdict) Control {
	out := Control{Framework: f.ID, ID: c.ID, Title: c.Title, Checks: []string{}, Manual: append([]string{}, c.Manual...), Reasons: append([]string{}, verdict.Reasons...)}
	passed := false
	for _, link := range c.Checks {
		out.Checks = append(out.Checks, link.ID)
		passed = passed || statuses[link.ID] == check.Pass
		if link.Covers == "full" {
			out.Coverage = "full"
		} else if out.Coverage == "" {
			out.Coverage = "partial"
		}
	}
	slices.Sort(out.Checks)
	own := worst(c, statuses)
	out.Status = verdict.Status
	_, known := greenness[verdict.Status]
	switch {
	case verdict.Status == "":
		out.Status = check.NotEvaluable
		out.Reasons = append(out.Reasons, "the roll-up in policies/controls gives no verdict for this control")
	case !known:
		out.Status = check.NotEvaluable
		out.Reasons = append(out.Reasons, fmt.Sprintf("the roll-up in policies/controls gives the unknown status %q", verdict.Status))
	case verdict.Status == check.Pass && !passed:
		out.Status = own
		out.Reasons = append(out.Reasons, "the roll-up in policies/controls says pass, but no linked check passed")
	case greenness[verdict.Status] > greenness[own]:
		place := verdict.Rule
		out.Refined = &place
		out.Reasons = append(out.Reasons, fmt.Sprintf("refined from %s to %s by %s:%d", own, verdict.Status, place.File, place.Line))
	}
	if own == check.NotApplicable && c.Reason != "" {
		out.Reasons = append(out.Reasons, c.Reason)
	}
	return out
}

// controls rolls all checks up to the controls of the frameworks.
func controls(ctx context.Context, lib *policy.Library, frameworks []mapping.Framework, statuses map[string]string) ([]Control, error) {
	out := []Control{}
	for i := range frameworks {
		f := &frameworks[i]
		verdicts, err := lib.Verdicts(ctx, f, statuses)
		if err != nil {
			return nil, err
		}
		for j := range f.Controls {
			c := &f.Controls[j]
			out = append(out, control(f, c, statuses, verdicts[c.ID]))
		}
	}
	return out, nil
}
