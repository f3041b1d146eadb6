package report

import (
	"encoding/csv"
	"io"
	"strings"
)

var scopeColumns = []string{"framework", "edition", "mapping_version", "control", "title", "applicable", "reason", "aliases", "coverage",
	"check", "check_title", "covers", "why", "check_evidence", "control_evidence", "manual", "policy_commit", "policy_dirty", "policy_digest"}

// ScopeCSV writes the scoping document as CSV (RFC 4180), a row for each link of a control to a check, and one for a control without
// checks. Lists within a cell are joined by "; ".
func ScopeCSV(w io.Writer, s *Scope) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(scopeColumns); err != nil {
		return err
	}
	for _, c := range s.Controls {
		links := c.Checks
		if len(links) == 0 {
			links = []ScopeCheck{{}}
		}
		for _, link := range links {
			row := []string{s.Framework.ID, s.Framework.Edition, s.Framework.Version, c.ID, c.Title, truth(c.Applicable), c.Reason, cell(c.Aliases), c.Coverage,
				link.ID, link.Title, link.Covers, link.Why, cell(link.Evidence), cell(c.Evidence), cell(c.Manual), s.Policy.Commit, truth(s.Policy.Dirty), s.Policy.Digest}
			for i := range row {
				row[i] = inert(row[i])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func cell(list []string) string { return strings.Join(list, "; ") }

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// inert keeps a spreadsheet from reading a cell as a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
