package report

import (
	"io"

	"github.com/keeptrusts/kt/engine/check"
)

// PlanJSON writes a plan as JSON.
func PlanJSON(w io.Writer, plans []check.Plan) error { return encode(w, plans) }

// WritePlan writes for a person what of a check's rules is pushed down.
func WritePlan(w io.Writer, plans []check.Plan, look Look) error {
	p := &page{look: look}
	for i, plan := range plans {
		if i > 0 {
			p.blank()
		}
		verdict := "Rego looks at what the condition keeps, and only at that"
		switch {
		case len(plan.Left) > 0:
			verdict = "some events are left to Rego, whatever they hold"
		case plan.Exact:
			verdict = "decided without Rego"
		}
		p.line(p.paint(bold, plan.Rule)+"  ", verdict)
		p.line("  condition   ", printable(plan.Condition))
		for _, part := range []struct {
			name  string
			lines []string
		}{{"pushed down ", plan.Pushed}, {"remembered  ", plan.Remembered}, {"left to Rego", plan.Left}} {
			for _, text := range part.lines {
				p.line("  "+part.name+" ", printable(text))
			}
		}
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}
