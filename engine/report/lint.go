package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/keeptrusts/kt/engine/policy"
)

// LintRules lists what the linter holds a library to.
func LintRules() string {
	var b strings.Builder
	for _, rule := range policy.LintRules() {
		fmt.Fprintf(&b, "- %s: %s\n", rule.Name, rule.Says)
	}
	return b.String()
}

// DiagnosticsJSON writes what a linter found as JSON.
func DiagnosticsJSON(w io.Writer, found policy.Diagnostics) error {
	if found == nil {
		found = policy.Diagnostics{}
	}
	return encode(w, found)
}

// Diagnostics writes what a linter found, each with its place, line and caret.
func Diagnostics(w io.Writer, found policy.Diagnostics, look Look) error {
	p := &page{look: look}
	for _, one := range found {
		for i, line := range strings.Split(one.String(), "\n") {
			line = printableTabs(line)
			if i == 0 && one.Rule != "" {
				line += p.paint(faint, " ["+one.Rule+"]")
			}
			p.text.WriteString(line + "\n")
		}
	}
	p.line("", count(int64(len(found)), "problem"))
	_, err := io.WriteString(w, p.text.String())
	return err
}
