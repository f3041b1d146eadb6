package predicate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
	"github.com/keeptrusts/kt/engine/snapshot"
)

var (
	asOf   = time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	period = clock.Period{From: asOf.AddDate(0, 0, -29), To: asOf}
)

// watching has the engine evaluate everything: it pushes nothing down where somebody watches.
type watching struct{}

func (watching) Enabled() bool               { return false }
func (watching) TraceEvent(topdown.Event)    {}
func (watching) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// random is a library of random checks. Those that the engine refuses to load, for they read the input in a way that it does not allow,
// are left out.
func random(t *testing.T, seed uint64, n int) *policy.Library {
	t.Helper()
	files := fstest.MapFS{}
	for i := range n {
		id := fmt.Sprintf("g%d", i)
		source, err := predicate.RandomCheck(seed+uint64(i), "kt.checks."+id)
		if err != nil {
			t.Fatal(err)
		}
		reads := policy.ReadsEvent
		if i%3 == 2 {
			reads = policy.ReadsEvents
			source = withoutFindings(source) + overEvents
		}
		head := fmt.Sprintf("# METADATA\n# title: %s\n# custom:\n#   id: %s\n#   reads: %s\n", id, id, reads)
		one := fstest.MapFS{"checks/" + id + "/" + id + ".rego": &fstest.MapFile{Data: []byte(head + source)}}
		if _, err := load(one); err != nil {
			continue
		}
		for path, f := range one {
			files[path] = f
		}
	}
	lib, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// overEvents is what a check that reads the chosen events makes of them.
const overEvents = `population contains {"type": "event", "id": e.id} if some e in input.events
deviation contains {"subject": {"type": "event", "id": e.id}, "reason": "denied"} if { some e in input.events; e.outcome == "denied" }
`

func withoutFindings(source string) string {
	lines := slices.DeleteFunc(strings.SplitAfter(source, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "deviation ") || strings.HasPrefix(line, "warning ") || strings.HasPrefix(line, "unknown ")
	})
	return strings.Join(lines, "")
}

func load(files fstest.MapFS) (*policy.Library, error) {
	return policy.Load(context.Background(), policy.Source{Policies: files, Mappings: fstest.MapFS{}})
}

