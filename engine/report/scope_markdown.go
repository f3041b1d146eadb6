package report

import (
	"fmt"
	"io"
	"strings"
)

// ScopeMarkdown writes the scoping document as Markdown: a table of the controls, then a section for each.
func ScopeMarkdown(w io.Writer, s *Scope) error {
	var b strings.Builder
	f := s.Framework
	fmt.Fprintf(&b, "# %s: scope\n\n", plain(f.Title))
	fmt.Fprintf(&b, "- framework: %s, edition %s\n- mapping: version %s\n", plain(f.ID), plain(f.Edition), plain(f.Version))
	fmt.Fprintf(&b, "- policies: %s, digest `%s`\n\n", commitText(s.Policy), s.Policy.Digest)
	b.WriteString("| control | title | checks | coverage | manual evidence |\n|---|---|---|---|---|\n")
	for _, c := range s.Controls {
		var ids []string
		for _, link := range c.Checks {
			ids = append(ids, plain(link.ID))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", plain(c.ID), plain(c.Title), strings.Join(ids, ", "), coverage(&c), manualCount(&c))
	}
	for i := range s.Controls {
		markdownControl(&b, &s.Controls[i])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownControl(b *strings.Builder, c *ScopeControl) {
	fmt.Fprintf(b, "\n## %s: %s\n\n", plain(c.ID), plain(c.Title))
	if len(c.Aliases) > 0 {
		fmt.Fprintf(b, "Formerly: %s.\n\n", plain(strings.Join(c.Aliases, ", ")))
	}
	fmt.Fprintf(b, "Coverage: %s.\n", coverage(c))
	if len(c.Checks) > 0 {
		b.WriteString("\n| check | tests that | covers | why | evidence source |\n|---|---|---|---|---|\n")
	}
	for _, link := range c.Checks {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", plain(link.ID), plain(link.Title), plain(link.Covers), plain(link.Why), plain(strings.Join(link.Evidence, "; ")))
	}
	bullets(b, "Further evidence", c.Evidence)
	bullets(b, "Evidence to bring by hand", c.Manual)
}

func bullets(b *strings.Builder, title string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", title)
	for _, one := range list {
		fmt.Fprintf(b, "- %s\n", plain(one))
	}
}

// coverage says in words how far a control is tested.
func coverage(c *ScopeControl) string {
	switch {
	case !c.Applicable:
		return "not applicable: " + plain(c.Reason)
	case c.Coverage == "":
		return "manual"
	}
	return c.Coverage
}

func manualCount(c *ScopeControl) string {
	if len(c.Manual) == 0 {
		return ""
	}
	return fmt.Sprint(len(c.Manual))
}

func commitText(p ScopePolicy) string {
	text := "commit unknown"
	if p.Commit != "" {
		text = "git commit `" + p.Commit + "`"
	}
	if p.Dirty {
		text += " with changes"
	}
	return text
}

// plain keeps text from acting as markup, and a cell from ending its row.
func plain(s string) string {
	var b strings.Builder
	for _, r := range printable(s) {
		if strings.ContainsRune("\\`*_[]<>|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
