package auditlog

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/predicate"
)

// How far an event's own time and that of its arrival may lie apart. The second is what sources' clocks may differ by.
const (
	LateAfter  = time.Hour
	AheadAfter = time.Minute
)

// Arrival is what the times of arrival say of one run of a source.
type Arrival struct {
	Source string `json:"source"` // "-" of events that name none
	Epoch  string `json:"epoch"`
	Known  int64  `json:"known"` // events that say when they arrived
	Late   int64  `json:"late"`  // that arrived more than LateAfter after they happened
	Ahead  int64  `json:"ahead"` // that happened more than AheadAfter after they arrived: a clock is wrong
	// Longest is how long the latest took, and LargestAhead how far a clock was ahead at most.
	Longest      int64 `json:"longest_seconds"`
	LargestAhead int64 `json:"largest_ahead_seconds"`
}

func (a *Arrival) add(happened, arrived int64) {
	a.Known++
	delay := time.Duration(arrived - happened)
	if delay > LateAfter {
		a.Late++
	}
	if -delay > AheadAfter {
		a.Ahead++
	}
	a.Longest = max(a.Longest, int64(delay/time.Second))
	a.LargestAhead = max(a.LargestAhead, int64(-delay/time.Second))
}

func (a *Arrival) join(b *Arrival) {
	a.Known += b.Known
	a.Late += b.Late
	a.Ahead += b.Ahead
	a.Longest, a.LargestAhead = max(a.Longest, b.Longest), max(a.LargestAhead, b.LargestAhead)
}

// Arrivals tells of each source how late its events of a window came, and whether its clock ran ahead.
func (r *Reader) Arrivals(ctx context.Context, w Window) ([]Arrival, error) {
	total := map[run]*Arrival{}
	var lock sync.Mutex
	err := r.eachPart(ctx, w, func(p *Part) error {
		found, err := p.arrivals()
		lock.Lock()
		defer lock.Unlock()
		for k, one := range found {
			if total[k] == nil {
				total[k] = &Arrival{Source: k.source, Epoch: k.epoch}
			}
			total[k].join(one)
		}
		return err
	})
	out := make([]Arrival, 0, len(total))
	for _, a := range total {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Arrival) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Epoch, b.Epoch)) })
	return out, err
}

func (p *Part) arrivals() (map[run]*Arrival, error) {
	rows, err := p.inside()
	if err != nil {
		return nil, err
	}
	out := map[run]*Arrival{}
	note := func(k run, happened, arrived int64) {
		if k.source == "" {
			k.source = "-"
		}
		if out[k] == nil {
			out[k] = &Arrival{}
		}
		out[k].add(happened, arrived)
	}
	if p.tail != nil {
		for _, row := range rows {
			e := &p.tail[row]
			if at, err := clock.Parse(e.IngestedAt); err == nil && e.IngestedAt != "" {
				note(run{e.Source, e.Epoch}, e.Time.UnixNano(), at.UnixNano())
			}
		}
		return out, nil
	}
	s, err := p.segment()
	if err != nil {
		return nil, err
	}
	arrived, err := s.Ingested()
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(arrived, func(at int64) bool { return at != segment.Unknown }) {
		return out, nil
	}
	times, err := s.Times()
	if err != nil {
		return nil, err
	}
	sources, err := s.Column(predicate.PathOf("source"))
	if err != nil {
		return nil, err
	}
	epochs, err := s.Column(predicate.PathOf("epoch"))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if arrived[row] != segment.Unknown {
			note(run{textAt(sources, int(row)), textAt(epochs, int(row))}, times[row], arrived[row])
		}
	}
	return out, nil
}
