package segment

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/event"
)

// times are the least and the greatest time.
func times(events []event.Event) (from, to time.Time) {
	from, to = events[0].Time, events[0].Time
	for i := range events {
		if t := events[i].Time; t.Before(from) {
			from = t
		} else if t.After(to) {
			to = t
		}
	}
	return from, to
}

// runs are the runs of sources, by source and epoch.
func runs(events []event.Event) []SourceRange {
	type key struct{ source, epoch string }
	found := map[key]*SourceRange{}
	for i := range events {
		e := &events[i]
		k := key{e.Source, e.Epoch}
		if k.source == "" {
			k.source = "-"
		}
		r := found[k]
		if r == nil {
			r = &SourceRange{Source: k.source, Epoch: k.epoch, FirstSequence: math.MaxInt64, LastSequence: -1, FirstAt: e.Time, LastAt: e.Time}
			found[k] = r
		}
		r.add(e)
	}
	out := make([]SourceRange, 0, len(found))
	for _, r := range found {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b SourceRange) int {
		if c := strings.Compare(a.Source, b.Source); c != 0 {
			return c
		}
		return strings.Compare(a.Epoch, b.Epoch)
	})
	return out
}

func (r *SourceRange) add(e *event.Event) {
	r.Events++
	if e.Sequence >= 0 && e.Source != "" {
		r.FirstSequence, r.LastSequence = min(r.FirstSequence, e.Sequence), max(r.LastSequence, e.Sequence)
	} else {
		r.Unsequenced++
	}
	if e.Time.Before(r.FirstAt) {
		r.FirstAt = e.Time
	}
	if e.Time.After(r.LastAt) {
		r.LastAt = e.Time
	}
}
