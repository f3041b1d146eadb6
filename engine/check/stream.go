package check

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
)

// streamed is what one check has seen of the events.
type streamed struct {
	check    *policy.Check
	actions  actions
	tally    *tally
	chosen   []chosen // of a check that reads "events"
	overflow bool
	stopped  atomic.Bool // after a rule ran into the limit: it is not tried on every further event
}

// chosen is an event that a check's selected rule chose, kept as its canonical bytes.
type chosen struct {
	event    event.Event
	position int64
}

// stream reads the log once and offers every event to all checks together. Batches are evaluated by as many workers as
// there are processors and taken in in the log's order, so that memory does not grow with the log and the result does not
// depend on the workers.
func (r *run) stream(ctx context.Context, checks []*policy.Check) (map[string]*streamed, error) {
	out := map[string]*streamed{}
	all := make([]*streamed, len(checks))
	for i, c := range checks {
		all[i] = &streamed{check: c, tally: newTally(r, c), actions: r.actionsOf(ctx, c)}
		out[c.ID] = all[i]
	}
	if r.in.Log == nil {
		return out, nil
	}
	r.fold(ctx, checks)
	o := &offer{run: r, checks: all, groups: map[string]*group{}}
	group, ctx := errgroup.WithContext(ctx)
	todo := make(chan *job, runtime.GOMAXPROCS(0))
	order := make(chan *job, 2*runtime.GOMAXPROCS(0))
	group.Go(func() error {
		defer close(todo)
		defer close(order)
		return r.in.Log.Each(ctx, func(b *event.Batch) error {
			j := &job{batch: b, done: make(chan struct{})}
			for _, to := range []chan *job{order, todo} {
				select {
				case to <- j:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error { return o.work(ctx, todo) })
	}
	group.Go(func() error { return take(ctx, order, all) })
	return out, group.Wait()
}

// job is one batch on its way: done is closed when its hits are there.
type job struct {
	batch *event.Batch
	hits  []hit
	done  chan struct{}
}

// hit is an event that is of interest to a check.
type hit struct {
	event    int // in the batch
	check    int
	selected bool
	found    map[string][]Finding
	errors   []RuleError
	broken   []error // malformed findings
}

// take takes the hits of each batch in, in order.
func take(ctx context.Context, order <-chan *job, checks []*streamed) error {
	for j := range order {
		select {
		case <-j.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		var line []byte
		at := -1
		for i := range j.hits {
			h := &j.hits[i]
			e := &j.batch.Events[h.event]
			if h.event != at {
				value := (&subject{id: e.ID}).value()
				line, at = canon.Append(line[:0], &value), h.event
			}
			checks[h.check].take(h, e, line)
		}
		j.batch.Release()
	}
	return nil
}

func (s *streamed) take(h *hit, e *event.Event, line []byte) {
	s.tally.errors = addErrors(s.tally.errors, h.errors)
	for _, err := range h.broken {
		s.tally.malformed(policy.RuleDeviation, err)
	}
	if s.check.Reads == policy.ReadsEvent {
		if h.selected || len(h.found) > 0 {
			s.tally.census.add(line)
			s.tally.settle(h.found)
		}
		return
	}
	if !h.selected || s.overflow {
		return
	}
	if len(s.chosen) == MaxEvents {
		s.chosen, s.overflow = nil, true
		return
	}
	s.chosen = append(s.chosen, chosen{event: e.Clone(), position: e.Position})
}

// events are the chosen events as Rego sees them, in the log's order.
func (s *streamed) events() (*ast.Term, error) {
	var parser canon.Parser
	items := make([]*ast.Term, len(s.chosen))
	for i := range s.chosen {
		value, err := s.chosen[i].event.Value(&parser)
		if err != nil {
			return nil, err
		}
		items[i] = toTerm(&value)
	}
	return ast.ArrayTerm(items...), nil
}

// cite adds to each finding the positions of the chosen events that it names in a member "events", a list of ids.
func (s *streamed) cite(t *tally) {
	positions := map[string]int64{}
	for i := range s.chosen {
		positions[s.chosen[i].event.ID] = s.chosen[i].position
	}
	for _, kept := range []worst{t.deviations.kept, t.warnings.kept, t.unknown.kept} {
		for i := range kept {
			named := kept[i].Extra.Get("events")
			if named == nil {
				continue
			}
			for j := range named.Items {
				if p, ok := positions[text(&named.Items[j])]; ok {
					kept[i].Evidence = append(kept[i].Evidence, EventRef{Event: text(&named.Items[j]), Position: p})
				}
			}
		}
	}
}

// group is a set of checks that one action interests, with the query that evaluates them together.
type group struct {
	members []int // of offer.checks
	body    ast.Body
}

// offer is the one place where events meet checks.
type offer struct {
	run    *run
	checks []*streamed
	lock   sync.Mutex
	groups map[string]*group // by action
}
