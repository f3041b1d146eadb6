package auditlog

import (
	"context"
	"slices"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// Window is a half-open span of event time; a zero end is open.
type Window struct{ From, Until time.Time }

// Contains says whether an instant lies in the window.
func (w Window) Contains(t time.Time) bool { return inside(w.From, w.Until, t) }

// covers says that everything from one instant to another, both included, lies in the window.
func (w Window) covers(from, to time.Time) bool { return w.Contains(from) && w.Contains(to) }

// Part is some neighbouring events of the log: a segment, or the tail. It is used by one goroutine at a time and is not read before its
// first use.
type Part struct {
	folder    string
	info      segment.Info
	tail      []event.Event // instead of a segment
	tailFirst int64
	window    Window
	before    int64 // events of the window in earlier parts

	open   *segment.Segment
	rows   []int32 // in the window; nil: not known yet
	event  event.Event
	parser canon.Parser
}

// Scan calls fn with the parts of the log that have events in the window, in the log's order. fn, or someone after it, releases each part;
// the reader must not be closed before.
func (r *Reader) Scan(ctx context.Context, window Window, fn func(*Part) error) error {
	parts, err := r.parts(ctx, window)
	if err != nil {
		return err
	}
	before := int64(0)
	for _, p := range parts {
		p.before = before
		n, err := p.count()
		if err != nil {
			return err
		}
		if before += n; n == 0 {
			continue
		}
		if err := fn(p); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// parts are the parts of the log that may have events in a window, in the log's order.
func (r *Reader) parts(ctx context.Context, window Window) ([]*Part, error) {
	var out []*Part
	for _, s := range r.Segments() {
		if !s.Dropped && touches(window.From, window.Until, s.From, s.To) {
			out = append(out, &Part{folder: r.SegmentFolder(), info: s.Info, window: window})
		}
	}
	tail, err := r.Tail(ctx)
	if err != nil || len(tail) == 0 {
		return out, err
	}
	return append(out, &Part{tail: tail, tailFirst: r.TailFirst(), window: window}), nil
}

// first is the index of the part's first event in the log, and length how many it has, in the window or not.
func (p *Part) first() int64 {
	if p.tail != nil {
		return p.tailFirst
	}
	return p.info.First
}

func (p *Part) length() int {
	if p.tail != nil {
		return len(p.tail)
	}
	return p.info.Rows
}

// events calls fn with the events of some rows, which ascend.
func (p *Part) events(rows []int32, fn func(row int, e *event.Event) error) error {
	if p.tail != nil {
		for _, row := range rows {
			if err := fn(int(row), &p.tail[row]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(rows) == 0 {
		return nil
	}
	s, err := p.segment()
	if err != nil {
		return err
	}
	return s.Events(rows, fn)
}

// count is how many of the part's events lie in the window. It opens a segment only where its edges cut it.
func (p *Part) count() (int64, error) {
	if p.tail == nil && p.window.covers(p.info.From, p.info.To) {
		return int64(p.info.Rows), nil
	}
	rows, err := p.inside()
	if err != nil {
		return 0, err
	}
	p.Release() // it is opened again when its turn comes
	return int64(len(rows)), nil
}

// segment opens the part's segment.
func (p *Part) segment() (*segment.Segment, error) {
	if p.open != nil {
		return p.open, nil
	}
	var err error
	p.open, err = segment.Open(p.folder, p.info.First)
	return p.open, err
}

// inside are the rows of the part's segment that lie in the window.
func (p *Part) inside() ([]int32, error) {
	if p.rows != nil {
		return p.rows, nil
	}
	rows := make([]int32, 0, p.length())
	if p.tail != nil || p.window.covers(p.info.From, p.info.To) {
		for row := range p.length() {
			if p.tail == nil || p.window.Contains(p.tail[row].Time) {
				rows = append(rows, int32(row))
			}
		}
		p.rows = rows
		return rows, nil
	}
	s, err := p.segment()
	if err != nil {
		return nil, err
	}
	times, err := s.Times()
	if err != nil {
		return nil, err
	}
	for row, at := range times {
		if p.window.Contains(time.Unix(0, at)) {
			rows = append(rows, int32(row))
		}
	}
	p.rows = rows
	return rows, nil
}

// Before is how many events of the window stand in earlier parts.
func (p *Part) Before() int64 { return p.before }

// Evaluate finds where conditions hold.
func (p *Part) Evaluate(programme *predicate.Programme) (predicate.Outcome, error) {
	rows, err := p.inside()
	if err != nil {
		return predicate.Outcome{}, err
	}
	if p.tail != nil {
		return p.evaluateTail(programme, rows)
	}
	s, err := p.segment()
	if err != nil {
		return predicate.Outcome{}, err
	}
	return programme.Columns(predicate.NewGroup(s), rows)
}

// evaluateTail evaluates the tail's events one by one.
func (p *Part) evaluateTail(programme *predicate.Programme, rows []int32) (predicate.Outcome, error) {
	out, err := programme.Events(len(rows), func(i int) (string, func() (*canon.Value, error)) {
		e := &p.tail[rows[i]]
		return e.Action, func() (*canon.Value, error) {
			v, err := e.Value(&p.parser)
			return &v, err
		}
	})
	for _, found := range [][][]int32{out.Yes, out.Ask} {
		for _, list := range found {
			for i, at := range list {
				list[i] = rows[at]
			}
		}
	}
	return out, err
}

// IDs gives the ids of the events; plain says that JSON holds each as it is. It is called after Evaluate.
func (p *Part) IDs() (of func(row int) string, plain bool, err error) {
	if p.tail != nil {
		return func(row int) string { return p.tail[row].ID }, false, nil
	}
	s, err := p.segment()
	if err != nil {
		return nil, false, err
	}
	ids, err := s.IDs()
	if err != nil {
		return nil, false, err
	}
	return ids.At, ids.Plain(), nil
}

// Event is one of the events, with its position among those of the window. It is valid until the next call.
func (p *Part) Event(row int) (*event.Event, error) {
	if p.tail != nil {
		p.event = p.tail[row]
	} else {
		s, err := p.segment()
		if err != nil {
			return nil, err
		}
		if p.event, err = s.Event(row); err != nil {
			return nil, err
		}
	}
	rank, _ := slices.BinarySearch(p.rows, int32(row))
	p.event.Position = p.before + int64(rank) + 1
	return &p.event, nil
}

// Release gives back what the part has opened.
func (p *Part) Release() {
	if p.open != nil {
		_ = p.open.Close() // it was only read
	}
	p.open, p.rows = nil, nil
}
