package auditlog

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// Query asks for events of the log.
type Query struct {
	Where *predicate.Node // nil: all
	// IDs are ids of which an event must have one for Where to hold, so that others need no look; none: it may have any.
	IDs []string
	Window
	Newest bool  // from the log's end
	Limit  int   // at most so many; 0: all
	After  int64 // with Cursor: only what comes after the event at this index, in the query's order
	Cursor bool
}

// Query calls fn with the events that a query asks for, in its order. more says that the limit left some out; the index of the last event is
// the cursor for the rest.
func (r *Reader) Query(ctx context.Context, q Query, fn func(Found) error) (more bool, err error) {
	parts, err := r.parts(ctx, q.Window)
	if err != nil {
		return false, err
	}
	if q.Newest {
		slices.Reverse(parts)
	}
	left := q.Limit
	for _, p := range parts {
		if q.beyond(p) {
			continue
		}
		entries, err := p.page(&q, left)
		p.Release()
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			if q.Limit > 0 && left == 0 {
				return true, nil
			}
			left--
			if err := fn(e); err != nil {
				return false, err
			}
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// beyond says that nothing of a part comes after the cursor.
func (q *Query) beyond(p *Part) bool {
	if !q.Cursor {
		return false
	}
	if q.Newest {
		return p.first() >= q.After
	}
	return p.first()+int64(p.length())-1 <= q.After
}

// page is the events of a part that a query asks for, in its order; with a limit, at most one more than that.
func (p *Part) page(q *Query, limit int) ([]Found, error) {
	rows, err := p.matches(q)
	if err != nil {
		return nil, err
	}
	if q.Limit > 0 && len(rows) > limit+1 {
		if q.Newest {
			rows = rows[len(rows)-limit-1:]
		} else {
			rows = rows[:limit+1]
		}
	}
	out := make([]Found, 0, len(rows))
	err = p.events(rows, func(row int, e *event.Event) error {
		out = append(out, Found{p.first() + int64(row), *e})
		return nil
	})
	if q.Newest {
		slices.Reverse(out)
	}
	return out, err
}

// matches are the rows of a part that a query asks for, ascending.
func (p *Part) matches(q *Query) ([]int32, error) {
	if p.tail == nil && q.Where != nil {
		if len(q.IDs) > 0 {
			return p.identified(q)
		}
		s, err := p.segment()
		if err != nil {
			return nil, err
		}
		if hopeless, err := impossible(s, q.Where); err != nil || hopeless {
			return nil, err
		}
	}
	rows, err := p.inside()
	if err != nil {
		return nil, err
	}
	if q.Cursor {
		rows = slices.DeleteFunc(slices.Clone(rows), func(row int32) bool { return !q.after(p.first() + int64(row)) })
	}
	if q.Where == nil || len(rows) == 0 {
		return rows, nil
	}
	if p.tail != nil {
		var yes []int32
		for _, row := range rows {
			v, err := p.tail[row].Value(&p.parser)
			if err != nil {
				return nil, err
			}
			if q.Where.EvalIn(&v) == predicate.True {
				yes = append(yes, row)
			}
		}
		return yes, nil
	}
	out, err := predicate.NewProgramme([]*predicate.Node{q.Where}).Columns(predicate.NewGroup(p.open), rows)
	if err != nil {
		return nil, err
	}
	if len(out.Ask[0]) > 0 {
		return nil, fmt.Errorf("the query %s cannot be told without Rego", q.Where)
	}
	return out.Yes[0], nil
}

// after says whether an index comes after the cursor, in the query's order.
func (q *Query) after(index int64) bool {
	return !q.Cursor || q.Newest && index < q.After || !q.Newest && index > q.After
}

// identified are the rows of a segment that a query for ids asks for. The segment is not opened where no event has one.
func (p *Part) identified(q *Query) (out []int32, err error) {
	var candidates []int32
	for _, id := range q.IDs {
		found, err := segment.Rows(p.folder, p.info, segment.IDHash(id))
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			candidates = append(candidates, int32(row))
		}
	}
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	err = p.events(candidates, func(row int, e *event.Event) error {
		if !p.window.Contains(e.Time) || !q.after(p.first()+int64(row)) {
			return nil
		}
		v, err := e.Value(&p.parser)
		if err == nil && q.Where.EvalIn(&v) == predicate.True {
			out = append(out, int32(row))
		}
		return err
	})
	return out, err
}

// impossible says that no event of a segment can be what a query asks for: a test that must hold does so for no value of a dictionary.
func impossible(s *segment.Segment, where *predicate.Node) (hopeless bool, err error) {
	where.Necessary(func(t *predicate.Test) bool {
		values, optional, ok, failed := s.Values(t.Paths[0])
		if err = failed; err != nil || !ok {
			return err == nil
		}
		if optional && t.Of([]*canon.Value{nil}) != predicate.False {
			return true
		}
		hopeless = !slices.ContainsFunc(values, func(text string) bool {
			return t.Of([]*canon.Value{{Kind: canon.String, Text: text}}) != predicate.False
		})
		return !hopeless
	})
	return hopeless, err
}

// eachPart calls fn with every part that a query concerns, several at a time.
func (r *Reader) eachPart(ctx context.Context, w Window, fn func(p *Part) error) error {
	parts, err := r.parts(ctx, w)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range parts {
		group.Go(func() error {
			defer p.Release()
			if err := ctx.Err(); err != nil {
				return err
			}
			return fn(p)
		})
	}
	return group.Wait()
}

// Count is how many events a query asks for, whatever its limit.
func (r *Reader) Count(ctx context.Context, q Query) (int64, error) {
	var n atomic.Int64
	err := r.eachPart(ctx, q.Window, func(p *Part) error {
		if q.beyond(p) {
			return nil
		}
		rows, err := p.matches(&q)
		n.Add(int64(len(rows)))
		return err
	})
	return n.Load(), err
}

// DayCount is how many events have one action, outcome and day.
type DayCount struct {
	Action  string `json:"action"`
	Outcome string `json:"outcome"`
	Day     string `json:"day"` // in UTC
	Events  int64  `json:"events"`
}

var (
	pathAction  = predicate.PathOf("action")
	pathOutcome = predicate.PathOf("outcome")
)

// dayLength is a day in nanoseconds: UTC has no others here.
const dayLength = int64(24 * time.Hour)

func dayOf(ns int64) int64 {
	d := ns / dayLength
	if ns%dayLength < 0 {
		d--
	}
	return d
}

// Counts are the events that a query asks for, counted by action, outcome and day, in that order.
func (r *Reader) Counts(ctx context.Context, q Query) ([]DayCount, error) {
	type key struct {
		action, outcome string
		day             int64
	}
	total := map[key]int64{}
	results := make(chan map[key]int64, runtime.GOMAXPROCS(0))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for one := range results {
			for k, n := range one {
				total[k] += n
			}
		}
	}()
	err := r.eachPart(ctx, q.Window, func(p *Part) error {
		rows, err := p.matches(&q)
		if err != nil || len(rows) == 0 {
			return err
		}
		out := map[key]int64{}
		err = p.tallies(rows, func(action, outcome string, day, n int64) { out[key{action, outcome, day}] += n })
		results <- out
		return err
	})
	close(results)
	<-done
	if err != nil {
		return nil, err
	}
	list := make([]DayCount, 0, len(total))
	for k, n := range total {
		list = append(list, DayCount{k.action, k.outcome, time.Unix(0, k.day*dayLength).UTC().Format(time.DateOnly), n})
	}
	slices.SortFunc(list, func(a, b DayCount) int {
		return slices.Compare([]string{a.Action, a.Outcome, a.Day}, []string{b.Action, b.Outcome, b.Day})
	})
	return list, nil
}

