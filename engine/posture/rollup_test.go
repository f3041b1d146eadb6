package posture

import (
	"testing"

	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
)

func linked(ids ...string) *mapping.Control {
	c := &mapping.Control{ID: "C1", Applicable: true}
	for _, id := range ids {
		c.Checks = append(c.Checks, mapping.Link{ID: id, Covers: "partial"})
	}
	return c
}

// TestWhatNoRollUpMayBreak holds the verdicts of policies/controls against the engine's own.
func TestWhatNoRollUpMayBreak(t *testing.T) {
	rule := policy.Position{File: "policies/controls/x.rego", Line: 3}
	for name, c := range map[string]struct {
		control  *mapping.Control
		statuses map[string]string
		verdict  policy.Verdict
		status   string
		refined  bool
	}{
		"as the worst check":            {linked("a", "b"), map[string]string{"a": "pass", "b": "fail"}, policy.Verdict{Status: "fail"}, "fail", false},
		"greener is marked":             {linked("a", "b"), map[string]string{"a": "pass", "b": "fail"}, policy.Verdict{Status: "pass", Rule: rule}, "pass", true},
		"harsher is free":               {linked("a"), map[string]string{"a": "pass"}, policy.Verdict{Status: "fail"}, "fail", false},
		"pass without a passing check":  {linked("a"), map[string]string{"a": "waived"}, policy.Verdict{Status: "pass"}, "waived", false},
		"pass of what did not occur":    {linked("a"), map[string]string{"a": "not_occurring"}, policy.Verdict{Status: "pass"}, "not_occurring", false},
		"fail called not applicable":    {linked("a"), map[string]string{"a": "fail"}, policy.Verdict{Status: "not_applicable", Rule: rule}, "not_applicable", true},
		"no verdict":                    {linked("a"), map[string]string{"a": "pass"}, policy.Verdict{}, "not_evaluable", false},
		"an unknown verdict":            {linked("a"), map[string]string{"a": "pass"}, policy.Verdict{Status: "green"}, "not_evaluable", false},
		"manual called pass":            {linked(), nil, policy.Verdict{Status: "pass"}, "manual", false},
		"a check that has no result":    {linked("a", "b"), map[string]string{"a": "pass"}, policy.Verdict{Status: "pass"}, "pass", false},
		"out of scope, called passing":  {&mapping.Control{ID: "C1", Checks: linked("a").Checks}, map[string]string{"a": "not_applicable"}, policy.Verdict{Status: "pass"}, "not_applicable", false},
		"out of scope whatever it says": {&mapping.Control{ID: "C1", Checks: linked("a").Checks}, map[string]string{"a": "fail"}, policy.Verdict{Status: "not_applicable"}, "not_applicable", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := control(&mapping.Framework{ID: "f"}, c.control, c.statuses, c.verdict)
			if got.Status != c.status || (got.Refined != nil) != c.refined {
				t.Errorf("expected %s, refined %v, found %s, %v (%v)", c.status, c.refined, got.Status, got.Refined, got.Reasons)
			}
			if got.Refined != nil && *got.Refined != rule {
				t.Errorf("expected the rule %v, found %v", rule, *got.Refined)
			}
		})
	}
}

func TestControlsAreOrderedAsPeopleNumberThem(t *testing.T) {
	for _, pair := range [][2]string{{"A.8.9", "A.8.15"}, {"A.5.36", "A.8.2"}, {"CC6.1", "CC6.2"}, {"A1.2", "CC1.1"}, {"CC6", "CC6.1"}} {
		if compareIDs(pair[0], pair[1]) >= 0 || compareIDs(pair[1], pair[0]) <= 0 {
			t.Errorf("expected %s before %s", pair[0], pair[1])
		}
	}
}
