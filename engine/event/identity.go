package event

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"time"
)

// identities knows which events were there before, and counts. It is used from one goroutine, in the log's order.
//
// A sequenced event is known by its number alone; whether a repeated number is a duplicate or a conflict, the recount says. An event
// without a number is known by hashes of its id and content, keyed anew for every log, so that nobody can make two ids or contents that
// are taken for one.
type identities struct {
	window  window
	seed    maphash.Seed
	sources map[sourceKey]*source
	latest  *source
	ids     table
	// disputed holds the hashes of ids under which other content was found.
	disputed map[uint64]struct{}
	repeated bool  // whether any number was
	accepted int64 // in the window
}

type window struct{ from, until time.Time }

func (w window) contains(t time.Time) bool {
	return (w.from.IsZero() || !t.Before(w.from)) && (w.until.IsZero() || t.Before(w.until))
}

type sourceKey struct{ id, epoch string }

// source is one run of a source. Everything but seen and repeated counts only what lies in the window.
type source struct {
	sourceKey
	number      uint64 // of this source, in hashes
	seen        rangeSet
	repeated    rangeSet
	events      int64
	unsequenced int64
	first, last int64 // numbers; first > last: none
	from, to    time.Time
	conflicts   conflicts
}

func newIdentities(w window) *identities {
	return &identities{window: w, seed: maphash.MakeSeed(), sources: map[sourceKey]*source{}, disputed: map[uint64]struct{}{}}
}

// unnamed stands for the source of events that name none.
const unnamed = "-"

func (k *identities) sourceOf(e *Event) *source {
	key := sourceKey{e.Source, e.Epoch}
	if key.id == "" {
		key.id = unnamed
	}
	if k.latest != nil && k.latest.sourceKey == key {
		return k.latest
	}
	s := k.sources[key]
	if s == nil {
		s = &source{sourceKey: key, number: uint64(len(k.sources)), first: math.MaxInt64, last: -1}
		k.sources[key] = s
	}
	k.latest = s
	return s
}

// accept decides whether an event is new and lies in the window, and counts it. It may add a suffix to a derived id.
func (k *identities) accept(e *Event) bool {
	s := k.sourceOf(e)
	if e.sequenced() {
		if !s.seen.add(e.Sequence) {
			s.repeated.add(e.Sequence)
			k.repeated = true
			return false
		}
	} else if !k.acceptID(e) {
		return false
	}
	if !k.window.contains(e.Time) {
		return false
	}
	k.accepted++
	s.count(e)
	return true
}

func (s *source) count(e *Event) {
	s.events++
	if e.sequenced() {
		s.first, s.last = min(s.first, e.Sequence), max(s.last, e.Sequence)
	} else {
		s.unsequenced++
	}
	if s.events == 1 || e.Time.Before(s.from) {
		s.from = e.Time
	}
	if s.events == 1 || e.Time.After(s.to) {
		s.to = e.Time
	}
}

// Of what an id stands for, the table holds the content's hash, or, where the id is derived from the content, how often it came.
const derivedFlag = 1 << 63

func (k *identities) acceptID(e *Event) bool {
	id := k.hashID(e.ID)
	content := k.hashContent(e)
	first := content
	if e.derived {
		first = derivedFlag | 1
	}
	value, added := k.ids.at(id, first)
	switch {
	case added:
		return true
	case e.derived && *value&derivedFlag != 0: // the id says that the content is equal
		*value++
		e.ID += "-" + strconv.FormatUint(*value&^derivedFlag, 10)
		return true
	case !e.derived && *value == content:
		return false
	}
	k.disputed[id] = struct{}{}
	return false
}

func (k *identities) hashID(id string) uint64 { return maphash.String(k.seed, id) }

// hashContent never has the derivedFlag.
func (k *identities) hashContent(e *Event) uint64 {
	return maphash.Bytes(k.seed, e.Hash[:]) &^ derivedFlag
}

// hashPair joins two numbers into a key.
func (k *identities) hashPair(a, b uint64) uint64 {
	var buffer [16]byte
	binary.LittleEndian.PutUint64(buffer[:8], a)
	binary.LittleEndian.PutUint64(buffer[8:], b)
	return maphash.Bytes(k.seed, buffer[:])
}

// needsRecount says whether duplicates have yet to be told from conflicts.
func (k *identities) needsRecount() bool { return k.repeated || len(k.disputed) > 0 }

// sorted returns the sources by id and epoch.
func (k *identities) sorted() []*source {
	out := make([]*source, 0, len(k.sources))
	for _, s := range k.sources {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *source) int { return a.compare(b.sourceKey) })
	return out
}
