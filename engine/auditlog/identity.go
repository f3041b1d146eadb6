package auditlog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// command is one import, or one append: its equal events without an id, and its equal lines that are no events, are numbered from 1.
type command struct {
	derived *event.Tally
	refused *event.Tally
	// barred are derived ids that stand for another event: all that would have them are conflicts.
	barred map[string]origin
}

func newCommand() *command {
	return &command{derived: event.NewTally(), refused: event.NewTally(), barred: map[string]origin{}}
}

// identity is what an event without a number is known by. The second and further of equal events have ids of their own that are made, and
// are not taken for what somebody named so.
type identity struct {
	id  string
	nth bool
}

// derivedLength is that of a derived id without a suffix: evt_ and 32 digits.
const derivedLength = 36

func identityOf(e *event.Event) identity {
	return identity{e.ID, e.Derived() && len(e.ID) > derivedLength}
}

// origin is the event that an identity stands for in the log.
type origin struct {
	equal bool // the other event has the same bytes
	known bool // its source and time are known; not, where retention has dropped it
	run   run
	at    time.Time
}

func originOf(e *event.Event, equal bool) origin {
	return origin{equal: equal, known: true, run: runOf(e), at: e.Time}
}

// Counts says what became of lines or events.
type Counts struct{ Stored, Duplicates, Conflicts int64 }

// decide takes events in, in order: new ones are appended to the tail of the state, what was there before is counted, and conflicts go to
// quarantine. It may add a suffix to a derived id.
func (w *Writer) decide(ctx context.Context, cmd *command, events []*event.Event, leaves []ledger.Hash, c *change) (counts Counts, err error) {
	s := w.state
	bases := map[int]string{}                   // of second and further equal events, the id of the first
	sets := make([]*event.Numbers, len(events)) // nil: the identity is not a number
	for i, e := range events {
		if sequenced(e) {
			sets[i] = s.numbersOf(runOf(e))
		} else if e.Derived() {
			if n := cmd.derived.Count(e.Hash); n > 1 {
				bases[i] = e.ID
				e.ID += "-" + strconv.FormatUint(n, 10)
			}
		}
	}
	s.tail, s.leaves = slices.Grow(s.tail, len(events)), slices.Grow(s.leaves, len(events))
	found, err := w.lookUp(ctx, events, leaves, sets)
	if err != nil {
		return counts, err
	}
	for i, e := range events {
		first, repeated := s.first(e, leaves[i], sets[i])
		if !repeated {
			first, repeated = found[i]
		}
		if base, ok := bases[i]; ok && !repeated {
			if first, repeated = cmd.barred[base]; repeated {
				e.ID = base
			}
		}
		if sets[i] != nil {
			fresh := sets[i].Add(e.Sequence)
			if fresh == repeated {
				return counts, fmt.Errorf("%s: expected source %q, epoch %q, sequence %d to be found where the catalogue has it, found otherwise; run kt audit-log verify", w.dir, e.Source, e.Epoch, e.Sequence)
			}
		}
		switch {
		case !repeated:
			s.accept(e, leaves[i])
			counts.Stored++
		case first.equal:
			counts.Duplicates++
		default:
			counts.Conflicts++
			c.quarantine = append(c.quarantine, w.conflict(e, leaves[i], first))
			if e.Derived() && !sequenced(e) && len(e.ID) == derivedLength {
				cmd.barred[e.ID] = first
			}
		}
	}
	return counts, nil
}

// first is the event of the tail that has the same identity.
func (s *state) first(e *event.Event, leaf ledger.Hash, numbers *event.Numbers) (origin, bool) {
	i := -1
	if numbers != nil {
		if numbers.Contains(e.Sequence) {
			i = s.byNumber(runOf(e), e.Sequence)
		}
	} else {
		i = s.byID(identityOf(e))
	}
	if i < 0 {
		return origin{}, false
	}
	return originOf(&s.tail[i], s.leaves[i] == leaf), true
}

// numbersOf are the numbers of a run; the latest one is asked for most often.
func (s *state) numbersOf(r run) *event.Numbers {
	if s.latest.numbers != nil && s.latest.run == r {
		return s.latest.numbers
	}
	n := s.numbers[r]
	if n == nil {
		n = &event.Numbers{}
		s.numbers[r] = n
	}
	s.latest.run, s.latest.numbers = r, n
	return n
}
