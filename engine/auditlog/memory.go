package auditlog

import (
	"cmp"
	"context"
	"slices"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// state is what a writer keeps in memory of the log: the catalogue, the tail, and which numbers are taken. A change is made here first and
// then committed; when it fails, the state is read anew.
type state struct {
	catalogue
	tree    *ledger.Tree
	tail    []event.Event // owned
	leaves  []ledger.Hash // of the tail
	inTree  int           // how many of the tail the tree has
	inRows  int           // how many of the tail the catalogue has
	bytes   int           // of the tail's canonical bytes
	numbers map[run]*event.Numbers
	latest  struct {
		run     run
		numbers *event.Numbers
	}
	index   tailIndex
	pending []sealed // segments that are written and not yet committed
	grown   bool     // something was committed since the state was read
}

// sealed is a segment with the numbers of its sources, by their place in the segment's information.
type sealed struct {
	info    SegmentInfo
	numbers [][]span
}

// load reads the state.
func (w *Writer) load(ctx context.Context) (*state, error) {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was changed
	c, err := readCatalogue(ctx, w.dir, tx)
	if err != nil {
		return nil, err
	}
	w.origin = c.origin
	s := &state{catalogue: *c}
	if s.tail, err = c.readTail(ctx, w.dir, tx); err != nil {
		return nil, err
	}
	for i := range s.tail {
		s.leaves = append(s.leaves, ledger.LeafHash(s.tail[i].Canonical))
		s.bytes += len(s.tail[i].Canonical)
	}
	s.inTree, s.inRows = len(s.tail), len(s.tail)
	if s.tree, err = ledger.OpenTree(tilePath(w.dir), s.head.Size); err != nil {
		return nil, err
	}
	return s, s.readNumbers(ctx, tx)
}

// readNumbers joins the numbers of all segments and of the tail.
func (s *state) readNumbers(ctx context.Context, q querier) error {
	spans := map[run][]span{}
	for i := range s.segments {
		for _, source := range s.segments[i].Sources {
			if r := (run{source.Source, source.Epoch}); spans[r] == nil {
				spans[r] = []span{}
			}
		}
	}
	for r := range spans {
		err := readSpans(ctx, q, r, func(_ int64, some []span) error {
			for _, one := range some {
				if last := len(spans[r]) - 1; last < 0 || spans[r][last].from <= one.from {
					spans[r] = extend(spans[r], one)
				} else {
					spans[r] = append(spans[r], one) // union puts it right
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for r, more := range numbersOf(s.tail) {
		spans[r] = append(spans[r], more...)
	}
	s.numbers = make(map[run]*event.Numbers, len(spans))
	for r, some := range spans {
		s.numbers[r] = union(some)
	}
	return nil
}

// size is how many events the log has, those of the change under way included.
func (s *state) size() int64 { return s.tailFirst() + int64(len(s.tail)) }

// info is what the state says of the segment that begins at an index; nil: there is none.
func (s *state) info(first int64) *SegmentInfo {
	i, ok := slices.BinarySearchFunc(s.segments, first, func(s SegmentInfo, first int64) int { return cmp.Compare(s.First, first) })
	if !ok {
		return nil
	}
	return &s.segments[i]
}

// accept appends an event to the tail. Its memory must last until it is sealed or kept.
func (s *state) accept(e *event.Event, leaf ledger.Hash) {
	s.tail = append(s.tail, *e)
	s.leaves = append(s.leaves, leaf)
	s.bytes += len(e.Canonical)
}

// keep copies what the tail has of others' memory.
func (s *state) keep(from int) {
	for i := max(from, 0); i < len(s.tail); i++ {
		s.tail[i] = s.tail[i].Clone()
	}
}

// numberKey is an event's identity by number.
type numberKey struct {
	run
	number int64
}

// tailIndex finds events of the tail by identity. It is made when it is asked for.
type tailIndex struct {
	numbersTo, idsTo int // how many of the tail are in it
	numbers          map[numberKey]int
	ids              map[identity]int
}

// byNumber is the place in the tail of the event with a number, -1: none.
func (s *state) byNumber(r run, number int64) int {
	x := &s.index
	if x.numbers == nil {
		x.numbers = map[numberKey]int{}
	}
	for ; x.numbersTo < len(s.tail); x.numbersTo++ {
		if e := &s.tail[x.numbersTo]; sequenced(e) {
			x.numbers[numberKey{runOf(e), e.Sequence}] = x.numbersTo
		}
	}
	if i, ok := x.numbers[numberKey{r, number}]; ok {
		return i
	}
	return -1
}

// byID is the place in the tail of the event without a number that has an identity, -1: none.
func (s *state) byID(id identity) int {
	x := &s.index
	if x.ids == nil {
		x.ids = map[identity]int{}
	}
	for ; x.idsTo < len(s.tail); x.idsTo++ {
		if e := &s.tail[x.idsTo]; !sequenced(e) {
			x.ids[identityOf(e)] = x.idsTo
		}
	}
	if i, ok := x.ids[id]; ok {
		return i
	}
	return -1
}
