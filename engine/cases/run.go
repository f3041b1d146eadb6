package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/document"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// Options says which cases to run.
type Options struct {
	Checks []string // ids; none: all of the library
	// Tracer sees the evaluation of the cases (not of the deletions), from several goroutines, for coverage; nil: none does.
	Tracer topdown.QueryTracer
	// Done is called after each case, from one goroutine at a time; nil: it is not.
	Done func(done, all int)
}

// Run runs the cases of a library and the deletion test over them. An error is a cases file that cannot be read, an unknown
// check, or the context's; what fails stands in the report.
func Run(ctx context.Context, lib *policy.Library, opt Options) (*Report, error) {
	checks, err := chosen(lib, opt.Checks)
	if err != nil {
		return nil, err
	}
	report := &Report{Checks: make([]CheckReport, len(checks))}
	alone := lib.Alone(nil)
	var tasks []*task
	var problems document.Problems
	for i, c := range checks {
		report.Checks[i] = CheckReport{ID: c.ID, File: lib.Source.Shown(path.Join(path.Dir(c.File), FileName)), Failures: []Failure{}}
		list, err := Read(lib, c)
		var found document.Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
			continue
		}
		if err != nil {
			return nil, err
		}
		for j := range list {
			tasks = append(tasks, &task{lib: alone, check: c, Case: &list[j], tracer: opt.Tracer, report: &report.Checks[i]})
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := runAll(ctx, tasks, opt.Done); err != nil {
		return nil, err
	}
	for _, t := range tasks {
		t.count()
	}
	report.finish(lib)
	return report, nil
}

func chosen(lib *policy.Library, ids []string) ([]*policy.Check, error) {
	if len(ids) == 0 {
		return lib.Checks, nil
	}
	var out []*policy.Check
	for _, id := range ids {
		c, ok := lib.Check(id)
		if !ok {
			return nil, fmt.Errorf("%s: expected the id of a check of the library; `kt policy list` shows them", id)
		}
		out = append(out, c)
	}
	return out, nil
}

func runAll(ctx context.Context, tasks []*task, done func(done, all int)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	finished := make(chan struct{}, len(tasks))
	for _, t := range tasks {
		group.Go(func() error {
			err := t.run(ctx)
			finished <- struct{}{}
			return err
		})
	}
	if done != nil {
		for i := range tasks {
			select {
			case <-finished:
				done(i+1, len(tasks))
			case <-ctx.Done():
				return group.Wait()
			}
		}
	}
	return group.Wait()
}

// task is one case of one check.
type task struct {
	*Case
	lib       *policy.Library
	check     *policy.Check
	tracer    topdown.QueryTracer
	report    *CheckReport
	deletions int
	excused   int
	failures  []Failure
}

func (t *task) run(ctx context.Context) error {
	found, err := t.evaluate(ctx, t.Case, t.tracer)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.fail(Failure{Kind: KindCase, Message: "the case's input is refused: " + err.Error()})
		return nil
	}
	got := verdict(found)
	if message := differ(t.Expect, got, found.Reasons); message != "" {
		t.fail(Failure{Kind: KindCase, Expected: &t.Expect, Found: &got, Message: message})
		return nil
	}
	return t.deletionTest(ctx, found)
}

func (t *task) fail(f Failure) {
	f.Check, f.Case, f.File = t.check.ID, t.Name, t.File
	if f.Line == 0 {
		f.Line = t.Line
	}
	t.failures = append(t.failures, f)
}

// count takes the task into its check's report.
func (t *task) count() {
	r := t.report
	r.Cases++
	r.Deletions += t.deletions
	r.Excused += t.excused
	r.Failures = append(r.Failures, t.failures...)
	if slices.ContainsFunc(t.failures, func(f Failure) bool { return f.Kind == KindCase }) {
		return
	}
	switch t.Expect.Status {
	case check.Fail:
		r.Failing++
	case check.Pass:
		r.Passing++
	}
}

