package report

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/keeptrusts/kt/engine/document"
	"github.com/keeptrusts/kt/engine/policy"
)

// Problem writes why a command could not be carried out, in lines that can be copied: what has a place begins with it.
func Problem(w io.Writer, err error) {
	var rego policy.Diagnostics
	var problems document.Problems
	head := "error: "
	switch {
	case errors.As(err, &rego):
		head = fmt.Sprintf("error: %s in the policies\n", count(int64(len(rego)), "problem"))
	case errors.As(err, &problems):
		head = fmt.Sprintf("error: %s\n", count(int64(len(problems)), "problem"))
	}
	lines := strings.Split(strings.TrimRight(head+err.Error(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = printableTabs(line)
	}
	_, _ = fmt.Fprintln(w, strings.Join(lines, "\n"))
}

// printableTabs is printable, with the tabs that keep a caret under its place.
func printableTabs(s string) string {
	parts := strings.Split(s, "\t")
	for i := range parts {
		parts[i] = printable(parts[i])
	}
	return strings.Join(parts, "\t")
}
