package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/keeptrusts/kt/engine/mapping"
)

// Kinds of check: what `custom.reads` in a check's METADATA may say.
const (
	ReadsSnapshot = "snapshot"
	ReadsEvent    = "event"
	ReadsEvents   = "events"
	ReadsChanges  = "changes"
)

// The rules of a check that kt evaluates.
const (
	RulePopulation = "population"
	RuleSelected   = "selected"
	RuleDeviation  = "deviation"
	RuleWarning    = "warning"
	RuleUnknown    = "unknown"
)

// File is one file of the library; Path begins with "policies/" or "mappings/".
type File struct {
	Path string
	Data []byte
}

// Library is a compiled policy library. It is not changed after Load and may be used from several goroutines.
type Library struct {
	Source Source
	// Commit is "" when unknown; Dirty says that the loaded files differ from it.
	Commit string
	Dirty  bool
	// Digest is "sha256:" and the hash over the sorted lines "sha256  path" of every file loaded.
	Digest string
	Files  []File
	Checks []*Check // sorted by ID
	// Mappings are the frameworks from YAML and from Rego, sorted by ID; Waivers are those of the register.
	Mappings *mapping.Set
	Compiler *ast.Compiler
	Modules  map[string]*ast.Module // as parsed, by path
	// Store holds the mappings and waivers as data.kt.mappings and data.kt.waivers.
	Store storage.Store
}

// Check is one Rego package below kt.checks with what its METADATA says and what its rules read.
type Check struct {
	ID          string
	Package     string // kt.checks.key_age
	Title       string
	Description string
	Severity    string
	Nature      string
	Reads       string
	Evidence    []string
	// Sources names the ids or kinds of the event sources that can emit what the check looks for; empty: all.
	Sources []string
	File    string
	Line    int
	// What the rules and all that they call read below input, derived from the compiled rules.
	Lists        []string // lists of the snapshot, sorted
	ReadsSnap    bool
	ReadsLog     bool
	ReadsEvents  bool
	ReadsChanges bool
	// Rules holds the position of each clause of each rule that kt evaluates.
	Rules map[string][]Position
}

// Position is a place in a file of the library.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// Offered tells whether events of the log are offered to the check one by one.
func (c *Check) Offered() bool {
	return c.Reads == ReadsEvent || len(c.Rules[RuleSelected]) > 0
}

// Check finds a check by its id.
func (l *Library) Check(id string) (*Check, bool) {
	for _, c := range l.Checks {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

// Known is the set of check ids.
func (l *Library) Known() map[string]bool {
	known := make(map[string]bool, len(l.Checks))
	for _, c := range l.Checks {
		known[c.ID] = true
	}
	return known
}
