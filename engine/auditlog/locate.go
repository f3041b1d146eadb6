package auditlog

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/event"
)

// lookUp finds, of some events, those whose identity a sealed event has, by their place among them. What is equal is known by its leaf hash,
// without a look at the segment; only what conflicts is read. Of events whose identity is a number, sets has the numbers of their run.
func (w *Writer) lookUp(ctx context.Context, events []*event.Event, leaves []ledger.Hash, sets []*event.Numbers) (map[int]origin, error) {
	l := &lookup{w: w, events: events, leaves: leaves, found: map[int]origin{}}
	var named []int
	numbered := map[run][]int{}
	for i, e := range events {
		if sets[i] == nil {
			named = append(named, i)
		} else if sets[i].Contains(e.Sequence) {
			numbered[runOf(e)] = append(numbered[runOf(e)], i)
		}
	}
	if len(numbered) > 0 {
		if err := l.byNumber(ctx, numbered); err != nil {
			return nil, err
		}
	}
	if len(named) > 0 {
		if err := l.byID(ctx, named); err != nil {
			return nil, err
		}
	}
	return l.found, nil
}

// lookup is one look at the sealed events.
type lookup struct {
	w      *Writer
	events []*event.Event
	leaves []ledger.Hash
	found  map[int]origin
}

// leavesOf are the leaf hashes of a segment.
func (l *lookup) leavesOf(info *SegmentInfo) ([]ledger.Hash, error) {
	r := ledger.NewReader(tilePath(l.w.dir), ledger.Head{Size: l.w.state.tree.Head().Size})
	return r.Leaves(info.First, info.next())
}

// byNumber finds the segment of each number by the catalogue, and looks there.
func (l *lookup) byNumber(ctx context.Context, numbered map[run][]int) error {
	wanted := map[int64][]int{} // by segment
	for r, list := range numbered {
		slices.SortFunc(list, func(a, b int) int { return cmp.Compare(l.events[a].Sequence, l.events[b].Sequence) })
		match := func(first int64, spans []span) error {
			j := 0
			for _, i := range list {
				n := l.events[i].Sequence
				for j < len(spans) && spans[j].to < n {
					j++
				}
				if j == len(spans) {
					break
				}
				if spans[j].from <= n {
					wanted[first] = append(wanted[first], i)
				}
			}
			return nil
		}
		if err := readSpans(ctx, l.w.db, r, match); err != nil {
			return err
		}
		for _, one := range l.w.state.pending {
			for k, source := range one.info.Sources {
				if (run{source.Source, source.Epoch}) == r {
					if err := match(one.info.First, one.numbers[k]); err != nil {
						return err
					}
				}
			}
		}
	}
	for _, first := range slices.Sorted(maps.Keys(wanted)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.compareNumbers(l.w.state.info(first), wanted[first]); err != nil {
			return err
		}
	}
	return nil
}

// compareNumbers tells, of events whose numbers a segment has, duplicates from conflicts.
func (l *lookup) compareNumbers(info *SegmentInfo, list []int) error {
	stored, err := l.leavesOf(info)
	if err != nil {
		return err
	}
	equal := make(map[ledger.Hash]bool, len(list))
	for _, i := range list {
		equal[l.leaves[i]] = false
	}
	for _, h := range stored {
		if _, wanted := equal[h]; wanted {
			equal[h] = true
		}
	}
	var conflicts []int
	for _, i := range list {
		if l.found[i] = (origin{equal: true}); !equal[l.leaves[i]] {
			conflicts = append(conflicts, i)
		}
	}
	if len(conflicts) == 0 {
		return nil
	}
	return l.readNumbers(info, conflicts)
}

