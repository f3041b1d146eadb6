package cases

import (
	"fmt"
	"strings"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/policy"
)

// Kinds of Failure.
const (
	KindCase     = "case"     // the verdict is another one than the case expects
	KindDeletion = "deletion" // without a field the deviation vanishes unseen
	KindExcuse   = "excuse"   // an entry of deletable that excuses nothing
)

// Report is what became of a library's cases.
type Report struct {
	Checks   []CheckReport   `json:"checks"`   // sorted by id
	Controls []ControlReport `json:"controls"` // in the mappings' order
	Totals   Totals          `json:"totals"`
}

// CheckReport is what became of one check's cases.
type CheckReport struct {
	ID        string    `json:"id"`
	File      string    `json:"file"`  // of its cases, as the user knows it
	Cases     int       `json:"cases"` // 0: it has none
	Failing   int       `json:"failing_cases"`
	Passing   int       `json:"passing_cases"`
	Deletions int       `json:"deletions"` // fields and lists taken away
	Excused   int       `json:"excused"`   // of them, those whose absence has a meaning
	Failures  []Failure `json:"failures"`
}

// Failure is a case that did not come out as it claims.
type Failure struct {
	Kind     string       `json:"kind"`
	Check    string       `json:"check"`
	Case     string       `json:"case"`
	File     string       `json:"file"` // as the user knows it
	Line     int          `json:"line"`
	Subject  string       `json:"subject,omitempty"` // of a deletion: type/id
	Field    string       `json:"field,omitempty"`   // of a deletion, or an excuse
	Expected *Expectation `json:"expected,omitempty"`
	Found    *Expectation `json:"found,omitempty"`
	Message  string       `json:"message"`
}

// String is file:line: check, case: message.
func (f Failure) String() string {
	return fmt.Sprintf("%s:%d: %s: %q: %s", f.File, f.Line, f.Check, f.Case, f.Message)
}

// ControlReport says which sorts of case show that a control's checks can tell good from bad.
type ControlReport struct {
	Framework string   `json:"framework"`
	ID        string   `json:"id"`
	Checks    []string `json:"checks"`
	Failing   bool     `json:"has_failing_case"`
	Passing   bool     `json:"has_passing_case"`
}

// Totals counts over all checks.
type Totals struct {
	Checks          int `json:"checks"`
	Uncased         int `json:"checks_without_cases"`
	Cases           int `json:"cases"`
	CasesFailed     int `json:"cases_failed"`
	Deletions       int `json:"deletions"`
	DeletionsFailed int `json:"deletions_failed"`
	ExcusesFailed   int `json:"excuses_failed"`
}

// Failures are those of all checks, in order.
func (r *Report) Failures() []Failure {
	var out []Failure
	for _, c := range r.Checks {
		out = append(out, c.Failures...)
	}
	return out
}

// OK says that every case and every deletion came out as it should.
func (r *Report) OK() bool {
	return r.Totals.CasesFailed+r.Totals.DeletionsFailed+r.Totals.ExcusesFailed == 0
}

// finish counts, and looks which controls have a failing and a passing case.
func (r *Report) finish(lib *policy.Library) {
	failing, passing := map[string]bool{}, map[string]bool{}
	for i := range r.Checks {
		c := &r.Checks[i]
		failing[c.ID], passing[c.ID] = c.Failing > 0, c.Passing > 0
		r.Totals.Checks++
		r.Totals.Cases += c.Cases
		r.Totals.Deletions += c.Deletions
		if c.Cases == 0 {
			r.Totals.Uncased++
		}
		for _, f := range c.Failures {
			switch f.Kind {
			case KindCase:
				r.Totals.CasesFailed++
			case KindDeletion:
				r.Totals.DeletionsFailed++
			case KindExcuse:
				r.Totals.ExcusesFailed++
			}
		}
	}
	r.Controls = []ControlReport{}
	if lib.Mappings == nil {
		return
	}
	for _, f := range lib.Mappings.Frameworks {
		for _, control := range f.Controls {
			if len(control.Checks) == 0 {
				continue
			}
			one := ControlReport{Framework: f.ID, ID: control.ID}
			for _, link := range control.Checks {
				one.Checks = append(one.Checks, link.ID)
				one.Failing = one.Failing || failing[link.ID]
				one.Passing = one.Passing || passing[link.ID]
			}
			r.Controls = append(r.Controls, one)
		}
	}
}

// differ says in words how a verdict differs from the one expected; "" where it does not.
func differ(want, got Expectation, reasons []string) string {
	var out []string
	if want.Status != got.Status {
		out = append(out, fmt.Sprintf("expected status %s, found %s", want.Status, got.Status))
	}
	for _, list := range []struct {
		name      string
		want, got []string
	}{{"deviations", want.Deviations, got.Deviations}, {"warnings", want.Warnings, got.Warnings}, {"unknown", want.Unknown, got.Unknown}} {
		if strings.Join(list.want, "\n") != strings.Join(list.got, "\n") {
			out = append(out, fmt.Sprintf("expected %s %s, found %s", list.name, shown(list.want), shown(list.got)))
		}
	}
	if len(out) > 0 && len(reasons) > 0 && got.Status == check.NotEvaluable {
		out = append(out, "because "+strings.Join(reasons, "; "))
	}
	return strings.Join(out, "; ")
}

func shown(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return "[" + strings.Join(ids, ", ") + "]"
}
