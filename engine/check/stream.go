package check

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
)

// streamed is what one check has seen of the events.
type streamed struct {
	check      *policy.Check
	tally      *tally
	population Population // of a check that reads "event"
	chosen     []chosen   // of a check that reads "events"
	overflow   bool
	stopped    atomic.Bool // after a rule ran into the limit: it is not tried on every further event
}

// chosen is an event that a check's selected rule chose, kept as its canonical bytes.
type chosen struct {
	event    event.Event
	position int64
}

// stream reads the log once and offers every event to all checks together. Parts are evaluated by as many workers as
// there are processors and taken in in the log's order, so that memory does not grow with the log and the result does not
// depend on the workers.
func (r *run) stream(ctx context.Context, checks []*policy.Check) (map[string]*streamed, error) {
	out := map[string]*streamed{}
	all := make([]*streamed, len(checks))
	for i, c := range checks {
		all[i] = &streamed{check: c, tally: newTally(r, c), population: NoPopulation()}
		out[c.ID] = all[i]
	}
	if r.in.Log == nil {
		return out, nil
	}
	r.fold(ctx, checks)
	o := newOffer(r, all, r.push(ctx, checks))
	group, ctx := errgroup.WithContext(ctx)
	todo := make(chan *job, runtime.GOMAXPROCS(0))
	order := make(chan *job, runtime.GOMAXPROCS(0))
	group.Go(func() error {
		defer close(todo)
		defer close(order)
		return r.in.Log.Each(ctx, func(p Part) error {
			j := &job{part: p, done: make(chan struct{})}
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
	group.Go(func() error { return o.take(ctx, order) })
	return out, group.Wait()
}

// job is one part on its way: done is closed when it is judged.
type job struct {
	part   Part
	hits   []hit
	lines  *lines
	rows   [][]int32 // by check that reads "event", the rows in its population
	chosen []choice
	done   chan struct{}
}

// choice is an event that a check which reads "events" chose.
type choice struct {
	check int
	event event.Event
}

// hit is an event in which Rego found something for a check.
type hit struct {
	row      int32
	check    int
	selected bool
	found    map[string][]Finding
	errors   []RuleError
	broken   []error // malformed findings
}

// take takes the jobs in, in order.
func (o *offer) take(ctx context.Context, order <-chan *job) error {
	var judging []int
	for i, s := range o.checks {
		if s.check.Reads == policy.ReadsEvent {
			judging = append(judging, i)
		}
	}
	populations := newPopulations(judging)
	for j := range order {
		select {
		case <-j.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		err := populations.add(j.lines, j.rows)
		j.lines.release()
		if err != nil {
			return err
		}
		for i := range j.hits {
			o.checks[j.hits[i].check].take(&j.hits[i])
		}
		for i := range j.chosen {
			o.checks[j.chosen[i].check].choose(&j.chosen[i].event)
		}
	}
	populations.each(func(i int, of Population) { o.checks[i].population = of })
	return nil
}

func (s *streamed) take(h *hit) {
	s.tally.errors = addErrors(s.tally.errors, h.errors)
	for _, err := range h.broken {
		s.tally.malformed(policy.RuleDeviation, err)
	}
	if s.check.Reads == policy.ReadsEvent {
		s.tally.settle(h.found)
	}
}

func (s *streamed) choose(e *event.Event) {
	if s.overflow {
		return
	}
	if len(s.chosen) == MaxEvents {
		s.chosen, s.overflow = nil, true
		return
	}
	s.chosen = append(s.chosen, chosen{event: *e, position: e.Position})
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
		items[i] = predicate.Term(&value)
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

// offer is the one place where events meet checks.
type offer struct {
	run       *run
	checks    []*streamed
	programme *predicate.Programme // of each check first whether it selects, then whether it finds
	lock      sync.Mutex
	groups    map[string]*group // by members
}

// group is a set of checks with the query that evaluates them together.
type group struct {
	members []int // of offer.checks
	body    ast.Body
}

func newOffer(r *run, checks []*streamed, pushed []conditions) *offer {
	o := &offer{run: r, checks: checks, groups: map[string]*group{}}
	var all []*predicate.Node
	for i := range pushed {
		all = append(all, pushed[i].selected, pushed[i].finds)
	}
	o.programme = predicate.NewProgramme(all)
	return o
}

// wanted says which rows of a part Rego must look at, for each check, and which it selects without a look.
func (o *offer) wanted(out predicate.Outcome) (look, selected [][]int32) {
	look, selected = make([][]int32, len(o.checks)), make([][]int32, len(o.checks))
	for i := range o.checks {
		rows := slices.Concat(out.Ask[2*i], out.Yes[2*i+1], out.Ask[2*i+1])
		slices.Sort(rows)
		look[i], selected[i] = slices.Compact(rows), out.Yes[2*i]
	}
	return look, selected
}
