package document

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// shown is how many problems an error prints; the others it counts.
const shown = 20

// Problem is one complaint about a document. Line and Column count from 1, and are 0 where the place is not known.
type Problem struct {
	File         string
	Line, Column int
	Pointer      string // JSON pointer (RFC 6901) of the value, "" for the whole document
	Expected     string
	Found        string
	Hint         string // what to do, "" where nothing helps
}

// String is "file:line:column: pointer: expected …, found …; hint".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString(": ")
	if p.Pointer != "" {
		b.WriteString(printable(p.Pointer) + ": ")
	}
	switch {
	case p.Expected == "":
		b.WriteString(p.Found)
	case p.Found == "":
		b.WriteString("expected " + p.Expected)
	default:
		b.WriteString("expected " + p.Expected + ", found " + p.Found)
	}
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Problems is an error that lists problems, one a line. An empty list is no error: see Err.
type Problems []Problem //nolint:errname // a list of problems is named for what it holds

// Error prints the first twenty problems and counts the others.
func (p Problems) Error() string {
	lines := make([]string, 0, min(len(p), shown+1))
	for _, problem := range p[:min(len(p), shown)] {
		lines = append(lines, problem.String())
	}
	if more := len(p) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Err is the problems in the order of their places, or nil where there are none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Pointer, b.Pointer))
	})
	return p
}

// printable quotes a text that holds what a terminal would act upon.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	return strconv.Quote(s)
}
