package report

import (
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
)

// Scope is a framework's scoping document: each control with what tests it, from what evidence, how far, and why.
type Scope struct {
	Kind      string         `json:"kind"` // "scope"
	Version   int            `json:"version"`
	Framework ScopeFramework `json:"framework"`
	Policy    ScopePolicy    `json:"policy"`
	Controls  []ScopeControl `json:"controls"`
}

// ScopeFramework says which framework, in which edition, by which version of the mapping.
type ScopeFramework struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Edition string `json:"edition"`
	Version string `json:"version"`
}

// ScopePolicy says which library the document describes.
type ScopePolicy struct {
	Commit string `json:"commit"` // "" when unknown
	Digest string `json:"digest"`
	Dirty  bool   `json:"dirty"`
}

// ScopeControl is one control.
type ScopeControl struct {
	ID         string       `json:"id"`
	Title      string       `json:"title"`
	Applicable bool         `json:"applicable"`
	Reason     string       `json:"reason,omitempty"`   // why it is not applicable
	Aliases    []string     `json:"aliases"`            // withdrawn numbers
	Coverage   string       `json:"coverage,omitempty"` // full, partial; absent without checks
	Checks     []ScopeCheck `json:"checks"`
	Evidence   []string     `json:"evidence"` // that the control wants beside its checks'
	Manual     []string     `json:"manual"`   // what a person must bring
}

// ScopeCheck is a check that a control links.
type ScopeCheck struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
	Nature   string   `json:"nature"`
	Covers   string   `json:"covers"`
	Why      string   `json:"why"`
	Evidence []string `json:"evidence"`
}

// NewScope describes one framework of a library.
func NewScope(lib *policy.Library, f *mapping.Framework) *Scope {
	s := &Scope{Kind: "scope", Version: 1,
		Framework: ScopeFramework{ID: f.ID, Title: f.Title, Edition: f.Edition, Version: f.Version},
		Policy:    ScopePolicy{Commit: lib.Commit, Digest: lib.Digest, Dirty: lib.Dirty},
		Controls:  make([]ScopeControl, len(f.Controls))}
	for i := range f.Controls {
		s.Controls[i] = scopeControl(lib, &f.Controls[i])
	}
	return s
}

func scopeControl(lib *policy.Library, c *mapping.Control) ScopeControl {
	out := ScopeControl{ID: c.ID, Title: c.Title, Applicable: c.Applicable, Reason: c.Reason, Coverage: c.Coverage(), Checks: []ScopeCheck{},
		Aliases: append([]string{}, c.Aliases...), Evidence: append([]string{}, c.Evidence...), Manual: append([]string{}, c.Manual...)}
	for _, link := range c.Checks {
		one := ScopeCheck{ID: link.ID, Covers: link.Covers, Why: link.Why, Evidence: []string{}}
		if known, ok := lib.Check(link.ID); ok {
			one.Title, one.Severity, one.Nature = known.Title, known.Severity, known.Nature
			one.Evidence = append(one.Evidence, known.Evidence...)
		}
		out.Checks = append(out.Checks, one)
	}
	return out
}
