package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/document"
)

// Diagnostic is one thing wrong with a file of the library, shown with its line and a caret.
type Diagnostic struct {
	File    string `json:"file"` // as the user knows it
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Rule    string `json:"rule,omitempty"` // of the linter; "" for what does not load
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"` // what to do, of the linter
	Source  string `json:"-"`                // the line itself
}

// Diagnostics is all that was found, sorted by place.
type Diagnostics []Diagnostic

// Error prints each diagnostic as file:line:column: message, then the line and a caret.
func (d Diagnostics) Error() string {
	var b strings.Builder
	for i, one := range d {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.String())
	}
	return b.String()
}

func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d", d.File, d.Line)
	if d.Column > 0 {
		fmt.Fprintf(&b, ":%d", d.Column)
	}
	fmt.Fprintf(&b, ": %s", d.Message)
	if d.Remedy != "" {
		fmt.Fprintf(&b, "; %s", d.Remedy)
	}
	if d.Rule != "" {
		fmt.Fprintf(&b, " [%s]", d.Rule)
	}
	if d.Source == "" {
		return b.String()
	}
	indent := d.Source[:min(max(d.Column-1, 0), len(d.Source))]
	indent = strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, indent)
	fmt.Fprintf(&b, "\n    %s\n    %s^", d.Source, indent)
	return b.String()
}

// regoError turns OPA's errors into diagnostics.
func (l *Library) regoError(errs ...error) error {
	var out Diagnostics
	for _, err := range errs {
		var list ast.Errors
		var one *ast.Error
		switch {
		case err == nil:
		case errors.As(err, &list):
			for _, e := range list {
				out = append(out, l.diagnostic(e))
			}
		case errors.As(err, &one):
			out = append(out, l.diagnostic(one))
		default:
			return err
		}
	}
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

func (l *Library) diagnostic(e *ast.Error) Diagnostic {
	message := e.Code + ": " + e.Message
	if strings.HasPrefix(e.Message, "package annotation redeclared") {
		message += ": two checks have the id of this package; give one of them another"
	}
	if e.Details != nil && e.Code != ast.ParseErr {
		for _, line := range e.Details.Lines() {
			if line = strings.TrimSpace(line); line != "" && strings.Trim(line, "^ \t") != "" {
				message += "; " + line
			}
		}
	}
	if e.Location == nil {
		return Diagnostic{File: l.Source.Shown("policies"), Message: message}
	}
	return l.at(e.Location, message)
}

// at is a diagnostic at a place in a module.
func (l *Library) at(loc *ast.Location, message string) Diagnostic {
	text, row, column := l.line(loc.File, loc.Row), loc.Row, loc.Col
	for text == "" && row > 1 { // the end of the file: show where the text ends
		row--
		text = l.line(loc.File, row)
		column = len(text) + 1
	}
	return Diagnostic{File: l.Source.Shown(loc.File), Line: row, Column: column, Message: message, Source: text}
}

// line is the text of a line (from 1) of a file of the library, "" where it is too long to show.
func (l *Library) line(path string, row int) string {
	for _, f := range l.Files {
		if f.Path != path {
			continue
		}
		lines := strings.SplitN(string(f.Data), "\n", row+1)
		if row >= 1 && row <= len(lines) && len(lines[row-1]) <= 200 {
			return strings.TrimRight(lines[row-1], "\r")
		}
	}
	return ""
}

// shownError gives the problems of mappings and waivers the names under which the user knows the files.
func (l *Library) shownError(err error) error {
	var problems document.Problems
	if !errors.As(err, &problems) {
		return err
	}
	out := slices.Clone(problems)
	for i := range out {
		out[i].File = l.Source.Shown(out[i].File)
	}
	return out
}
