package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
)

// interested finds the checks that an action can interest; nil: none. An unknown action is looked up anew each time, so that a log of
// ever new actions does not fill memory.
func (o *offer) interested(action string) (*group, error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	if g, ok := o.groups[action]; ok {
		return g, nil
	}
	var members []int
	for i, s := range o.checks {
		if s.actions.allows(action) {
			members = append(members, i)
		}
	}
	key := "\x00" + fmt.Sprint(members)
	g := o.groups[key]
	if g == nil && len(members) > 0 {
		var err error
		if g, err = o.join(members); err != nil {
			return nil, err
		}
		o.groups[key] = g
	}
	if len(o.groups) < 10_000 {
		o.groups[action] = g
	}
	return g, nil
}

// join prepares one query for several checks: s0 holds whether the first selects the event, d0 its deviations, and so on.
func (o *offer) join(members []int) (*group, error) {
	var query []string
	for i, m := range members {
		c := o.checks[m].check
		for _, rule := range eventRules(c) {
			if len(c.Rules[rule]) == 0 {
				continue
			}
			ref := fmt.Sprintf("data.%s.%s", c.Package, rule)
			if rule == policy.RuleSelected {
				ref = "[x | x := " + ref + "; x]"
			}
			query = append(query, fmt.Sprintf("%c%d = %s", rule[0], i, ref))
		}
	}
	body, err := o.run.lib.Compiler.QueryCompiler().Compile(ast.MustParseBody(strings.Join(query, "; ")))
	if err != nil {
		return nil, err
	}
	return &group{members: members, body: body}, nil
}

// worker evaluates batches. Its limit is watched from outside, so that an event costs no timer.
type worker struct {
	offer   *offer
	parser  canon.Parser
	groups  map[string]*group
	base    [][2]*ast.Term
	started atomic.Int64 // of the query under way, in Unix nanoseconds; 0: none
	cancel  atomic.Pointer[topdown.Cancel]
}

func (o *offer) work(ctx context.Context, todo <-chan *job) error {
	w := &worker{offer: o, groups: map[string]*group{}}
	o.run.base.Value.(ast.Object).Foreach(func(k, v *ast.Term) { w.base = append(w.base, [2]*ast.Term{k, v}) })
	watch, stop := context.WithCancel(ctx)
	defer stop()
	go w.watch(watch)
	for j := range todo {
		for i := range j.batch.Events {
			e := &j.batch.Events[i]
			g, err := w.groupOf(e.Action)
			if err != nil {
				return err
			}
			if g == nil {
				continue
			}
			if err := w.evaluate(ctx, j, i, e, g); err != nil {
				return err
			}
		}
		close(j.done)
	}
	return nil
}

func (w *worker) groupOf(action string) (*group, error) {
	if g, ok := w.groups[action]; ok {
		return g, nil
	}
	g, err := w.offer.interested(action)
	if err == nil && len(w.groups) < 1000 {
		w.groups[strings.Clone(action)] = g
	}
	return g, err
}

// watch ends a query that takes longer than the limit, or when the context ends.
func (w *worker) watch(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		over := false
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
		}
		began := w.started.Load()
		if c := w.cancel.Load(); c != nil && began != 0 && (over || time.Since(time.Unix(0, began)) > w.offer.run.limit) {
			(*c).Cancel()
		}
		if over {
			return
		}
	}
}

// evaluate offers one event to a group of checks, together; where anything goes wrong, one by one, to say whose error it was and what the
// others found.
func (w *worker) evaluate(ctx context.Context, j *job, i int, e *event.Event, g *group) error {
	value, err := e.Value(&w.parser)
	if err != nil {
		return err
	}
	input := ast.ObjectTerm(append(w.base[:len(w.base):len(w.base)], [2]*ast.Term{eventKey, toTerm(&value)})...)
	result, err := topdown.QueryResult(nil), errStopped
	if !w.offer.stopped(g) {
		result, err = w.together(ctx, g, input)
	}
	of := &subject{id: e.ID, at: text(value.Get("timestamp")), position: e.Position}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, m := range g.members {
			if h, ok := w.alone(ctx, m, input, of); ok {
				h.event = i
				j.hits = append(j.hits, h)
			}
		}
		return ctx.Err()
	}
	for k, m := range g.members {
		if h, ok := w.read(result, k, m, of); ok {
			h.event = i
			j.hits = append(j.hits, h)
		}
	}
	return nil
}

// stopped says whether a check of the group ran into its limit before; its like must not be waited for on every event.
func (o *offer) stopped(g *group) bool {
	for _, m := range g.members {
		if o.checks[m].stopped.Load() {
			return true
		}
	}
	return false
}

var errStopped = errors.New("a check of the group was stopped")

var eventKey = ast.StringTerm("event")

func (w *worker) together(ctx context.Context, g *group, input *ast.Term) (topdown.QueryResult, error) {
	r := w.offer.run
	cancel := topdown.NewCancel()
	w.cancel.Store(&cancel)
	w.started.Store(time.Now().UnixNano())
	defer w.started.Store(0)
	var builtin []topdown.Error
	var out topdown.QueryResult
	err := r.prepared(g.body, r.lib.Compiler, input, cancel, &builtin).Iter(ctx, func(result topdown.QueryResult) error {
		out = result
		return nil
	})
	if err == nil && len(builtin) > 0 {
		err = &builtin[0]
	}
	if err == nil && out == nil {
		err = fmt.Errorf("the rules of checks %v gave no result", g.members)
	}
	return out, err
}

// read takes one check's part out of a joint result.
func (w *worker) read(result topdown.QueryResult, k, m int, of *subject) (hit, bool) {
	h := hit{check: m}
	suffix := fmt.Sprint(k)
	if t := result[ast.Var("s"+suffix)]; t != nil {
		h.selected = t.Value.(*ast.Array).Len() > 0
	}
	for _, rule := range []string{policy.RuleDeviation, policy.RuleWarning, policy.RuleUnknown} {
		if t := result[ast.Var(rule[:1]+suffix)]; t != nil {
			h.add(rule, t, of)
		}
	}
	return h, h.selected || len(h.found) > 0 || len(h.broken) > 0
}

func (h *hit) add(rule string, t *ast.Term, of *subject) {
	if set, ok := t.Value.(ast.Set); ok && set.Len() == 0 {
		return
	}
	for _, e := range elements(t) {
		f, err := finding(e, of)
		if err != nil {
			h.broken = append(h.broken, err)
			continue
		}
		if h.found == nil {
			h.found = map[string][]Finding{}
		}
		h.found[rule] = append(h.found[rule], f)
	}
}

// alone evaluates one check's rules one by one over an event.
func (w *worker) alone(ctx context.Context, m int, input *ast.Term, of *subject) (hit, bool) {
	h := hit{check: m}
	s := w.offer.checks[m]
	if s.stopped.Load() {
		return h, false
	}
	for _, rule := range eventRules(s.check) {
		set := w.offer.run.askRule(ctx, s.check, rule, input)
		h.errors = append(h.errors, set.errors...)
		for _, e := range set.errors {
			if strings.HasPrefix(e.Message, tookLonger) {
				s.stopped.Store(true)
			}
		}
		switch {
		case set.value == nil:
		case rule == policy.RuleSelected:
			h.selected = !set.value.Equal(ast.InternedTerm(false))
		default:
			h.add(rule, set.value, of)
		}
	}
	return h, h.selected || len(h.found) > 0 || len(h.broken) > 0 || len(h.errors) > 0
}
