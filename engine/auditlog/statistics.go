package auditlog

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// Statistics counts what the log holds for the window [from, until), zero: no limit: what event.Log.Statistics gives for the same lines read
// from files. Segments that lie in the window are counted from the catalogue; of those on its edges three columns are read. Events that
// retention has dropped are counted where their segment lies in the window as a whole, else not: Dropped says so.
func (r *Reader) Statistics(ctx context.Context, from, until time.Time) (event.Statistics, error) {
	c := counting{from: from, until: until, runs: map[run]*event.SourceCount{}, at: map[run]*period{}}
	for i := range r.segments {
		if err := ctx.Err(); err != nil {
			return event.Statistics{}, err
		}
		info := &r.segments[i]
		var err error
		switch {
		case !touches(from, until, info.From, info.To):
		case inside(from, until, info.From) && inside(from, until, info.To):
			for k := range info.Sources {
				c.addRange(&info.Sources[k])
			}
		case info.Dropped:
		default:
			err = r.withSegment(info, c.addRows)
		}
		if err != nil {
			return event.Statistics{}, err
		}
	}
	tail, err := r.readTail(ctx)
	if err != nil {
		return event.Statistics{}, err
	}
	for i := range tail {
		c.addEvent(runOf(&tail[i]), tail[i].Time, number(&tail[i]))
	}
	refused := int64(0)
	if err := r.query(func(q querier) error { return c.conflicts(ctx, q, &refused) }); err != nil {
		return event.Statistics{}, err
	}
	if err := r.query(func(q querier) error { return c.seen(ctx, q, tail) }); err != nil {
		return event.Statistics{}, err
	}
	return c.finish(refused), nil
}

// number is an event's number, -1 where its identity is another.
func number(e *event.Event) int64 {
	if sequenced(e) {
		return e.Sequence
	}
	return -1
}

// counting counts the events of a window.
type counting struct {
	from, until time.Time
	runs        map[run]*event.SourceCount
	at          map[run]*period
}

// period is between which instants the events lie that were counted.
type period struct{ first, last time.Time }

func (c *counting) of(r run) *event.SourceCount {
	s := c.runs[r]
	if s == nil {
		s = &event.SourceCount{ID: r.source, Epoch: r.epoch, First: math.MaxInt64, Last: -1}
		c.runs[r] = s
	}
	return s
}

func (c *counting) addRange(r *segment.SourceRange) {
	s := c.of(run{r.Source, r.Epoch})
	s.Events += r.Events
	s.Unsequenced += r.Unsequenced
	if r.FirstSequence <= r.LastSequence {
		s.First, s.Last = min(s.First, r.FirstSequence), max(s.Last, r.LastSequence)
	}
	c.span(run{r.Source, r.Epoch}, r.FirstAt, r.LastAt)
}

func (c *counting) span(r run, first, last time.Time) {
	p := c.at[r]
	if p == nil {
		c.at[r] = &period{first, last}
		return
	}
	if first.Before(p.first) {
		p.first = first
	}
	if last.After(p.last) {
		p.last = last
	}
}

// addEvent counts an event, if it lies in the window; its number is -1 where it has none.
func (c *counting) addEvent(r run, at time.Time, number int64) {
	if !inside(c.from, c.until, at) {
		return
	}
	s := c.of(r)
	s.Events++
	if number >= 0 {
		s.First, s.Last = min(s.First, number), max(s.Last, number)
	} else {
		s.Unsequenced++
	}
	c.span(r, at, at)
}

// addRows counts the events of a segment that lie in the window.
func (c *counting) addRows(s *segment.Segment) error {
	return eachRow(s, func(_ int, r run, at time.Time, number int64) { c.addEvent(r, at, number) })
}

// eachRow calls fn with the run, the time and the number, -1: none, of each event of a segment.
func eachRow(s *segment.Segment, fn func(row int, r run, at time.Time, number int64)) error {
	times, err := s.Times()
	if err != nil {
		return err
	}
	numbers, err := s.Sequences()
	if err != nil {
		return err
	}
	sources, err := s.Column(predicate.PathOf("source"))
	if err != nil {
		return err
	}
	epochs, err := s.Column(predicate.PathOf("epoch"))
	if err != nil {
		return err
	}
	for row, at := range times {
		r := run{textAt(sources, row), textAt(epochs, row)}
		n := numbers[row]
		if r.source == "" {
			r.source, n = unnamed, -1
		}
		fn(row, r, instant(at), n)
	}
	return nil
}

// textAt is a text of a column, "" where it is absent.
func textAt(c *predicate.Column, row int) string {
	if c.Codes == nil || c.Codes[row] < 0 {
		return ""
	}
	if c.Plain {
		return strings.Clone(c.Texts[c.Codes[row]]) // it is gone when the segment is closed
	}
	return c.Texts[c.Codes[row]]
}

// conflicts adds the conflicts of which the event that stands, or the one that does not, lies in the window, and counts refused records.
func (c *counting) conflicts(ctx context.Context, q querier, refused *int64) error {
	if err := q.QueryRowContext(ctx, "SELECT count(*) FROM quarantine WHERE kind = ?", KindRefusal).Scan(refused); err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, "SELECT first_source, first_epoch, sequence, id, at, first_known, first_at FROM quarantine WHERE kind = ?", KindConflict)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	for rows.Next() {
		var r run
		var sequence, at, firstAt int64
		var id string
		var known bool
		if err := rows.Scan(&r.source, &r.epoch, &sequence, &id, &at, &known, &firstAt); err != nil {
			return err
		}
		if !inside(c.from, c.until, instant(at)) && (!known || !inside(c.from, c.until, instant(firstAt))) {
			continue
		}
		one := event.Conflict{ID: id}
		if sequence >= 0 {
			one = event.Conflict{Sequence: &sequence}
		}
		s := c.of(r)
		s.Conflicts = append(s.Conflicts, one)
	}
	return rows.Err()
}

// seen gives each run that needs it all numbers of the log.
func (c *counting) seen(ctx context.Context, q querier, tail []event.Event) error {
	more := numbersOf(tail)
	for r, s := range c.runs {
		if s.First > s.Last {
			continue
		}
		spans := slices.Clone(more[r])
		if err := readSpans(ctx, q, r, func(_ int64, some []span) error {
			spans = append(spans, some...)
			return nil
		}); err != nil {
			return err
		}
		s.Seen = union(spans)
	}
	return nil
}

// finish makes the document.
func (c *counting) finish(refused int64) event.Statistics {
	keys := slices.SortedFunc(maps.Keys(c.runs), func(a, b run) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.epoch, b.epoch))
	})
	counts := make([]event.SourceCount, 0, len(keys))
	for _, r := range keys {
		one := *c.runs[r]
		if p := c.at[r]; p != nil {
			one.FirstAt, one.LastAt = clock.Format(p.first), clock.Format(p.last)
		}
		counts = append(counts, one)
	}
	return event.NewStatistics(refused, counts)
}
