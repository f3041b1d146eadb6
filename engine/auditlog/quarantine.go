package auditlog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// Why something is in quarantine.
const (
	KindConflict = "conflict" // an event with the identity of another, and other bytes
	KindRefusal  = "refusal"  // a record that is no event
)

// Quarantined is what was not stored. It counts against completeness.
type Quarantined struct {
	Number  int64  // from 1
	Kind    string // KindConflict or KindRefusal
	File    string // "" of a standard input
	Line    int
	Reason  string
	Content []byte // canonical bytes of a conflict; of a refusal the record as it came, at most event.MaxRaw bytes of it
	// Of a conflict: what the event calls itself, and when it was.
	Source   string // "-": none
	Epoch    string
	Sequence int64 // -1: none
	ID       string
	At       time.Time
	// FirstSource, FirstEpoch and FirstAt are of the event that stands; not FirstKnown: retention has dropped it, and FirstAt is zero.
	FirstKnown  bool
	FirstSource string
	FirstEpoch  string
	FirstAt     time.Time
	SeenAt      time.Time

	key sum // the same thing again has the same
}

// conflict is the quarantine's entry for an event.
func (w *Writer) conflict(e *event.Event, leaf ledger.Hash, first origin) Quarantined {
	q := Quarantined{Kind: KindConflict, File: e.File, Line: e.Line, Content: bytes.Clone(e.Canonical), Source: runOf(e).source, Epoch: e.Epoch,
		Sequence: -1, ID: e.ID, At: e.Time, FirstKnown: first.known, FirstSource: first.run.source, FirstEpoch: first.run.epoch, FirstAt: first.at,
		SeenAt: w.options.Now().UTC()}
	key := sum{}.next().text(KindConflict)
	what := fmt.Sprintf("the id %q", e.ID)
	if sequenced(e) {
		q.Sequence = e.Sequence
		key = key.text("number").text(e.Source).text(e.Epoch).number(e.Sequence)
		what = fmt.Sprintf("source %q, epoch %q, sequence %d", e.Source, e.Epoch, e.Sequence)
	} else {
		key = key.text("id").text(e.ID)
	}
	q.key = key.text(string(leaf[:])).sum()
	q.Reason = "expected the same event as before under " + what + ", found another; the first stands"
	return q
}

// refusal is the quarantine's entry for a record that is the n-th of its text in one command.
func (w *Writer) refusal(r event.Rejected, n uint64) Quarantined {
	return Quarantined{Kind: KindRefusal, File: r.File, Line: r.Line, Reason: r.Reason, Content: []byte(r.Raw), Sequence: -1, SeenAt: w.options.Now().UTC(),
		key: sum{}.next().text(KindRefusal).text(string(r.Hash[:])).number(int64(n)).sum()}
}

// times as the catalogue has them; the zero one is 0.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// next is the running sum after this entry.
func (q *Quarantined) next(s sum) sum {
	return s.next().text(string(q.key[:])).text(q.Kind).text(q.File).number(int64(q.Line)).text(q.Reason).text(string(q.Content)).text(q.Source).
		text(q.Epoch).number(q.Sequence).text(q.ID).number(nanoseconds(q.At)).number(flag(q.FirstKnown)).text(q.FirstSource).text(q.FirstEpoch).
		number(nanoseconds(q.FirstAt)).number(nanoseconds(q.SeenAt)).sum()
}

// insert puts an entry into the catalogue, where it is not there yet.
func (q *Quarantined) insert(ctx context.Context, tx *sql.Tx, over *running) error {
	var there int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM quarantine WHERE key = ?", q.key[:]).Scan(&there)
	if err == nil {
		return nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	over.set(q.next(over.sum))
	content := q.Content
	if content == nil {
		content = []byte{}
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", over.count, q.key[:], q.Kind, q.File,
		q.Line, q.Reason, content, q.Source, q.Epoch, q.Sequence, q.ID, nanoseconds(q.At), q.FirstKnown, q.FirstSource, q.FirstEpoch,
		nanoseconds(q.FirstAt), nanoseconds(q.SeenAt), over.sum[:])
	return err
}

// readQuarantine calls fn with what is in quarantine, in the order in which it came, with the running sum as the catalogue has it.
func readQuarantine(ctx context.Context, q querier, fn func(*Quarantined, []byte) error) error {
	rows, err := q.QueryContext(ctx, `SELECT number, key, kind, file, line, reason, content, source, epoch, sequence, id, at, first_known,
		first_source, first_epoch, first_at, seen_at, sum FROM quarantine ORDER BY number`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	for rows.Next() {
		var one Quarantined
		var key, over []byte
		var at, firstAt, seenAt int64
		if err := rows.Scan(&one.Number, &key, &one.Kind, &one.File, &one.Line, &one.Reason, &one.Content, &one.Source, &one.Epoch, &one.Sequence,
			&one.ID, &at, &one.FirstKnown, &one.FirstSource, &one.FirstEpoch, &firstAt, &seenAt, &over); err != nil {
			return err
		}
		copy(one.key[:], key)
		if one.Kind == KindConflict {
			one.At = instant(at)
		}
		if one.FirstKnown {
			one.FirstAt = instant(firstAt)
		}
		one.SeenAt = instant(seenAt)
		if err := fn(&one, over); err != nil {
			return err
		}
	}
	return rows.Err()
}
