package check

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
)

// run is one evaluation of some checks over some inputs.
type run struct {
	lib        *policy.Library
	in         Inputs
	opt        Options
	limit      time.Duration
	maxAge     time.Duration
	txn        storage.Transaction
	base       *ast.Term // as_of, period, snapshot
	overrides  map[string]*ast.Term
	constants  topdown.VirtualCache
	stats      event.Statistics
	logSources []logSource
	waiveLock  sync.Mutex
	clauseLock sync.Mutex
	clauses    map[string]*ast.Compiler
}

// Run evaluates the checks, each whatever becomes of the others. The log is read once, also where no check is offered its events.
// An error is bad input, or the context's.
func Run(ctx context.Context, lib *policy.Library, in Inputs, opt Options) ([]*Result, error) {
	r, end, err := begin(ctx, lib, in, opt)
	if err != nil {
		return nil, err
	}
	defer end()
	return r.all(ctx)
}

// begin prepares a run; end gives back what it holds.
func begin(ctx context.Context, lib *policy.Library, in Inputs, opt Options) (r *run, end func(), err error) {
	r = &run{lib: lib, in: in, opt: opt, limit: opt.Limit, overrides: map[string]*ast.Term{}, clauses: map[string]*ast.Compiler{}}
	if r.limit <= 0 {
		r.limit = DefaultLimit
	}
	if r.txn, err = lib.Store.NewTransaction(ctx); err != nil {
		return nil, nil, err
	}
	r.constants = topdown.NewVirtualCache()
	for name, value := range opt.Thresholds {
		r.overrides[name] = predicate.Term(&value)
		r.constants.Put(ast.MustParseRef("data.kt.thresholds").Append(ast.StringTerm(name)), r.overrides[name])
	}
	r.base = r.baseInput()
	end = func() { lib.Store.Abort(ctx, r.txn) }
	if r.maxAge, err = r.snapshotAge(ctx); err != nil {
		end()
		return nil, nil, err
	}
	return r, end, nil
}

func (r *run) all(ctx context.Context) ([]*Result, error) {
	results := make([]*Result, len(r.opt.Checks))
	var offered []*policy.Check
	for i, c := range r.opt.Checks {
		if reasons := r.gate(c); len(reasons) > 0 {
			results[i] = &Result{Check: c, Status: NotEvaluable, Population: NoPopulation(), Reasons: reasons}
			if c.Offered() && r.in.Log != nil {
				results[i].Completeness = Unproven
			}
		} else if c.Offered() {
			offered = append(offered, c)
		}
	}
	streamed, err := r.stream(ctx, offered)
	if err != nil {
		return nil, err
	}
	if r.in.Log != nil {
		r.stats = r.in.Log.Statistics()
		r.logSources = r.sources()
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range r.opt.Checks {
		if results[i] != nil {
			results[i].Completeness = r.gatedCompleteness(results[i])
			continue
		}
		group.Go(func() error {
			results[i] = r.one(ctx, c, streamed[c.ID])
			return ctx.Err()
		})
	}
	return results, group.Wait()
}

func (r *run) gatedCompleteness(result *Result) string {
	if !result.Check.Offered() || r.in.Log == nil {
		return ""
	}
	return r.completenessOf(result.Check).state
}

// one gives a check its result: an event check has already seen its events, the others are judged now.
func (r *run) one(ctx context.Context, c *policy.Check, s *streamed) *Result {
	var comp completeness
	if c.Offered() {
		comp = r.completenessOf(c)
	}
	if c.Reads == policy.ReadsEvent {
		s.tally.population = s.population
		return s.tally.result(comp)
	}
	if s != nil && s.overflow {
		t := newTally(r, c)
		t.reasons = append(t.reasons, fmt.Sprintf("more than %d events are selected: narrow the rule selected, or evaluate a shorter period", MaxEvents))
		return t.result(comp)
	}
	input, err := r.fullInput(c, s)
	t := newTally(r, c)
	if err != nil {
		t.malformed(policy.RuleSelected, err)
		return t.result(comp)
	}
	t = r.judge(ctx, c, input)
	if s != nil {
		t.errors = addErrors(t.errors, s.tally.errors)
		s.cite(t)
	}
	return t.result(comp)
}

func (r *run) baseInput() *ast.Term {
	pairs := [][2]*ast.Term{
		{ast.StringTerm("as_of"), ast.StringTerm(clock.Format(r.in.AsOf))},
		{ast.StringTerm("period"), ast.ObjectTerm(
			[2]*ast.Term{ast.StringTerm("from"), ast.StringTerm(clock.Format(r.in.Period.From))},
			[2]*ast.Term{ast.StringTerm("to"), ast.StringTerm(clock.Format(r.in.Period.To))})},
	}
	if r.in.Snapshot != nil {
		pairs = append(pairs, [2]*ast.Term{ast.StringTerm("snapshot"), predicate.Term(&r.in.Snapshot.Value)})
	}
	return ast.ObjectTerm(pairs...)
}

// with is the base input with further members.
func (r *run) with(more ...[2]*ast.Term) *ast.Term {
	pairs := more
	r.base.Value.(ast.Object).Foreach(func(k, v *ast.Term) { pairs = append(pairs, [2]*ast.Term{k, v}) })
	return ast.ObjectTerm(pairs...)
}

// fullInput is the input of a check that sees its population at once.
func (r *run) fullInput(c *policy.Check, s *streamed) (*ast.Term, error) {
	var more [][2]*ast.Term
	if r.in.Log != nil {
		stats, err := r.stats.Value()
		if err != nil {
			return nil, err
		}
		more = append(more, [2]*ast.Term{ast.StringTerm("log"), predicate.Term(&stats)})
	}
	if s != nil {
		events, err := s.events()
		if err != nil {
			return nil, err
		}
		more = append(more, [2]*ast.Term{ast.StringTerm("events"), events})
	}
	if c.Reads == policy.ReadsChanges {
		changes := canon.Value{Kind: canon.Array, Items: r.in.Changes}
		more = append(more, [2]*ast.Term{ast.StringTerm("changes"), predicate.Term(&changes)})
	}
	return r.with(more...), nil
}

func (r *run) waive(c *policy.Check, f *Finding) {
	if r.opt.Waive == nil {
		return
	}
	r.waiveLock.Lock()
	defer r.waiveLock.Unlock()
	r.opt.Waive(c, f)
}

// snapshotAge is how old a snapshot may be: the option, else the threshold snapshot_age, else a day.
func (r *run) snapshotAge(ctx context.Context) (time.Duration, error) {
	if r.opt.MaxAge > 0 {
		return r.opt.MaxAge, nil
	}
	a := r.ask(ctx, ast.MustParseRef("data.kt.thresholds.snapshot_age"), r.base)
	if a.err != nil {
		return 0, fmt.Errorf("threshold snapshot_age: %w", a.err)
	}
	if a.value == nil {
		return 24 * time.Hour, nil
	}
	word, ok := a.value.Value.(ast.String)
	if !ok {
		return 0, fmt.Errorf(`threshold snapshot_age: expected a duration such as "24h", found %s`, a.value)
	}
	age, err := clock.ParseDuration(string(word))
	if err != nil {
		return 0, fmt.Errorf("threshold snapshot_age: %w", err)
	}
	return age, nil
}
