package check

import (
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// Statuses of a check (contract: the first that holds). Only Pass is green. Manual is of controls alone.
const (
	NotApplicable = "not_applicable"
	NotEvaluable  = "not_evaluable"
	Fail          = "fail"
	NotOccurring  = "not_occurring"
	Waived        = "waived"
	Pass          = "pass"
	Manual        = "manual"
)

// How much is known about the completeness of the log that a check was offered.
const (
	Proven   = "proven"   // every source's count is known and met, without a gap
	Unproven = "unproven" // nothing is known to be missing, but some count is unknown
	Broken   = "broken"   // something is known to be missing
)

// Limits of one check. Listed bounds what is kept of each list of findings; totals are exact.
const (
	Listed       = 10_000
	MaxEvents    = 200_000
	maxErrors    = 20
	DefaultLimit = time.Minute
)

// Inputs is what checks are evaluated over. It is not changed.
type Inputs struct {
	AsOf     time.Time
	Period   clock.Period
	Snapshot *snapshot.Snapshot // nil: none was given
	Log      Log                // nil: none was given
	Changes  []canon.Value      // nil: none were given
}

// Close is the earlier of the period's end and the evaluation's instant: events from then on do not count.
func (in Inputs) Close() time.Time {
	if in.AsOf.Before(in.Period.To) {
		return in.AsOf
	}
	return in.Period.To
}

// Options says how to evaluate.
type Options struct {
	Checks []*policy.Check
	// Limit is the time that one check may take over the snapshot, and over one event. 0: DefaultLimit.
	Limit time.Duration
	// MaxAge is how old a snapshot may be before the period's close. 0: the threshold snapshot_age, else 24 h.
	MaxAge time.Duration
	// Thresholds replaces rules of data.kt.thresholds by name.
	Thresholds map[string]canon.Value
	// Waive marks a deviation that a waiver covers; nil: none does. It is called from one goroutine at a time.
	Waive func(c *policy.Check, d *Finding)
	// Tracer sees every evaluation, from several goroutines; nil: none does.
	Tracer topdown.QueryTracer
}

// Finding is a deviation, a warning or an unknown.
type Finding struct {
	Type, ID string      // of the subject
	Subject  canon.Value // whole, as the rule gave it
	Reason   string
	At       string      // RFC 3339, "" where it did not happen at a time
	Extra    canon.Value // an object of whatever else the rule said
	Evidence []EventRef  // the events behind it
	Waiver   string      // id of the valid waiver that covers it
	Note     string      // why a waiver that names it does not cover it
	key      string      // canonical subject
	position int64       // of the event, for event checks
}

// EventRef is where an event of the evaluated period stands: its position among the period's accepted events (from 1, in log order).
type EventRef struct {
	Event    string `json:"event"`
	Position int64  `json:"position"`
}

// Population is how many subjects a check judged; Digest is "sha256:" over their canonical lines.
type Population struct {
	Count  int64  `json:"count"`
	Digest string `json:"digest"`
}

// Findings are the listed findings of one sort, sorted by subject, and their exact number.
type Findings struct {
	Total  int64
	Listed []Finding
}

// Result is what one check found.
type Result struct {
	Check        *policy.Check
	Status       string
	Completeness string // of checks that are offered events, else ""
	Population   Population
	Deviations   Findings
	Waived       int64 // deviations that valid waivers cover
	Warnings     Findings
	Unknown      Findings
	Reasons      []string
	Errors       []RuleError
}

// RuleError is a rule that could not be evaluated.
type RuleError struct {
	Rule    string
	File    string // of the library
	Line    int
	Message string
	Times   int64
}
