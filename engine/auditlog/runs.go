package auditlog

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/keeptrusts/kt/engine/event"
)

// run is one run of a source: the numbers of its events count from its beginning.
type run struct{ source, epoch string }

// unnamed stands for the source of events that name none.
const unnamed = "-"

// runOf is the run that an event belongs to.
func runOf(e *event.Event) run {
	if e.Source == "" {
		return run{unnamed, e.Epoch}
	}
	return run{e.Source, e.Epoch}
}

// sequenced says whether an event's identity is its number.
func sequenced(e *event.Event) bool { return e.Sequence >= 0 && e.Source != "" }

// span is neighbouring numbers, both ends included.
type span struct{ from, to int64 }

// numbersOf are the numbers of events by run, as spans in order.
func numbersOf(events []event.Event) map[run][]span {
	numbers := map[run][]int64{}
	for i := range events {
		if e := &events[i]; sequenced(e) {
			r := runOf(e)
			numbers[r] = append(numbers[r], e.Sequence)
		}
	}
	out := make(map[run][]span, len(numbers))
	for r, list := range numbers {
		if !slices.IsSorted(list) {
			slices.Sort(list)
		}
		var spans []span
		for _, n := range list {
			spans = extend(spans, span{n, n})
		}
		out[r] = spans
	}
	return out
}

// extend adds a span that begins in or after the last one.
func extend(spans []span, one span) []span {
	if last := len(spans) - 1; last >= 0 && one.from-1 <= spans[last].to {
		spans[last].to = max(spans[last].to, one.to)
		return spans
	}
	return append(spans, one)
}

// encodeSpans writes spans as varints: how many numbers lie between one and the next, and how many numbers it has after its first.
func encodeSpans(spans []span) []byte {
	out := []byte{}
	next := int64(0)
	for _, s := range spans {
		out = binary.AppendUvarint(out, uint64(s.from-next))
		out = binary.AppendUvarint(out, uint64(s.to-s.from))
		next = s.to + 1 // of MaxInt64, none follows
	}
	return out
}

var errSpans = errors.New("expected runs of numbers, found something else")

// decodeSpans reads what encodeSpans writes, appended to spans.
func decodeSpans(spans []span, data []byte) ([]span, error) {
	next := int64(0)
	for len(data) > 0 {
		skip, n := binary.Uvarint(data)
		if n <= 0 || next < 0 || skip > uint64(math.MaxInt64-next) {
			return spans, errSpans
		}
		data = data[n:]
		more, n := binary.Uvarint(data)
		from := next + int64(skip)
		if n <= 0 || more > uint64(math.MaxInt64-from) {
			return spans, errSpans
		}
		data = data[n:]
		spans = append(spans, span{from, from + int64(more)})
		next = from + int64(more) + 1
	}
	return spans, nil
}

// union makes one set of spans in any order.
func union(spans []span) *event.Numbers {
	slices.SortFunc(spans, func(a, b span) int {
		if a.from < b.from {
			return -1
		}
		if a.from > b.from {
			return 1
		}
		return 0
	})
	var merged []span
	for _, s := range spans {
		merged = extend(merged, s)
	}
	out := &event.Numbers{}
	for _, s := range merged {
		out.AddRun(s.from, s.to)
	}
	return out
}
