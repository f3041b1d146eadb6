package posture

import (
	"encoding/json"
	"io"
	"time"

	"github.com/keeptrusts/kt/engine/policy"
)

// Posture is the document that `kt compliance check --output` writes. The same inputs, policies and instant give the same
// bytes, but for EvaluatedAt.
type Posture struct {
	Kind        string      `json:"kind"` // "posture"
	Version     int         `json:"version"`
	AsOf        string      `json:"as_of"`
	Period      Period      `json:"period"`
	EvaluatedAt string      `json:"evaluated_at"`
	Demo        bool        `json:"demo,omitempty"`
	Frameworks  []Framework `json:"frameworks"`
	Policy      Policy      `json:"policy"`
	Engine      Engine      `json:"engine"`
	Inputs      []Input     `json:"inputs"`
	Summary     Summary     `json:"summary"`
	Controls    []Control   `json:"controls"`
	Checks      []Check     `json:"checks"`
	Waivers     []Waiver    `json:"waivers"`
}

// Period is half-open; both ends are RFC 3339 in UTC.
type Period struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Framework is a framework that was judged.
type Framework struct {
	ID      string `json:"id"`
	Edition string `json:"edition"`
	Version string `json:"version"`
}

// Policy says which policies gave the verdicts.
type Policy struct {
	Commit string `json:"commit"` // "" when unknown
	Digest string `json:"digest"`
	Dirty  bool   `json:"dirty"`
}

// Engine says what evaluated them.
type Engine struct {
	KT     string `json:"kt"`
	OPA    string `json:"opa"`
	TZData string `json:"tzdata"`
}

// Input is one input by its role ("snapshot", "audit-log"), never by its path.
type Input struct {
	Name     string    `json:"name"`
	SHA256   string    `json:"sha256"` // of the bytes; of the audit-log store the root of its tree
	Records  int64     `json:"records"`
	Refused  int64     `json:"refused"`
	Refusals []Refusal `json:"refusals,omitempty"`
	// Checkpoint is the state of the audit-log store that was judged; nil of other inputs.
	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
}

// Checkpoint is a tree head of the audit log (RFC 9162): whoever keeps it can prove later that nothing before it was changed.
type Checkpoint struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"` // events
	Root   string `json:"root"` // 64 hex digits
}

// Refusal is a line that was tolerated though it could not be read.
type Refusal struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Summary counts; every status has its number, also where it is none.
type Summary struct {
	Controls   map[string]int `json:"controls"`
	Refined    int            `json:"refined"`
	Partial    int            `json:"partial"`
	Checks     map[string]int `json:"checks"`
	Deviations int64          `json:"deviations"`
	Waived     int64          `json:"waived"`
	Warnings   int64          `json:"warnings"`
	Unknown    int64          `json:"unknown"`
}

// Control is a control of a framework with its verdict.
type Control struct {
	Framework string           `json:"framework"`
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Status    string           `json:"status"`
	Coverage  string           `json:"coverage,omitempty"` // full or partial; absent without checks
	Refined   *policy.Position `json:"refined,omitempty"`  // the rule that made the verdict greener than its worst check
	Checks    []string         `json:"checks"`
	Manual    []string         `json:"manual"`
	Reasons   []string         `json:"reasons"`
}

// Check is a check with all that it found.
type Check struct {
	ID              string     `json:"id"`
	Title           string     `json:"title"`
	Severity        string     `json:"severity"`
	Nature          string     `json:"nature"`
	Status          string     `json:"status"`
	Waived          int64      `json:"waived"`
	Completeness    string     `json:"completeness,omitempty"`
	Population      Population `json:"population"`
	DeviationsTotal int64      `json:"deviations_total"`
	Deviations      []Finding  `json:"deviations"`
	WarningsTotal   int64      `json:"warnings_total"`
	Warnings        []Finding  `json:"warnings"`
	UnknownTotal    int64      `json:"unknown_total"`
	Unknown         []Finding  `json:"unknown"`
	Reasons         []string   `json:"reasons"`
}

// Population is how many subjects were judged, and the digest over them.
type Population struct {
	Count  int64  `json:"count"`
	Digest string `json:"digest"`
}

// Finding is a deviation, warning or unknown: subject, reason, at, evidence, waiver, and whatever else the rule said.
type Finding struct {
	Subject json.RawMessage            // an object with type and id
	Type    string                     // of the subject
	ID      string                     // of the subject
	Reason  string                     //
	At      string                     // RFC 3339, "" where it has no time
	Waiver  string                     // id of the waiver that covers it
	Note    string                     // why a waiver that names it does not
	Extra   map[string]json.RawMessage // members of the rule's own, evidence included
}

// Waiver is what became of an entry of the register.
type Waiver struct {
	ID      string   `json:"id"`
	Check   string   `json:"check"`
	State   string   `json:"state"` // valid, expired, not_yet, not_approved
	Until   string   `json:"until"`
	Covers  int64    `json:"covers"` // deviations
	Reports []string `json:"reports,omitempty"`
}

// Encode writes the posture as indented JSON.
func (p *Posture) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

// Exit codes of the commands that judge.
const (
	ExitPass         = 0
	ExitFail         = 1
	ExitBadInput     = 2
	ExitNotEvaluable = 3
)

// ExitCode is 1 where a check fails, else 3 where one is not evaluable or no control is pass or waived, else 0. A demo
// never exits 0.
func (p *Posture) ExitCode() int {
	switch {
	case p.Summary.Checks["fail"] > 0:
		return ExitFail
	case p.Summary.Checks["not_evaluable"] > 0, p.Summary.Controls["pass"]+p.Summary.Controls["waived"] == 0:
		return ExitNotEvaluable
	case p.Demo:
		return ExitFail
	}
	return ExitPass
}

// Clock is the instant, period and wall time of an evaluation.
type Clock struct {
	AsOf        time.Time
	From, To    time.Time
	EvaluatedAt time.Time
}
