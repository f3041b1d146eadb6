package policy

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/document"
)

// cases finds checks that nothing shows to work, and cases that cannot be read.
func (l *linter) cases() {
	for _, c := range l.lib.Checks {
		file := casesFile(c)
		_, err := l.readCases(c)
		var problems document.Problems
		switch {
		case err == nil:
		case errors.Is(err, fs.ErrNotExist):
			l.add(head(c), "write "+l.lib.Source.Shown(file), "check %s has no cases", c.ID)
		case errors.As(err, &problems):
			for _, p := range problems {
				text := p
				text.File, text.Line, text.Column = "", 0, 0
				l.found = append(l.found, Diagnostic{File: p.File, Line: p.Line, Column: p.Column, Rule: l.rule, Message: strings.TrimPrefix(text.String(), ": ")})
			}
		default:
			l.err = err
		}
	}
}

// casesMinimum finds checks whose cases leave out what goes wrong most often.
func (l *linter) casesMinimum() {
	for _, c := range l.lib.Checks {
		doc, err := l.readCases(c)
		if err != nil {
			continue // told by has-cases
		}
		statuses, unknown := map[string]bool{}, false
		for i := range doc.Value.Items {
			expect := doc.Value.Items[i].Get("expect")
			if status := expect.Get("status"); status != nil && status.Kind == canon.String {
				statuses[status.Text] = true
			}
			list := expect.Get("unknown")
			unknown = unknown || list != nil && len(list.Items) > 0
		}
		for _, need := range []struct {
			there     bool
			what, how string
		}{
			{statuses["pass"], "passes", "a population without deviation"},
			{statuses["fail"], "fails", "a deviation"},
			{statuses["not_occurring"], "has an empty population", "an empty list or log, with status not_occurring"},
			{statuses["not_evaluable"] || unknown, "lacks data", "a field or list left out, with the subject unknown or status not_evaluable"},
		} {
			if !need.there {
				l.add(&ast.Location{File: casesFile(c), Row: 1, Col: 1}, "add one: "+need.how, "check %s: no case %s", c.ID, need.what)
			}
		}
	}
}

func casesFile(c *Check) string { return path.Join(path.Dir(c.File), "cases.yaml") }

func (l *linter) readCases(c *Check) (*document.Document, error) {
	file := casesFile(c)
	inside, ok := strings.CutPrefix(file, "policies/")
	if !ok {
		return nil, fs.ErrNotExist
	}
	data, err := readFile(l.lib.Source.Policies, inside)
	if err != nil {
		return nil, err
	}
	doc, err := document.ParseYAML(l.lib.Source.Shown(file), data)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate("cases")
}