func inputs(t *testing.T, lines []string) check.Inputs {
	t.Helper()
	s, err := snapshot.Load("snapshot.json", strings.NewReader(`{"captured_at":"2026-06-30T00:00:00Z","organization":"o","users":[{"id":"u1","status":"active"},{"id":"u2","status":"departed"},{"id":"é"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return check.Inputs{AsOf: asOf, Period: period, Snapshot: s, Log: check.Files{Log: logOf(lines)}}
}

func logOf(lines []string) *event.Log {
	return logIn(strings.NewReader(strings.Join(lines, "\n")+"\n"), period)
}

func logIn(r io.ReadSeeker, window clock.Period) *event.Log {
	return event.FromReader("events.ndjson", r, event.Options{From: window.From, Until: window.To, SkipInvalid: 1000})
}

// TestChecksGiveTheSameWithAndWithoutPushdownAndByOPA runs random checks over random logs three ways.
func TestChecksGiveTheSameWithAndWithoutPushdownAndByOPA(t *testing.T) {
	ctx := context.Background()
	checks := 0
	for seed := uint64(0); seed < 24; seed += 6 {
		lib := random(t, seed, 6)
		checks += len(lib.Checks)
		lines := predicate.RandomEvents(seed, 200)
		pushed, err := check.Run(ctx, lib, inputs(t, lines), check.Options{Checks: lib.Checks})
		if err != nil {
			t.Fatal(err)
		}
		watched, err := check.Run(ctx, lib, inputs(t, lines), check.Options{Checks: lib.Checks, Tracer: watching{}})
		if err != nil {
			t.Fatal(err)
		}
		events := eventsOf(t, lines)
		for i, r := range pushed {
			if got, expected := told(r), told(watched[i]); got != expected {
				t.Fatalf("seed %d, check %s: with pushdown\n%s\nwithout\n%s\n%s", seed, r.Check.ID, got, expected, sourceOf(lib, r.Check))
			}
			if difference := againstOPA(t, lib, r, events); difference != "" {
				t.Fatalf("seed %d, check %s: %s\n%s", seed, r.Check.ID, difference, sourceOf(lib, r.Check))
			}
		}
	}
	if t.Logf("%d checks over 200 events each", checks); checks < 20 {
		t.Errorf("expected most of 24 checks to load, found %d", checks)
	}
}

func sourceOf(lib *policy.Library, c *policy.Check) string {
	for _, f := range lib.Files {
		if f.Path == c.File {
			return string(f.Data)
		}
	}
	return ""
}

// told is all that a result says.
func told(r *check.Result) string {
	return fmt.Sprintf("%s %s %+v\ndeviations %+v\nwarnings %+v\nunknown %+v\nreasons %q\nerrors %+v", r.Status, r.Completeness, r.Population, r.Deviations, r.Warnings, r.Unknown, r.Reasons, r.Errors)
}

func eventsOf(t *testing.T, lines []string) []canon.Value {
	t.Helper()
	return eventsIn(t, strings.NewReader(strings.Join(lines, "\n")+"\n"), period)
}

func eventsIn(t testing.TB, r io.ReadSeeker, window clock.Period) (out []canon.Value) {
	t.Helper()
	err := logIn(r, window).Each(context.Background(), func(b *event.Batch) error {
		defer b.Release()
		for i := range b.Events {
			v, err := b.Events[i].Value(&canon.Parser{})
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// againstOPA evaluates each rule of a check over each event by OPA's rego package. Events in which OPA reports an error are left out of the
// comparison of findings: the engine then says more than OPA does. It must report errors just where there are any.
func againstOPA(t *testing.T, lib *policy.Library, r *check.Result, events []canon.Value) string {
	t.Helper()
	queries := map[string]rego.PreparedEvalQuery{}
	for rule := range r.Check.Rules {
		q, err := rego.New(rego.Query("data."+r.Check.Package+"."+rule), rego.Compiler(lib.Compiler)).PrepareForEval(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		queries[rule] = q
	}
	found := map[string][]string{}
	for sort, list := range map[string]check.Findings{"deviation": r.Deviations, "warning": r.Warnings, "unknown": r.Unknown} {
		for _, f := range list.Listed {
			found[f.ID] = append(found[f.ID], sort+" "+f.Reason)
		}
	}
	selected, failed := int64(0), false
	for _, e := range events {
		in := map[string]any{"as_of": clock.Format(asOf), "period": map[string]any{"from": clock.Format(period.From), "to": clock.Format(period.To)},
			"event": e.Any(), "snapshot": map[string]any{"captured_at": "2026-06-30T00:00:00Z", "organization": "o",
				"users": []any{map[string]any{"id": "u1", "status": "active"}, map[string]any{"id": "u2", "status": "departed"}, map[string]any{"id": "é"}}}}
		expected, chosen, err := byOPA(queries, in)
		if err != nil {
			failed = true
			continue
		}
		if chosen {
			selected++
		}
		id := e.Get("id").Text
		got := found[id]
		slices.Sort(got)
		if r.Check.Reads == policy.ReadsEvent && !slices.Equal(got, expected) {
			return fmt.Sprintf("event %s\nOPA: %q\nfound %q", canon.Append(nil, &e), expected, got)
		}
	}
	if broken := len(r.Errors) > 0; broken != failed {
		return fmt.Sprintf("OPA reports errors: %v; the engine: %v", failed, r.Errors)
	}
	if !failed && r.Population.Count != selected {
		return fmt.Sprintf("expected a population of %d, found %d", selected, r.Population.Count)
	}
	return ""
}

// byOPA is what the rules of a check find in one event, and whether it is in the population.
func byOPA(queries map[string]rego.PreparedEvalQuery, in any) (found []string, chosen bool, err error) {
	for _, rule := range []string{"deviation", "selected", "warning", "unknown"} {
		q, ok := queries[rule]
		if !ok {
			continue
		}
		var builtin []topdown.Error
		set, err := q.Eval(context.Background(), rego.EvalInput(in), rego.EvalBuiltinErrorList(&builtin))
		if err != nil || len(builtin) > 0 {
			return nil, false, errors.Join(err, errors.New("builtin errors"))
		}
		if len(set) == 0 {
			continue
		}
		value := set[0].Expressions[0].Value
		if rule == "selected" {
			chosen = chosen || value != false
			continue
		}
		for _, f := range value.([]any) {
			reason, ok := f.(map[string]any)["reason"].(string)
			if !ok || reason == "" {
				return nil, false, errors.New("a finding without a reason")
			}
			chosen = true
			if len(found) == 0 || strings.HasPrefix(found[0], rule) || rule != "deviation" && !strings.HasPrefix(found[0], "deviation") {
				found = append(found, rule+" "+reason)
			}
		}
	}
	slices.Sort(found)
	return found, chosen, nil
}

// TestRulesFoundByAnyNameAreNotForgotten: what a reference reads that does not say which rule it means is what all those rules read.
func TestRulesFoundByAnyNameAreNotForgotten(t *testing.T) {
	lines := predicate.RandomEvents(1, 200)
	for i := range lines {
		lines[i] = strings.Replace(lines[i], `"details":{`, `"details":{"a":"`+[]string{"a", "b"}[i%2]+`","s":"k"}, "other":{`, 1)
	}
	for name, body := range map[string]string{
		"any":   "some n; data.kt.lib.m[n] == 3",
		"named": "data.kt.lib.m[input.event.details.a] == 3",
		"all":   "count([v | some v in data.kt.lib.m]) == 2",
		"value": "v := data.kt.lib.m; v.a == 3",
	} {
		t.Run(name, func(t *testing.T) {
			lib, err := load(fstest.MapFS{
				"lib/m/m.rego": &fstest.MapFile{Data: []byte("package kt.lib.m\n\na := 3 if input.event.details.a == \"a\"\n\nk := 1\n")},
				"checks/c/c.rego": &fstest.MapFile{Data: []byte("# METADATA\n# title: c\n# custom:\n#   id: c\n#   reads: event\npackage kt.checks.c\n\n" +
					"selected if input.event.action\n\ndeviation contains {\"reason\": \"x\"} if { " + body + " }\n")}})
			if err != nil {
				t.Fatal(err)
			}
			results, err := check.Run(context.Background(), lib, inputs(t, lines), check.Options{Checks: lib.Checks})
			if err != nil {
				t.Fatal(err)
			}
			if difference := againstOPA(t, lib, results[0], eventsOf(t, lines)); difference != "" {
				t.Fatal(difference)
			}
			if results[0].Deviations.Total == 0 {
				t.Errorf("expected findings, found %s", told(results[0]))
			}
		})
	}
}
