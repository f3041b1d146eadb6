package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
)

// maxGroups is how many sets of checks get a query of their own.
const maxGroups = 1000

// groupOf finds the query that evaluates some checks together; nil where there are too many already.
func (o *offer) groupOf(members []int) (*group, error) {
	key := fmt.Sprint(members)
	o.lock.Lock()
	defer o.lock.Unlock()
	g, ok := o.groups[key]
	if ok || len(o.groups) >= maxGroups {
		return g, nil
	}
	g, err := o.join(slices.Clone(members))
	if err != nil {
		return nil, err
	}
	o.groups[key] = g
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
	base    [][2]*ast.Term
	started atomic.Int64 // of the query under way, in Unix nanoseconds; 0: none
	cancel  atomic.Pointer[topdown.Cancel]
}

func (o *offer) work(ctx context.Context, todo <-chan *job) error {
	w := &worker{offer: o}
	o.run.base.Value.(ast.Object).Foreach(func(k, v *ast.Term) { w.base = append(w.base, [2]*ast.Term{k, v}) })
	watch, stop := context.WithCancel(ctx)
	defer stop()
	go w.watch(watch)
	for j := range todo {
		if err := w.judge(ctx, j); err != nil {
			return err
		}
		close(j.done)
	}
	return nil
}

// judge evaluates a part: the conditions over all its events, Rego over those that they keep. What is left of it then needs little memory.
func (w *worker) judge(ctx context.Context, j *job) error {
	defer j.part.Release()
	out, err := j.part.Evaluate(w.offer.programme)
	if err != nil {
		return err
	}
	look, selected := w.offer.wanted(out)
	if err := w.look(ctx, j, look); err != nil {
		return err
	}
	more := make([][]int32, len(look))
	for _, h := range j.hits {
		reads := w.offer.checks[h.check].check.Reads
		if h.selected || reads == policy.ReadsEvent && len(h.found) > 0 {
			more[h.check] = append(more[h.check], h.row)
		}
	}
	var all []int32
	for i := range selected {
		rows := predicate.Union(predicate.Without(selected[i], look[i]), more[i])
		selected[i] = rows
		if w.offer.checks[i].check.Reads != policy.ReadsEvent {
			if err := w.choose(j, i, rows); err != nil {
				return err
			}
			continue
		}
		all = predicate.Union(all, rows)
	}
	j.rows = selected
	if j.lines, err = linesOf(j.part, all); err != nil {
		return err
	}
	return ctx.Err()
}

// look has Rego evaluate the rows that the conditions kept, in order, for all checks that kept one together.
func (w *worker) look(ctx context.Context, j *job, look [][]int32) error {
	next := make([]int, len(look))
	var members []int
	for {
		row := int32(math.MaxInt32)
		for i := range look {
			if next[i] < len(look[i]) {
				row = min(row, look[i][next[i]])
			}
		}
		if row == math.MaxInt32 {
			return nil
		}
		members = members[:0]
		for i := range look {
			if next[i] < len(look[i]) && look[i][next[i]] == row {
				members = append(members, i)
				next[i]++
			}
		}
		if err := w.evaluate(ctx, j, row, members); err != nil {
			return err
		}
	}
}

// choose keeps the events that a check which reads "events" selected. One more than it may have is enough to know.
func (w *worker) choose(j *job, check int, rows []int32) error {
	for i, row := range rows {
		if i > MaxEvents {
			return nil
		}
		e, err := j.part.Event(int(row))
		if err != nil {
			return err
		}
		j.chosen = append(j.chosen, choice{check: check, event: e.Clone()})
	}
	return nil
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

// evaluate offers one event to some checks, together; where anything goes wrong, one by one, to say whose error it was and what the
// others found.
func (w *worker) evaluate(ctx context.Context, j *job, row int32, members []int) error {
	e, err := j.part.Event(int(row))
	if err != nil {
		return err
	}
	value, err := e.Value(&w.parser)
	if err != nil {
		return err
	}
	g, err := w.offer.groupOf(members)
	if err != nil {
		return err
	}
	input := ast.ObjectTerm(append(w.base[:len(w.base):len(w.base)], [2]*ast.Term{eventKey, predicate.Term(&value)})...)
	result, err := topdown.QueryResult(nil), errStopped
	if g != nil && !w.offer.stopped(g) {
		result, err = w.together(ctx, g, input)
	}
	of := &subject{id: e.ID, at: text(value.Get("timestamp")), position: e.Position}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	for k, m := range members {
		var h hit
		var some bool
		if err == nil {
			h, some = w.read(result, k, m, of)
		} else {
			h, some = w.alone(ctx, m, input, of)
		}
		if some {
			h.row = row
			j.hits = append(j.hits, h)
		}
	}
	return ctx.Err()
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
