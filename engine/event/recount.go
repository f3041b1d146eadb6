package event

import "math"

// roundSize is how many repeated numbers one reading of the input tells apart: with 24 bytes each, 48 MiB. A log in which more are
// repeated, such as one that is given twice, is read several times, so that memory stays flat.
const roundSize = 2 << 20

// recount is one further reading of the input, after identities has seen all of it: for identities that came more than once it tells
// duplicates, which do not count, from conflicts, of which each distinct content counts once, under the source and time of the event
// that came first.
type recount struct {
	known     *identities
	numbers   map[*source]*rangeSet // that this round looks at
	ids       map[uint64]origin     // of disputed ids, what came first
	firsts    table                 // of repeated numbers, the content that came first, and whether in the window
	conflicts table                 // contents that were counted
	withIDs   bool
}

type origin struct {
	source  *source
	content uint64
	inside  bool
}

const insideFlag = 1 << 63

// rounds divides the repeated numbers among recounts of at most size numbers; the first one also looks at the disputed ids.
func (k *identities) rounds(size int64) []*recount {
	begin := func() *recount { return &recount{known: k, numbers: map[*source]*rangeSet{}} }
	first := begin()
	first.withIDs, first.ids = true, make(map[uint64]origin, len(k.disputed))
	out := []*recount{first}
	room := size
	for _, s := range k.sorted() {
		s.repeated.each(func(one span) bool {
			for one.from <= one.to {
				if room == 0 {
					out = append(out, begin())
					room = size
				}
				part := one
				if one.to-one.from >= room {
					part.to = one.from + room - 1
				}
				out[len(out)-1].look(s, part)
				room -= part.to - part.from + 1
				if part.to == math.MaxInt64 {
					break
				}
				one.from = part.to + 1
			}
			return true
		})
	}
	return out
}

// look adds numbers of a source, higher than those before, to what is looked at.
func (r *recount) look(s *source, part span) {
	set := r.numbers[s]
	if set == nil {
		set = &rangeSet{}
		r.numbers[s] = set
	}
	set.appendSpan(part)
}

// see takes in one event of the log, in order.
func (r *recount) see(e *Event) {
	if !e.sequenced() {
		if r.withIDs {
			r.seeID(e)
		}
		return
	}
	k := r.known
	s := k.sourceOf(e)
	numbers := r.numbers[s]
	if numbers == nil || !numbers.contains(e.Sequence) {
		return
	}
	key := k.hashPair(s.number, uint64(e.Sequence))
	content := k.hashContent(e)
	first := content
	if k.window.contains(e.Time) {
		first |= insideFlag
	}
	value, added := r.firsts.at(key, first)
	if !added && *value&^insideFlag != content {
		r.conflict(key, content, *value&insideFlag != 0 || k.window.contains(e.Time), s, Conflict{Sequence: &e.Sequence})
	}
}

func (r *recount) seeID(e *Event) {
	k := r.known
	id := k.hashID(e.ID)
	if _, ok := k.disputed[id]; !ok {
		return
	}
	content := k.hashContent(e)
	first, ok := r.ids[id]
	if !ok {
		r.ids[id] = origin{source: k.sourceOf(e), content: content, inside: k.window.contains(e.Time)}
		return
	}
	if first.content != content {
		r.conflict(id, content, first.inside || k.window.contains(e.Time), first.source, Conflict{ID: e.ID})
	}
}

// conflict counts a content once, where the event that came first or the one that is refused for it lies in the window: what is refused
// there could have been a deviation.
func (r *recount) conflict(key, content uint64, inside bool, s *source, c Conflict) {
	if _, added := r.conflicts.at(r.known.hashPair(key, content), 0); added && inside {
		s.conflicts.add(c)
	}
}
