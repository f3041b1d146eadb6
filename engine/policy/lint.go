package policy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// LintRule is one rule of the linter.
type LintRule struct {
	Name string `json:"name"`
	Says string `json:"says"` // what it holds a library to
	run  func(*linter)
}

// LintRules are the linter's rules, in the order in which they run.
func LintRules() []LintRule {
	return []LintRule{
		{"opa-strict", "every file, tests too, compiles in OPA's strict mode", (*linter).strict},
		{"opa-fmt", "every file is as opa fmt writes it", (*linter).format},
		{"metadata-complete", "a check's METADATA says title, description, custom.id, severity, nature, reads and evidence, and the schemas of what its rules read", (*linter).metadata},
		{"id-matches-path", "the check ID lies in policies/checks/ID/ID.rego", (*linter).paths},
		{"reads-true", "a check reads what custom.reads says", (*linter).reads},
		{"mapped", "some control links the check", (*linter).mapped},
		{"private-helpers", "a check's rules but for population, selected, deviation, warning and unknown begin with _", (*linter).helpers},
		{"threshold-literal", "durations, dates and numbers to compare with stand in policies/thresholds", (*linter).literals},
		{"threshold-explained", "a comment above each threshold says what it limits", (*linter).thresholdsExplained},
		{"threshold-tested", "a _test.rego lies beside each file of thresholds", (*linter).thresholdsTested},
		{"threshold-used", "some rule reads each threshold", (*linter).thresholdsUsed},
		{"has-cases", "cases.yaml lies beside the check", (*linter).cases},
		{"cases-minimum", "the cases show a pass, a fail, an empty population and missing data", (*linter).casesMinimum},
		{"rule-length", fmt.Sprintf("no rule has more than %d lines", maxRuleLines), (*linter).lengths},
	}
}

// Lint holds a library to OPA's strict mode and format, and to rules of kt's own. What it finds is sorted by place; an error
// is a file that cannot be read.
func Lint(ctx context.Context, lib *Library) (Diagnostics, error) {
	l := &linter{lib: *lib}
	tests, err := lib.testFiles()
	if err != nil {
		return nil, err
	}
	l.tests = tests
	l.lib.Files = append(slices.Clone(lib.Files), tests...)
	l.modules = make(map[string]*ast.Module, len(lib.Modules)+len(tests))
	for path, m := range lib.Modules {
		l.modules[path] = m
	}
	for _, rule := range LintRules() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l.rule = rule.Name
		rule.run(l)
		if l.err != nil {
			return nil, l.err
		}
	}
	slices.SortFunc(l.found, func(a, b Diagnostic) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(l.found, func(a, b Diagnostic) bool { return a == b }), nil
}

// linter is one run over one library.
type linter struct {
	lib     Library // with the test files among its files
	tests   []File
	modules map[string]*ast.Module // tests too, as far as they parse
	rule    string
	found   Diagnostics
	err     error
}

// add notes a finding of the rule under way.
func (l *linter) add(loc *ast.Location, remedy, format string, args ...any) {
	d := l.lib.at(loc, fmt.Sprintf(format, args...))
	d.Rule, d.Remedy = l.rule, remedy
	l.found = append(l.found, d)
}

// errors notes OPA's errors as findings.
func (l *linter) errors(err error, remedy string) {
	converted := l.lib.regoError(err)
	list, ok := converted.(Diagnostics)
	if !ok {
		l.err = converted
		return
	}
	for _, d := range list {
		d.Rule, d.Remedy = l.rule, remedy
		l.found = append(l.found, d)
	}
}

func head(c *Check) *ast.Location { return &ast.Location{File: c.File, Row: c.Line, Col: 1} }

// checkModules calls fn for each file of each check.
func (l *linter) checkModules(fn func(*Check, *ast.Module)) {
	for _, c := range l.lib.Checks {
		for _, f := range l.lib.Files {
			if m := l.lib.Modules[f.Path]; m != nil && m.Package.Path.String() == "data."+c.Package {
				fn(c, m)
			}
		}
	}
}

// annotation is the check's METADATA and its place; nil where there is none.
func (l *linter) annotation(c *Check) *ast.Annotations {
	var out *ast.Annotations
	l.checkModules(func(of *Check, m *ast.Module) {
		if of != c {
			return
		}
		for _, a := range m.Annotations {
			if a.Scope == "package" && (out == nil || m.Package.Location.File == c.File) {
				out = a
			}
		}
	})
	return out
}