// tallies counts rows of a part.
func (p *Part) tallies(rows []int32, add func(action, outcome string, day, n int64)) error {
	if p.tail != nil {
		var parser canon.Parser
		for _, row := range rows {
			e := &p.tail[row]
			v, err := e.Value(&parser)
			if err != nil {
				return err
			}
			add(e.Action, v.Get("outcome").Text, dayOf(e.Time.UnixNano()), 1)
		}
		return nil
	}
	s, err := p.segment()
	if err != nil {
		return err
	}
	actions, err := s.Column(pathAction)
	if err != nil {
		return err
	}
	outcomes, err := s.Column(pathOutcome)
	if err != nil {
		return err
	}
	times, err := s.Times()
	if err != nil {
		return err
	}
	return tallyColumns(actions, outcomes, times, rows, add)
}

// tallyColumns counts by codes: a day has a table of its own, and events come more or less in the order of time.
func tallyColumns(actions, outcomes *predicate.Column, times []int64, rows []int32, add func(action, outcome string, day, n int64)) error {
	width := len(outcomes.Texts)
	tables := map[int64][]int64{}
	var table []int64
	from, until := int64(1), int64(0)
	for _, row := range rows {
		at := times[row]
		if at < from || at >= until {
			day := dayOf(at)
			from, until = day*dayLength, (day+1)*dayLength
			if table = tables[day]; table == nil {
				table = make([]int64, len(actions.Texts)*width)
				tables[day] = table
			}
		}
		table[int(actions.Codes[row])*width+int(outcomes.Codes[row])]++
	}
	for day, table := range tables {
		for i, n := range table {
			if n > 0 {
				add(strings.Clone(actions.Texts[i/width]), strings.Clone(outcomes.Texts[i%width]), day, n) // the columns' texts are gone soon
			}
		}
	}
	return nil
}
