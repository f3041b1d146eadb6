package auditlog

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/event"
)

// SegmentInfo is what the catalogue says of a segment.
type SegmentInfo struct {
	segment.Info
	// Dropped says that retention has removed the events. What the catalogue says of them, their hashes and the index of their ids stay.
	Dropped bool
}

// next is the index after the last event.
func (s *SegmentInfo) next() int64 { return s.First + int64(s.Rows) }

// unsequenced is how many events have no number.
func (s *SegmentInfo) unsequenced() (n int64) {
	for i := range s.Sources {
		n += s.Sources[i].Unsequenced
	}
	return n
}

// catalogue is one state of the log as the database has it, without the tail's events.
type catalogue struct {
	origin     string
	head       ledger.Head
	checkpoint []byte // nil before the first
	writing    string
	records    int64
	segments   []SegmentInfo // in the log's order
	sums       sums
}

// tailFirst is the index of the first event that is not sealed.
func (c *catalogue) tailFirst() int64 {
	if n := len(c.segments); n > 0 {
		return c.segments[n-1].next()
	}
	return 0
}

// readCatalogue reads the state. What is contradictory in itself is an error.
func readCatalogue(ctx context.Context, dir string, q querier) (c *catalogue, err error) {
	defer func() {
		if err != nil {
			err = damaged(dir, err)
		}
	}()
	c = &catalogue{}
	var root []byte
	row := q.QueryRowContext(ctx, "SELECT origin, size, root, checkpoint, records, writing FROM log")
	if err := row.Scan(&c.origin, &c.head.Size, &root, &c.checkpoint, &c.records, &c.writing); err != nil {
		return nil, err
	}
	if len(root) != len(c.head.Root) {
		return nil, fmt.Errorf("log: expected a root of %d bytes, found %d", len(c.head.Root), len(root))
	}
	copy(c.head.Root[:], root)
	if c.checkpoint != nil {
		stated, err := ledger.ParseUnverified(c.checkpoint)
		if err != nil {
			return nil, err
		}
		if c.sums, err = parseSums(stated.Extension); err != nil {
			return nil, err
		}
	}
	if err := c.readSegments(ctx, q); err != nil {
		return nil, err
	}
	if c.tailFirst() > c.head.Size {
		return nil, fmt.Errorf("expected %d events at least, as many as are sealed, found a size of %d", c.tailFirst(), c.head.Size)
	}
	return c, c.readSources(ctx, q)
}

func (c *catalogue) readSegments(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, "SELECT first, rows, from_at, to_at, size, sha256, ids_size, ids_sha256, dropped FROM segments ORDER BY first")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	for rows.Next() {
		var s SegmentInfo
		var from, to int64
		if err := rows.Scan(&s.First, &s.Rows, &from, &to, &s.Size, &s.SHA256, &s.IDsSize, &s.IDsSHA256, &s.Dropped); err != nil {
			return err
		}
		if s.First != c.tailFirst() || s.Rows < 1 || s.Rows > segment.MaxRows {
			return fmt.Errorf("segments: expected one of 1 to %d events at index %d, found %d at %d", segment.MaxRows, c.tailFirst(), s.Rows, s.First)
		}
		s.From, s.To = instant(from), instant(to)
		c.segments = append(c.segments, s)
	}
	return rows.Err()
}

func (c *catalogue) readSources(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT segment, source, epoch, events, unsequenced, first_sequence, last_sequence, first_at, last_at
		FROM sources ORDER BY segment, source, epoch`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	at := 0
	for rows.Next() {
		var r segment.SourceRange
		var first, from, to int64
		if err := rows.Scan(&first, &r.Source, &r.Epoch, &r.Events, &r.Unsequenced, &r.FirstSequence, &r.LastSequence, &from, &to); err != nil {
			return err
		}
		r.FirstAt, r.LastAt = instant(from), instant(to)
		for at < len(c.segments) && c.segments[at].First < first {
			at++
		}
		if at == len(c.segments) || c.segments[at].First != first {
			return fmt.Errorf("sources: expected a segment that begins at %d, found none", first)
		}
		c.segments[at].Sources = append(c.segments[at].Sources, r)
	}
	return rows.Err()
}

// instant is a time of the catalogue.
func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// readTail reads the events that are not sealed.
func (c *catalogue) readTail(ctx context.Context, dir string, q querier) (tail []event.Event, err error) {
	defer func() {
		if err != nil {
			err = damaged(dir, err)
		}
	}()
	rows, err := q.QueryContext(ctx, "SELECT position, id, derived, ingested_at, canonical FROM tail ORDER BY position")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	var p event.Parser
	next := c.tailFirst()
	for rows.Next() {
		var position int64
		var id, ingested string
		var derived bool
		var canonical sql.RawBytes
		if err := rows.Scan(&position, &id, &derived, &ingested, &canonical); err != nil {
			return nil, err
		}
		if position != next {
			return nil, fmt.Errorf("tail: expected the event %d, found %d", next, position)
		}
		next++
		e, err := p.Restore(canonical, id, derived, ingested)
		if err != nil {
			return nil, fmt.Errorf("tail: event %d: %w", position, err)
		}
		tail = append(tail, e)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if next != c.head.Size {
		return nil, fmt.Errorf("tail: expected events up to %d, found them up to %d", c.head.Size, next)
	}
	return tail, nil
}

// readSpans reads the numbers of one run in all segments, by the first index of each.
func readSpans(ctx context.Context, q querier, r run, fn func(segment int64, spans []span) error) error {
	rows, err := q.QueryContext(ctx, "SELECT segment, numbers FROM sources WHERE source = ? AND epoch = ? ORDER BY segment", r.source, r.epoch)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	var spans []span
	for rows.Next() {
		var first int64
		var data sql.RawBytes
		if err := rows.Scan(&first, &data); err != nil {
			return err
		}
		if spans, err = decodeSpans(spans[:0], data); err != nil {
			return fmt.Errorf("sources: %q, epoch %q, segment %d: %w", r.source, r.epoch, first, err)
		}
		if err := fn(first, spans); err != nil {
			return err
		}
	}
	return rows.Err()
}

func segmentPath(dir string) string { return filepath.Join(dir, segmentFolder) }

func tilePath(dir string) string { return filepath.Join(dir, tileFolder) }
