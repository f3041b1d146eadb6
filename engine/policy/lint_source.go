package policy

import (
	"bytes"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// maxRuleLines is a screen.
const maxRuleLines = 40

// strict compiles everything once more in OPA's strict mode, which refuses unused imports, variables and arguments.
func (l *linter) strict() {
	for _, f := range l.tests {
		m, err := parseModule(f)
		if err != nil {
			l.errors(err, "correct the test")
			continue
		}
		l.modules[f.Path] = m
	}
	schemas, err := schemaSet()
	if err != nil {
		l.err = err
		return
	}
	compiler := newCompiler().WithStrict(true).WithSchemas(schemas).WithUseTypeCheckAnnotations(true).
		WithEnablePrintStatements(true).SetErrorLimit(0)
	compiler.Compile(l.modules)
	if compiler.Failed() {
		l.errors(compiler.Errors, "correct or remove it")
	}
}

// format compares each file with what `opa fmt` would write.
func (l *linter) format() {
	for _, f := range l.lib.Files {
		if l.modules[f.Path] == nil {
			continue
		}
		formatted, err := format.SourceWithOpts(f.Path, f.Data, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			l.errors(err, "correct it")
			continue
		}
		if bytes.Equal(formatted, f.Data) {
			continue
		}
		line := differsAt(f.Data, formatted)
		l.add(&ast.Location{File: f.Path, Row: line, Col: 1}, "run `opa fmt -w` on the file", "not as opa fmt writes it, from this line on")
	}
}

// differsAt is the first line, from 1, in which two texts differ.
func differsAt(a, b []byte) int {
	left, right := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range left {
		if i >= len(right) || left[i] != right[i] {
			return i + 1
		}
	}
	return len(left)
}

// lengths finds rules that fill more than a screen.
func (l *linter) lengths() {
	for _, m := range l.lib.Modules {
		for _, rule := range m.Rules {
			if lines := 1 + bytes.Count(bytes.TrimSpace(rule.Location.Text), []byte("\n")); lines > maxRuleLines {
				l.add(rule.Location, "give its parts names of their own", "rule %s has %d lines, more than %d", rule.Head.Name, lines, maxRuleLines)
			}
		}
	}
}
