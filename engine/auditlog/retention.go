package auditlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Kinds of what retention notes down.
const (
	KindTombstone = "tombstone" // a segment was dropped
	KindHold      = "hold"      // events are to be kept, whatever their age
	KindRelease   = "release"   // and no longer
)

// Decision is a decision of retention. It is signed by the log's key, kept in the catalogue and told of in the log itself.
type Decision struct {
	Kind   string    `json:"kind"`
	At     time.Time `json:"at"` // when it was made
	By     string    `json:"by"` // who made it
	Reason string    `json:"reason"`
	// Size and Root are of the tree, Root in base64, when it was made.
	Size int64  `json:"size"`
	Root string `json:"root"`

	Tombstone *Tombstone `json:"tombstone,omitempty"`
	Hold      *Hold      `json:"hold,omitempty"`
	// Released is the name of a hold.
	Released string `json:"released,omitempty"`
}

// Tombstone stands for the events of a segment that was dropped.
type Tombstone struct {
	First  int64     `json:"first"` // index of the first
	Rows   int       `json:"rows"`
	SHA256 string    `json:"sha256"` // of the file
	From   time.Time `json:"from"`   // least and greatest time of an event
	To     time.Time `json:"to"`
	Class  string    `json:"class"`  // by which they expired
	Before time.Time `json:"before"` // all older events of the class have
}

// Hold keeps every event with a time in [From, Until) from being dropped; a zero end is open.
type Hold struct {
	Name  string    `json:"name"`
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// retentionTitle is the first line of a signed decision: no checkpoint begins so.
func retentionTitle(origin string) string { return origin + "/retention" }

// sign writes a decision as a signed note.
func (d *Decision) sign(origin string, signer note.Signer) ([]byte, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: retentionTitle(origin) + "\n" + string(data) + "\n"}, signer)
}

// parseDecision reads a signed decision; without a key, whoever has signed it.
func parseDecision(data []byte, origin string, key note.Verifier) (*Decision, error) {
	list := note.VerifierList()
	if key != nil {
		list = note.VerifierList(key)
	}
	n, err := note.Open(data, list)
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok && key == nil {
		n, err = unverified.Note, nil
	}
	if err != nil {
		return nil, fmt.Errorf("expected a note signed by the log's key: %w", err)
	}
	title, text, _ := strings.Cut(n.Text, "\n")
	if title != retentionTitle(origin) {
		return nil, fmt.Errorf("expected a note that begins with %q, found %q", retentionTitle(origin), title)
	}
	d := &Decision{}
	in := json.NewDecoder(bytes.NewReader([]byte(text)))
	in.DisallowUnknownFields()
	if err := in.Decode(d); err != nil {
		return nil, fmt.Errorf("expected a decision of retention: %w", err)
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errors.New("expected nothing after the decision of retention")
	}
	if (d.Kind == KindTombstone) != (d.Tombstone != nil) || (d.Kind == KindHold) != (d.Hold != nil) || (d.Kind == KindRelease) != (d.Released != "") {
		return nil, fmt.Errorf("expected what a %s decides, and nothing else", d.Kind)
	}
	return d, nil
}

// readRetention calls fn with each decision's note, in order, with the running sum as the catalogue has it.
func readRetention(ctx context.Context, q querier, fn func(number int64, note, over []byte) error) error {
	rows, err := q.QueryContext(ctx, "SELECT number, note, sum FROM retention ORDER BY number")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	for rows.Next() {
		var number int64
		var text, over []byte
		if err := rows.Scan(&number, &text, &over); err != nil {
			return err
		}
		if err := fn(number, text, over); err != nil {
			return err
		}
	}
	return rows.Err()
}

// decisions are all decisions of retention, in order, not verified.
func decisions(ctx context.Context, dir, origin string, q querier) (out []Decision, err error) {
	err = readRetention(ctx, q, func(number int64, text, _ []byte) error {
		d, err := parseDecision(text, origin, nil)
		if err != nil {
			return damaged(dir, fmt.Errorf("retention %d: %w", number, err))
		}
		out = append(out, *d)
		return nil
	})
	return out, err
}

// Retention is what retention has decided, in order: what was dropped, held and released.
func (r *Reader) Retention(ctx context.Context) (out []Decision, err error) {
	err = r.query(func(q querier) error {
		out, err = decisions(ctx, r.dir, r.origin, q)
		return err
	})
	return out, err
}

// Holds are the holds that are in force after some decisions, by name.
func Holds(all []Decision) []Hold {
	var out []Hold
	for i := range all {
		switch d := &all[i]; d.Kind {
		case KindHold:
			out = append(out, *d.Hold)
		case KindRelease:
			out = slices.DeleteFunc(out, func(h Hold) bool { return h.Name == d.Released })
		}
	}
	slices.SortFunc(out, func(a, b Hold) int { return strings.Compare(a.Name, b.Name) })
	return out
}
