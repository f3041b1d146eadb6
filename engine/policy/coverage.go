package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/cover"
)

// CoverageReport says which lines of a library's policies no case and no test evaluated, as OPA counts lines: heads of rules and
// expressions, without comments, METADATA and imports.
type CoverageReport struct {
	Files     []FileCoverage `json:"files"` // sorted by name
	Covered   int            `json:"covered_lines"`
	Uncovered int            `json:"uncovered_lines"`
}

// FileCoverage is the coverage of one file.
type FileCoverage struct {
	File      string      `json:"file"` // as the user knows it
	Covered   int         `json:"covered_lines"`
	Uncovered int         `json:"uncovered_lines"`
	Missing   []Uncovered `json:"missing,omitempty"`
}

// Uncovered is a stretch of lines that nothing evaluated.
type Uncovered struct {
	From int `json:"from"`
	To   int `json:"to"`
	// Why is what OPA knows of the reason: index_excluded (the rule index skipped it) or early_exit.
	Why []string `json:"why,omitempty"`
}

// Coverage reads what cov, a tracer of tests and cases, saw of the library's policies. Mappings in Rego are evaluated at load and are
// left out.
func (l *Library) Coverage(cov *cover.Cover) *CoverageReport {
	out := &CoverageReport{Files: []FileCoverage{}}
	report := cov.Report(l.Modules)
	for _, f := range l.Files {
		if l.Modules[f.Path] == nil || !strings.HasPrefix(f.Path, "policies/") {
			continue
		}
		of := report.Files[f.Path]
		one := FileCoverage{File: l.Source.Shown(f.Path), Covered: of.CoveredLines, Uncovered: of.NotCoveredLines}
		for _, r := range of.NotCovered {
			stretch := Uncovered{From: r.Start.Row, To: r.End.Row}
			for _, kind := range r.Kinds {
				stretch.Why = append(stretch.Why, string(kind))
			}
			one.Missing = append(one.Missing, stretch)
		}
		one.Missing = joined(one.Missing)
		out.Files = append(out.Files, one)
		out.Covered += one.Covered
		out.Uncovered += one.Uncovered
	}
	return out
}

// joined leaves out stretches that lie within others.
func joined(list []Uncovered) []Uncovered {
	slices.SortFunc(list, func(a, b Uncovered) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To)) })
	var out []Uncovered
	for _, u := range list {
		if last := len(out) - 1; last >= 0 && u.To <= out[last].To {
			continue
		}
		out = append(out, u)
	}
	return out
}

// Percent is the share of lines covered, never rounded up: 100 only where every line is. Without lines it is 100.
func (r *CoverageReport) Percent() float64 {
	if r.Uncovered == 0 {
		return 100
	}
	return math.Floor(1000*float64(r.Covered)/float64(r.Covered+r.Uncovered)) / 10
}

// Missing names each uncovered stretch as file:line.
func (r *CoverageReport) Missing() []string {
	var out []string
	for _, f := range r.Files {
		for _, u := range f.Missing {
			place := fmt.Sprintf("%s:%d", f.File, u.From)
			if u.To > u.From {
				place += fmt.Sprintf("-%d", u.To)
			}
			if len(u.Why) > 0 {
				place += " (" + strings.Join(u.Why, ", ") + ")"
			}
			out = append(out, place)
		}
	}
	return out
}