// readNumbers reads the events of a segment that others conflict with.
func (l *lookup) readNumbers(info *SegmentInfo, conflicts []int) error {
	wanted := map[int64][]int{}
	for _, i := range conflicts {
		l.found[i] = origin{run: runOf(l.events[i])}
		wanted[l.events[i].Sequence] = append(wanted[l.events[i].Sequence], i)
	}
	if info.Dropped {
		return nil
	}
	return l.w.withSegment(info, func(s *segment.Segment) error {
		numbers, err := s.Sequences()
		if err != nil {
			return err
		}
		var rows []int32
		for row, n := range numbers {
			if _, ok := wanted[n]; ok && n >= 0 {
				rows = append(rows, int32(row))
			}
		}
		if len(rows) == 0 {
			return nil
		}
		return s.Events(rows, func(_ int, e *event.Event) error {
			for _, i := range wanted[e.Sequence] {
				if sequenced(e) && runOf(e) == runOf(l.events[i]) {
					l.found[i] = originOf(e, false)
				}
			}
			return nil
		})
	})
}

// withSegment opens a segment for fn.
func (w *Writer) withSegment(info *SegmentInfo, fn func(*segment.Segment) error) error {
	s, err := segment.Open(segmentPath(w.dir), info.First)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // it was only read
	return fn(s)
}

// fewHashes is up to how many ids are looked for one by one, instead of reading a whole index.
const fewHashes = 16

// byID looks for ids in the indices of all segments that have events without a number.
func (l *lookup) byID(ctx context.Context, named []int) error {
	byHash := make(map[uint64][]int, len(named))
	for _, i := range named {
		h := segment.IDHash(l.events[i].ID)
		byHash[h] = append(byHash[h], i)
	}
	hashes := slices.Sorted(maps.Keys(byHash))
	folder := segmentPath(l.w.dir)
	for k := range l.w.state.segments {
		info := &l.w.state.segments[k]
		if info.unsequenced() == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		matches := map[uint64][]int{} // rows
		if len(hashes) <= fewHashes {
			for _, h := range hashes {
				rows, err := segment.Rows(folder, info.Info, h)
				if err != nil {
					return err
				}
				if len(rows) > 0 {
					matches[h] = rows
				}
			}
		} else if err := segment.Contains(folder, info.Info, hashes, func(i, row int) {
			matches[hashes[i]] = append(matches[hashes[i]], row)
		}); err != nil {
			return err
		}
		if len(matches) > 0 {
			if err := l.compareIDs(info, matches, byHash); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareIDs tells, of events whose ids a segment may have, duplicates from conflicts, and from others whose ids look the same.
func (l *lookup) compareIDs(info *SegmentInfo, matches map[uint64][]int, byHash map[uint64][]int) error {
	stored, err := l.leavesOf(info)
	if err != nil {
		return err
	}
	var rows []int32
	open := map[string][]int{} // events that equal none, by id
	for h, found := range matches {
		equal := make(map[ledger.Hash]bool, len(found))
		for _, row := range found {
			equal[stored[row]] = true
		}
		rest := false
		for _, i := range byHash[h] {
			if equal[l.leaves[i]] {
				l.found[i] = origin{equal: true}
			} else if _, done := l.found[i]; !done {
				rest = true
				open[l.events[i].ID] = append(open[l.events[i].ID], i)
			}
		}
		if rest {
			for _, row := range found {
				rows = append(rows, int32(row))
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if info.Dropped {
		l.unreadable(info, open)
		return nil
	}
	slices.Sort(rows)
	return l.w.withSegment(info, func(s *segment.Segment) error {
		return s.Events(rows, func(_ int, e *event.Event) error {
			if sequenced(e) { // its identity is its number
				return nil
			}
			for _, i := range open[e.ID] {
				if identityOf(l.events[i]) == identityOf(e) {
					l.found[i] = originOf(e, false)
				}
			}
			return nil
		})
	})
}

// unreadable is of events whose ids a dropped segment has: what stands there has other bytes, and is not there to tell more.
func (l *lookup) unreadable(info *SegmentInfo, open map[string][]int) {
	first := origin{run: run{unnamed, ""}}
	for _, source := range info.Sources {
		if source.Unsequenced > 0 {
			first.run = run{source.Source, source.Epoch}
			break
		}
	}
	for _, list := range open {
		for _, i := range list {
			if !identityOf(l.events[i]).nth {
				l.found[i] = first
			}
		}
	}
}
