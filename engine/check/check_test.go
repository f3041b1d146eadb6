package check_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/snapshot"
)

var (
	asOf   = time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	period = clock.Period{From: asOf.AddDate(0, 0, -30), To: asOf}
)

// checks is a library of Rego sources by check id; each gets the METADATA that makes it loadable.
func library(t testing.TB, reads string, checks map[string]string) *policy.Library {
	t.Helper()
	files := fstest.MapFS{}
	for id, rego := range checks {
		head := fmt.Sprintf("# METADATA\n# title: %s\n# custom:\n#   id: %s\n#   reads: %s\npackage kt.checks.%s\n\n", id, id, reads, id)
		files["checks/"+id+"/"+id+".rego"] = &fstest.MapFile{Data: []byte(head + rego)}
	}
	files["thresholds/t.rego"] = &fstest.MapFile{Data: []byte("package kt.thresholds\n\nlimit := 5\n")}
	lib, err := policy.Load(context.Background(), policy.Source{Policies: files, Mappings: fstest.MapFS{}})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func snap(t testing.TB, members string) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Load("snapshot.json", strings.NewReader(`{"captured_at":"2026-06-30T00:00:00Z","organization":"o"`+members+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func logOf(t testing.TB, lines ...string) *event.Log {
	t.Helper()
	log, err := event.Open([]string{"-"}, strings.NewReader(strings.Join(lines, "\n")+"\n"), event.Options{From: period.From, Until: period.To})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func line(n int, action string) string {
	return fmt.Sprintf(`{"timestamp":"2026-06-15T00:00:00Z","actor":"u%d","action":%q,"resource":"token/t","outcome":"success","id":"e%d","source":"s","sequence":%d}`, n%3, action, n, n)
}

func run(t testing.TB, lib *policy.Library, in check.Inputs, opt check.Options) map[string]*check.Result {
	t.Helper()
	in.AsOf, in.Period = asOf, period
	if opt.Checks == nil {
		opt.Checks = lib.Checks
	}
	results, err := check.Run(context.Background(), lib, in, opt)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*check.Result{}
	for _, r := range results {
		out[r.Check.ID] = r
	}
	return out
}

func want(t testing.TB, r *check.Result, status string, deviations ...string) {
	t.Helper()
	if r.Status != status {
		t.Errorf("%s: expected status %s, found %s, because %v", r.Check.ID, status, r.Status, r.Reasons)
	}
	var ids []string
	for _, d := range r.Deviations.Listed {
		ids = append(ids, d.ID)
	}
	if fmt.Sprint(ids) != fmt.Sprint(deviations) {
		t.Errorf("%s: expected deviations %v, found %v", r.Check.ID, deviations, ids)
	}
}

const tokens = `population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "suspended"} if {
	some t in input.snapshot.tokens
	t.status == "suspended"
}
`

func TestAbsentAndEmptyListsAreNeverGreen(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{"a": tokens})
	want(t, run(t, lib, check.Inputs{}, check.Options{})["a"], check.NotEvaluable)
	want(t, run(t, lib, check.Inputs{Snapshot: snap(t, "")}, check.Options{})["a"], check.NotEvaluable)
	want(t, run(t, lib, check.Inputs{Snapshot: snap(t, `,"tokens":[]`)}, check.Options{})["a"], check.NotOccurring)
	want(t, run(t, lib, check.Inputs{Snapshot: snap(t, `,"tokens":[{"id":"x","status":"active"}]`)}, check.Options{})["a"], check.Pass)
	want(t, run(t, lib, check.Inputs{Snapshot: snap(t, `,"tokens":[{"id":"x","status":"suspended"}]`)}, check.Options{})["a"], check.Fail, "x")
}

func TestAStaleSnapshotIsNotEvaluable(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{"a": tokens})
	for captured, status := range map[string]string{
		"2026-06-29T00:00:00Z":           check.Pass, // exactly 24 h
		"2026-06-28T23:59:59.999999999Z": check.NotEvaluable,
		"2026-06-30T00:00:00.000000001Z": check.NotEvaluable, // after the instant
	} {
		s, err := snapshot.Load("s.json", strings.NewReader(`{"captured_at":"`+captured+`","organization":"o","tokens":[{"id":"x","status":"active"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		want(t, run(t, lib, check.Inputs{Snapshot: s}, check.Options{})["a"], status)
	}
}

func TestAnErrorInOneRuleHidesNothing(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{
		"builtin": tokens + `
deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "bad time"} if {
	some t in input.snapshot.tokens
	time.parse_rfc3339_ns(t.name) > 0
}
`,
		"conflict": tokens + `
_twice := 1 if input.as_of
_twice := 2 if input.as_of

deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "conflict"} if {
	some t in input.snapshot.tokens
	_twice == 1
}
`,
		"only_error": `population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "bad time"} if {
	some t in input.snapshot.tokens
	time.parse_rfc3339_ns(t.name) > 0
}
`,
		"fine": tokens,
	})
	s := snap(t, `,"tokens":[{"id":"x","status":"suspended","name":"no time"},{"id":"y","status":"active","name":"n"}]`)
	results := run(t, lib, check.Inputs{Snapshot: s}, check.Options{})
	for _, id := range []string{"builtin", "conflict", "fine"} {
		want(t, results[id], check.Fail, "x")
	}
	want(t, results["only_error"], check.NotEvaluable)
	for _, id := range []string{"builtin", "conflict", "only_error"} {
		if len(results[id].Errors) == 0 || !strings.Contains(strings.Join(results[id].Reasons, "\n"), "policies/checks/"+id+"/"+id+".rego:") {
			t.Errorf("%s: expected the error with its place, found %v", id, results[id].Reasons)
		}
	}
}

func TestARunawayRuleStopsAndHarmsNoOther(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{"fine": tokens, "runaway": tokens + `
deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "never"} if {
	some t in input.snapshot.tokens
	count([1 | some x in numbers.range(1, 100000); some y in numbers.range(1, 100000); x == y + 0.5]) == 1
}
`})
	s := snap(t, `,"tokens":[{"id":"x","status":"active"}]`)
	began := time.Now()
	results := run(t, lib, check.Inputs{Snapshot: s}, check.Options{Limit: 200 * time.Millisecond})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	want(t, results["fine"], check.Pass)
	want(t, results["runaway"], check.NotEvaluable)
}

func TestADeviatingSubjectIsNeitherWarnedOfNorUnknown(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{"a": tokens + `
warning contains {"subject": {"type": "token", "id": t.id}, "reason": "w"} if some t in input.snapshot.tokens
unknown contains {"subject": {"type": "token", "id": t.id}, "reason": "u"} if {
	some t in input.snapshot.tokens
	t.status != "active"
}
`})
	r := run(t, lib, check.Inputs{Snapshot: snap(t, `,"tokens":[{"id":"x","status":"suspended"},{"id":"y","status":"active"}]`)}, check.Options{})["a"]
	want(t, r, check.Fail, "x")
	if r.Warnings.Total != 1 || r.Warnings.Listed[0].ID != "y" || r.Unknown.Total != 0 {
		t.Errorf("expected one warning, of y, found %+v and unknown %+v", r.Warnings, r.Unknown)
	}
}

func TestAMalformedFindingIsNeverGreen(t *testing.T) {
	for _, element := range []string{`"x"`, `{"subject": {"id": "x"}, "reason": "r"}`, `{"subject": {"type": "token", "id": "x"}}`, `{"reason": "r"}`} {
		lib := library(t, "snapshot", map[string]string{"a": `population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

deviation contains ` + element + ` if input.snapshot.tokens[_]
`})
		want(t, run(t, lib, check.Inputs{Snapshot: snap(t, `,"tokens":[{"id":"x"}]`)}, check.Options{})["a"], check.NotEvaluable)
	}
}

func TestThresholdsCanBeReplaced(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{"a": `import data.kt.thresholds

population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "many"} if {
	some t in input.snapshot.tokens
	count(t.scopes) > thresholds.limit
}
`})
	in := check.Inputs{Snapshot: snap(t, `,"tokens":[{"id":"x","scopes":["a","b"]}]`)}
	want(t, run(t, lib, in, check.Options{})["a"], check.Pass)
	one := canon.Value{Kind: canon.Number, Text: "1"}
	want(t, run(t, lib, in, check.Options{Thresholds: map[string]canon.Value{"limit": one}})["a"], check.Fail, "x")
}

func TestTotalsAreExactWhereListsAreCut(t *testing.T) {
	lib := library(t, "event", map[string]string{"a": "selected if input.event.action == \"x.y\"\n\ndeviation contains {\"reason\": \"r\"} if selected\n"})
	var lines []string
	for n := range check.Listed + 500 {
		lines = append(lines, line(n, "x.y"))
	}
	r := run(t, lib, check.Inputs{Log: check.Files{Log: logOf(t, lines...)}}, check.Options{})["a"]
	if r.Deviations.Total != check.Listed+500 || len(r.Deviations.Listed) != check.Listed || r.Population.Count != check.Listed+500 {
		t.Errorf("found %d deviations, %d listed, population %d", r.Deviations.Total, len(r.Deviations.Listed), r.Population.Count)
	}
}

func load(t testing.TB, files map[string]string) *policy.Library {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	lib, err := policy.Load(context.Background(), policy.Source{Policies: fsys, Mappings: fstest.MapFS{}})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// eventsOf reads a log to its end, each event as Rego would see it.
func eventsOf(t testing.TB, log *event.Log) []map[string]any {
	t.Helper()
	var out []map[string]any
	var parser canon.Parser
	err := log.Each(context.Background(), func(b *event.Batch) error {
		defer b.Release()
		for i := range b.Events {
			v, err := b.Events[i].Value(&parser)
			if err != nil {
				return err
			}
			out = append(out, v.Any().(map[string]any))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
