package assess_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/snapshot"
)

const tokenRules = `
population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "suspended"} if {
	some t in input.snapshot.tokens
	t.status == "suspended"
}
`

// two frameworks link check a, one of them only where it is out of scope links check b.
func library(t *testing.T) *policy.Library {
	t.Helper()
	head := func(id string) string {
		return "# METADATA\n# title: " + id + "\n# custom:\n#   id: " + id + "\n#   reads: snapshot\npackage kt.checks." + id + "\n"
	}
	framework := func(id, rest string) string {
		return "framework: " + id + "\ntitle: F\nedition: \"1\"\nversion: 1.0.0\ncontrols:\n" + rest
	}
	src := policy.Source{
		Policies: fstest.MapFS{
			"checks/a/a.rego": {Data: []byte(head("a") + tokenRules)}, "checks/b/b.rego": {Data: []byte(head("b") + tokenRules)},
			"controls/c.rego": {Data: []byte("package kt.controls\n\nverdict[c.id] := {\"status\": s} if {\n\tsome c in input.mapping.controls\n\tc.applicable\n\ts := input.checks[c.checks[0].id].status\n}\n\nverdict[c.id] := {\"status\": \"not_applicable\"} if {\n\tsome c in input.mapping.controls\n\tnot c.applicable\n}\n")},
		},
		Mappings: fstest.MapFS{
			"one.yaml": {Data: []byte(framework("one", "  - id: O1\n    title: T\n    checks:\n      - {id: a, covers: full, why: w}\n"))},
			"two.yaml": {Data: []byte(framework("two", "  - id: T1\n    title: T\n    checks:\n      - {id: a, covers: full, why: w}\n  - id: T2\n    title: T\n    applicable: false\n    reason: not here\n    checks:\n      - {id: b, covers: full, why: w}\n"))},
		},
	}
	lib, err := policy.Load(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func captured(t *testing.T) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Load("s.json", strings.NewReader(`{"captured_at":"2026-06-30T00:00:00Z","organization":"o","tokens":[{"id":"x","status":"suspended"},{"id":"y","status":"active"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSeveralFrameworksRunEachCheckOnceAndScopedOnesNot(t *testing.T) {
	lib := library(t)
	for _, frameworks := range [][]string{nil, {"all"}, {"one", "two"}, {"two", "one", "two"}} {
		p, err := assess.Run(context.Background(), assess.Request{Library: lib, Frameworks: frameworks, Snapshot: captured(t)})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Frameworks) != 2 || len(p.Checks) != 2 || len(p.Controls) != 3 {
			t.Fatalf("%v: found %d frameworks, %d checks, %d controls", frameworks, len(p.Frameworks), len(p.Checks), len(p.Controls))
		}
		if p.Checks[0].Status != "fail" || p.Checks[1].Status != "not_applicable" || p.Controls[2].Status != "not_applicable" || p.ExitCode() != posture.ExitFail {
			t.Errorf("%v: found %s, %s, %s, exit %d", frameworks, p.Checks[0].Status, p.Checks[1].Status, p.Controls[2].Status, p.ExitCode())
		}
	}
	if _, err := assess.Run(context.Background(), assess.Request{Library: lib, Frameworks: []string{"three"}}); err == nil || !strings.Contains(err.Error(), "one") {
		t.Errorf("expected an error that says which frameworks exist, found %v", err)
	}
}

func TestTheClockIsTheFlagThenTheSnapshotThenTheWall(t *testing.T) {
	at := func(s string) time.Time {
		v, err := clock.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	now := at("2026-07-05T00:00:00Z")
	quarter := clock.Period{From: at("2026-04-01T00:00:00Z"), To: at("2026-07-01T00:00:00Z")}
	for name, c := range map[string]struct {
		request        assess.Request
		asOf, from, to string
	}{
		"the flag":           {assess.Request{AsOf: at("2026-06-01T00:00:00Z"), Snapshot: captured(t)}, "2026-06-01T00:00:00Z", "2026-05-02T00:00:00Z", "2026-06-01T00:00:00Z"},
		"the snapshot":       {assess.Request{Snapshot: captured(t)}, "2026-06-30T00:00:00Z", "2026-05-31T00:00:00Z", "2026-06-30T00:00:00Z"},
		"the wall":           {assess.Request{}, "2026-07-05T00:00:00Z", "2026-06-05T00:00:00Z", "2026-07-05T00:00:00Z"},
		"since":              {assess.Request{Snapshot: captured(t), Since: 24 * time.Hour}, "2026-06-30T00:00:00Z", "2026-06-29T00:00:00Z", "2026-06-30T00:00:00Z"},
		"a period under way": {assess.Request{Snapshot: captured(t), Period: &quarter}, "2026-06-30T00:00:00Z", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"},
	} {
		c.request.Now = now
		got, err := c.request.Clock()
		if err != nil {
			t.Fatal(err)
		}
		if clock.Format(got.AsOf) != c.asOf || clock.Format(got.From) != c.from || clock.Format(got.To) != c.to {
			t.Errorf("%s: found %s, %s to %s", name, clock.Format(got.AsOf), clock.Format(got.From), clock.Format(got.To))
		}
	}
	early := assess.Request{AsOf: at("2026-03-01T00:00:00Z"), Period: &quarter, Now: now}
	if _, err := early.Clock(); err == nil || !strings.Contains(err.Error(), "nothing in it can be judged yet") {
		t.Errorf("expected a period that has not begun to be refused, found %v", err)
	}
}

func TestExplainNamesTheClauseTheRecordAndTheControls(t *testing.T) {
	request := assess.Request{Library: library(t), Snapshot: captured(t)}
	e, err := assess.Explain(context.Background(), request, "O1", "x")
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Controls) != 1 || e.Controls[0].Status != "fail" || len(e.Checks) != 1 {
		t.Fatalf("found %+v", e)
	}
	c := e.Checks[0]
	if len(c.Causes) != 1 || c.Causes[0].At.Line != 10 || c.Record == nil || len(c.Check.Deviations) != 1 || len(c.Passes) != 1 {
		t.Errorf("found causes %+v, record %v, %d deviations", c.Causes, c.Record, len(c.Check.Deviations))
	}
	if _, err := assess.Explain(context.Background(), request, "nope", ""); err == nil {
		t.Error("expected an error for an unknown name")
	}
}