// evaluate runs a case through the whole engine. An error is bad input, or the context's.
func (t *task) evaluate(ctx context.Context, c *Case, tracer topdown.QueryTracer) (*posture.Check, error) {
	request := assess.Request{Library: t.lib, Only: []string{t.check.ID}, AsOf: c.AsOf, Now: c.AsOf, Period: c.Period,
		Thresholds: c.Thresholds, Changes: c.Changes, Tracer: tracer}
	var err error
	if request.Snapshot, err = c.snapshot(); err != nil {
		return nil, err
	}
	if len(c.Waivers) > 0 {
		waivers, err := c.waivers()
		if err != nil {
			return nil, err
		}
		request.Library = t.lib.Alone(waivers)
	}
	if c.Events != nil {
		request.Log = &assess.Log{Paths: []string{"-"}, Stdin: bytes.NewReader(lines(c.Events))}
	}
	p, err := assess.Run(ctx, request)
	if err != nil {
		return nil, err
	}
	for i := range p.Checks {
		if p.Checks[i].ID == t.check.ID {
			return &p.Checks[i], nil
		}
	}
	return nil, fmt.Errorf("the engine gave no verdict for check %s", t.check.ID)
}

// snapshot loads the case's snapshot as a file with the same content would be.
func (c *Case) snapshot() (*snapshot.Snapshot, error) {
	if c.Snapshot == nil {
		return nil, nil
	}
	v := *c.Snapshot
	if v.Get("captured_at") == nil {
		v.Members = append(slices.Clone(v.Members), canon.Member{Key: "captured_at", Value: canon.Value{Kind: canon.String, Text: clock.Format(c.AsOf)}})
	}
	s, err := snapshot.Load("snapshot.json", bytes.NewReader(canon.Append(nil, &v)))
	var problems document.Problems
	if errors.As(err, &problems) {
		return nil, c.placed("snapshot", problems)
	}
	return s, err
}

// waivers loads the case's register as mappings/waivers.yaml with the same content would be.
func (c *Case) waivers() ([]mapping.Waiver, error) {
	register := canon.Value{Kind: canon.Array, Items: c.Waivers}
	set, err := mapping.Load(fstest.MapFS{"waivers.yaml": &fstest.MapFile{Data: canon.Append(nil, &register)}})
	var problems document.Problems
	if errors.As(err, &problems) {
		return nil, c.placed("waivers", problems)
	}
	if err != nil {
		return nil, err
	}
	return set.Waivers, nil
}

// placed moves problems of a part of the case to where the case says it.
func (c *Case) placed(part string, problems document.Problems) error {
	out := slices.Clone(problems)
	for i := range out {
		out[i].Pointer = document.Pointer(part) + out[i].Pointer
		out[i].File = c.File
		out[i].Line, out[i].Column = c.doc.Position(c.pointer + out[i].Pointer)
	}
	return out
}

func lines(events []canon.Value) []byte {
	var out []byte
	for i := range events {
		out = append(canon.Append(out, &events[i]), '\n')
	}
	return out
}

// verdict is what a check said, as a case expects it.
func verdict(c *posture.Check) Expectation {
	of := func(list []posture.Finding) []string {
		out := []string{}
		for _, f := range list {
			out = append(out, f.ID)
		}
		return distinct(out)
	}
	return Expectation{Status: c.Status, Deviations: of(c.Deviations), Warnings: of(c.Warnings), Unknown: of(c.Unknown)}
}

// singular is the type of the subjects that stand in a list of the snapshot.
func singular(list string) string {
	switch {
	case strings.HasSuffix(list, "ies"):
		return strings.TrimSuffix(list, "ies") + "y"
	case strings.HasSuffix(list, "sses"), strings.HasSuffix(list, "ches"):
		return strings.TrimSuffix(list, "es")
	}
	return strings.TrimSuffix(list, "s")
}
