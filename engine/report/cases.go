package report

import (
	"fmt"
	"io"

	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/check"
)

// CasesJSON writes what became of a library's cases as JSON.
func CasesJSON(w io.Writer, r *cases.Report) error { return encode(w, r) }

// Cases writes what became of a library's cases: each failure with its place, then each check, the controls without a failing case, and
// the counts.
func Cases(w io.Writer, r *cases.Report, look Look) error {
	p := &page{look: look}
	for _, c := range r.Checks {
		for _, f := range c.Failures {
			p.line(p.status(check.Fail, symbols[check.Fail])+" ", printable(f.String()))
		}
	}
	for _, c := range r.Checks {
		status, text := check.Pass, fmt.Sprintf("%s, %s", count(int64(c.Cases), "case"), count(int64(c.Deletions), "deletion"))
		if c.Excused > 0 {
			text += fmt.Sprintf(" (%d excused)", c.Excused)
		}
		switch {
		case len(c.Failures) > 0:
			status, text = check.Fail, text+fmt.Sprintf(", %d failed", len(c.Failures))
		case c.Cases == 0:
			status, text = check.NotEvaluable, "no cases"
		}
		p.line(p.status(status, symbols[status])+" ", printable(c.ID)+p.paint(faint, "  "+text))
	}
	for _, c := range r.Controls {
		if !c.Failing {
			p.line(p.paint(alert, "!")+" ", fmt.Sprintf("%s %s: no case of its checks fails; nothing shows that they can", printable(c.Framework), printable(c.ID)))
		}
	}
	t := r.Totals
	p.line("", fmt.Sprintf("%d checks (%d without cases): %d cases, %d failed; %d deletions, %d failed; %d excuses for nothing",
		t.Checks, t.Uncased, t.Cases, t.CasesFailed, t.Deletions, t.DeletionsFailed, t.ExcusesFailed))
	_, err := io.WriteString(w, p.text.String())
	return err
}
