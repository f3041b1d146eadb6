package report

import (
	"fmt"
	"io"

	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/policy"
)

// PolicyTests is what became of the tests of a library, or of a folder of Rego tests. What was not run is nil.
type PolicyTests struct {
	Cases    *cases.Report          `json:"cases,omitempty"`
	Tests    *policy.TestReport     `json:"tests,omitempty"`
	Coverage *policy.CoverageReport `json:"coverage,omitempty"`
}

// OK says that nothing failed.
func (r *PolicyTests) OK() bool {
	return (r.Cases == nil || r.Cases.OK()) && (r.Tests == nil || r.Tests.OK())
}

// PolicyTestsJSON writes what became of tests as JSON.
func PolicyTestsJSON(w io.Writer, r *PolicyTests) error { return encode(w, r) }

// WritePolicyTests writes what became of tests for a person: what failed with its place, then each check, the controls that no failing
// case speaks for, the lines that nothing evaluated, and the counts.
func WritePolicyTests(w io.Writer, r *PolicyTests, look Look) error {
	p := &page{look: look}
	if r.Cases != nil {
		p.cases(r.Cases)
	}
	if r.Tests != nil {
		p.tests(r.Tests)
	}
	if r.Coverage != nil {
		for _, place := range r.Coverage.Missing() {
			p.line(p.paint(alert, "!")+" ", printable(place)+": nothing evaluates it")
		}
	}
	p.totals(r)
	_, err := io.WriteString(w, p.text.String())
	return err
}

func (p *page) cases(r *cases.Report) {
	for _, f := range r.Failures() {
		p.line(p.status(check.Fail, symbols[check.Fail])+" ", printable(f.String()))
	}
	for _, c := range r.Checks {
		status, text := check.Pass, count(int64(c.Cases), "case")+", "+count(int64(c.Deletions), "deletion")
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
}

func (p *page) tests(r *policy.TestReport) {
	for _, t := range r.Tests {
		switch t.Status {
		case policy.TestFail, policy.TestError:
			p.line(p.status(check.Fail, symbols[check.Fail])+" ", printable(t.String()))
		case policy.TestSkip:
			p.line(p.paint(faint, symbols[check.NotOccurring])+" ", printable(t.String()))
		}
	}
}

func (p *page) totals(r *PolicyTests) {
	if r.Cases != nil {
		t := r.Cases.Totals
		p.line("", fmt.Sprintf("checks: %d, %d without cases", t.Checks, t.Uncased))
		p.line("", fmt.Sprintf("cases: %d, %d failed", t.Cases, t.CasesFailed))
		p.line("", fmt.Sprintf("deletions: %d, %d failed, %s for nothing", t.Deletions, t.DeletionsFailed, count(int64(t.ExcusesFailed), "excuse")))
	}
	if r.Tests != nil {
		p.line("", fmt.Sprintf("tests: %d, %d failed, %d skipped", len(r.Tests.Tests), r.Tests.Fail+r.Tests.Error, r.Tests.Skip))
	}
	if r.Coverage != nil {
		p.line("", fmt.Sprintf("coverage: %g %% of %d lines", r.Coverage.Percent(), r.Coverage.Covered+r.Coverage.Uncovered))
	}
}
