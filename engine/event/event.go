// Package event reads audit logs: it takes NDJSON, JSON arrays and CSV, normalises every event to the form whose canonical bytes are
// hashed, knows each by its identity, and counts source by source what is there and what is missing, while the log streams by.
//
// A Log delivers batches in the log's order. A file is cut into chunks by one goroutine, chunks are parsed by as many as there are
// processors, and handed over in order; identity is decided at the hand-over, so that the result does not depend on the processors.
// Memory does not grow with the number of sequenced events: of these only ranges of numbers are kept. Where a number was repeated, the
// input is read a second time, to tell duplicates from conflicts.
package event

import (
	"bytes"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
)

// Event is one audit event. Its strings may be kept; Canonical belongs to the Batch that it came in, and Clone copies it.
type Event struct {
	ID     string // its own, or the derived one
	Time   time.Time
	Action string // canonical
	// ActionAsLogged is the action as the source named it; "" where that is the canonical name.
	ActionAsLogged string
	Source, Epoch  string // "" where absent
	Sequence       int64  // -1: none
	IngestedAt     string // RFC 3339 in UTC; "" where absent
	// Canonical is RFC 8785 of the normalised event without ingested_at, action_as_logged and a derived id; its action is the one as logged.
	Canonical []byte
	Hash      [32]byte // SHA-256 of Canonical
	Position  int64    // from 1, among the accepted events in the window, in the log's order
	File      string   // by its own name, below a folder by the path from there; "" of a standard input
	Line      int      // from 1, where the event begins

	derived bool // ID is derived from Canonical
}

// Value is what Rego sees: the canonical members with the id, the canonical action, action_as_logged (always) and ingested_at. It lives in
// the parser's memory and is valid until that is used again; its strings may be kept. It costs one parse of Canonical, so that events
// in which no check is interested cost nothing.
func (e *Event) Value(p *canon.Parser) (canon.Value, error) {
	logged := e.ActionAsLogged
	if logged == "" {
		logged = e.Action
	}
	more := [4]canon.Member{
		{Key: "id", Value: text(e.ID)},
		{Key: "action", Value: text(e.Action)},
		{Key: "action_as_logged", Value: text(logged)},
	}
	n := 3
	if e.IngestedAt != "" {
		more[n] = canon.Member{Key: "ingested_at", Value: text(e.IngestedAt)}
		n++
	}
	v, err := p.ParseObject(string(e.Canonical), more[:n]...)
	if err != nil {
		return canon.Value{}, err
	}
	return *v, nil
}

func text(s string) canon.Value { return canon.Value{Kind: canon.String, Text: s} }

// Clone returns a copy that outlives the batch.
func (e *Event) Clone() Event {
	c := *e
	c.Canonical = bytes.Clone(e.Canonical)
	return c
}

// sequenced says whether the event's identity is its number: only together with a source does a number name one event.
func (e *Event) sequenced() bool { return e.Sequence >= 0 && e.Source != "" }
