package cases_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/document"
	"github.com/keeptrusts/kt/engine/policy"
)

// aged judges tokens by a number of days; forgetful is the same without its unknown rule.
const (
	forgetful = `population contains _subject(t) if some t in input.snapshot.tokens

deviation contains {"subject": _subject(t), "reason": "old"} if {
	some t in input.snapshot.tokens
	t.age >= thresholds.limit
	not t.rotated
}

_subject(t) := {"type": "token", "id": t.id}
`
	aged = forgetful + `
unknown contains {"subject": _subject(t), "reason": "no age"} if {
	some t in input.snapshot.tokens
	not t.age
}
`
)

// library is one check of those rules with these cases.
func library(t *testing.T, reads, rules, text string) *policy.Library {
	t.Helper()
	head := "# METADATA\n# custom:\n#   id: a\n#   reads: " + reads + "\npackage kt.checks.a\n\nimport data.kt.thresholds\n\n_ := thresholds.limit\n\n"
	files := fstest.MapFS{
		"checks/a/a.rego":     {Data: []byte(head + rules)},
		"thresholds/t.rego":   {Data: []byte("package kt.thresholds\n\nlimit := 90\n")},
		"checks/a/cases.yaml": {Data: []byte(text)},
	}
	mappings := fstest.MapFS{
		"own.yaml":     {Data: []byte("framework: own\ntitle: Own\nedition: '1'\nversion: 1.0.0\ncontrols:\n  - {id: O1, title: T, checks: [{id: a, covers: full, why: w}]}\n  - {id: O2, title: T, manual: [ask]}\n")},
		"waivers.yaml": {Data: []byte("- {id: w1, check: a, subjects: [t1], reason: r, requested_by: x, approved_by: y, approved_at: 2026-06-01T00:00:00Z, from: 2026-06-01T00:00:00Z, until: 2026-07-01T00:00:00Z}\n")},
	}
	lib, err := policy.Load(context.Background(), policy.Source{Policies: files, Mappings: mappings})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func run(t *testing.T, lib *policy.Library) *cases.Report {
	t.Helper()
	report, err := cases.Run(context.Background(), lib, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// failures holds a report's failures against texts that each must hold, in order.
func failures(t *testing.T, r *cases.Report, wants ...string) {
	t.Helper()
	got := r.Failures()
	if len(got) != len(wants) {
		t.Errorf("expected %d failures, found %d: %v", len(wants), len(got), got)
		return
	}
	for i, want := range wants {
		if text := got[i].Kind + " " + got[i].Field + " " + got[i].String(); !strings.Contains(text, want) {
			t.Errorf("expected a failure with %q, found %q", want, text)
		}
	}
}

func one(snapshot, more, expect string) string {
	return "- name: the case\n  as_of: 2026-06-30T00:00:00Z\n  snapshot: " + snapshot + "\n" + more + "  expect: " + expect + "\n"
}

func TestCasesAreComparedWithWhatTheEngineSays(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"pass":                            {one("{tokens: [{id: t1, age: 1}]}", "", "{status: pass}"), nil},
		"fail, order and repetition free": {one("{tokens: [{id: t1, age: 90}, {id: t2, age: 91}]}", "", "{status: fail, deviations: [t2, t1, t2]}"), nil},
		"empty":                           {one("{tokens: []}", "", "{status: not_occurring}"), nil},
		"absent":                          {one("{users: []}", "", "{status: not_evaluable}"), nil},
		"unknown":                         {one("{tokens: [{id: t1}]}", "", "{status: not_evaluable, unknown: [t1]}"), nil},
		"thresholds":                      {one("{tokens: [{id: t1, age: 5}]}", "  thresholds: {limit: 5}\n", "{status: fail, deviations: [t1]}"), nil},
		"wrong status":                    {one("{tokens: [{id: t1, age: 90}]}", "", "{status: pass}"), []string{`case  policies/checks/a/cases.yaml:1: a: "the case": expected status pass, found fail; expected deviations none, found [t1]`}},
		"wrong subjects":                  {one("{tokens: [{id: t1, age: 90}]}", "", "{status: fail, deviations: [t2]}"), []string{"expected deviations [t2], found [t1]"}},
		"why it is not evaluable":         {one("{users: []}", "", "{status: pass}"), []string{"found not_evaluable; because the snapshot does not say tokens"}},
		"stale by the case's own":         {one("{captured_at: 2026-06-28T00:00:00Z, tokens: []}", "", "{status: not_evaluable}"), nil},
		"a snapshot that is none":         {one("{tokens: [{id: 7}]}", "", "{status: pass}"), []string{"input is refused: policies/checks/a/cases.yaml:3:28: /snapshot/tokens/0/id: expected a text"}},
		"a period that is none":           {one("{tokens: []}", "  period: {from: 2026-06-30T00:00:00Z, to: 2026-06-01T00:00:00Z}\n", "{status: pass}"), []string{"its start before its end"}},
		"a waiver of the case":            {one("{tokens: [{id: t1, age: 90}]}", "  waivers:\n    - {id: w1, check: a, subjects: [t1], reason: r, requested_by: x, approved_by: y, approved_at: 2026-06-01T00:00:00Z, from: 2026-06-01T00:00:00Z, until: 2026-07-01T00:00:00Z}\n", "{status: waived, deviations: [t1]}"), nil},
		"a waiver that is none":           {one("{tokens: []}", "  waivers:\n    - {id: w1}\n", "{status: pass}"), []string{"refused: policies/checks/a/cases.yaml:5:7: /waivers/0: expected the key"}},
		"the library's waivers are not the case's": {one("{tokens: [{id: t1, age: 90}]}", "", "{status: fail, deviations: [t1]}"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			failures(t, run(t, library(t, "snapshot", aged, c.text)), c.want...)
		})
	}
}

func TestTheDeletionTestFindsWhatAbsenceWouldHide(t *testing.T) {
	failing := func(more string) string {
		return one("{tokens: [{id: t1, age: 90, status: active}, {id: t2}]}", more, "{status: fail, deviations: [t1], unknown: [t2]}")
	}
	t.Run("a check that says unknown passes", func(t *testing.T) {
		r := run(t, library(t, "snapshot", aged, failing("")))
		failures(t, r)
		if r.Totals.Deletions != 3 { // the list, age and status
			t.Errorf("expected 3 deletions, found %d", r.Totals.Deletions)
		}
	})
	t.Run("another's doubt excuses nobody", func(t *testing.T) {
		doubts := forgetful + "\nunknown contains {\"subject\": {\"type\": \"token\", \"id\": t.id}, \"reason\": \"r\"} if {\n\tsome t in input.snapshot.tokens\n\tt.id == \"t2\"\n}\n"
		failures(t, run(t, library(t, "snapshot", doubts, failing(""))), "deletion age")
	})
	forgets := one("{tokens: [{id: t1, age: 90, status: active}, {id: t2, age: 91}]}", "", "{status: fail, deviations: [t1, t2]}")
	t.Run("a field that turns a deviation into a pass", func(t *testing.T) {
		r := run(t, library(t, "snapshot", forgetful, forgets))
		failures(t, r, "without age of token/t1 the deviation of token/t1 vanishes unseen (status fail, deviations [t2], unknown none)",
			"without age of token/t2 the deviation of token/t2 vanishes unseen")
		f := r.Failures()[0]
		if f.Kind != cases.KindDeletion || f.Subject != "token/t1" || f.Field != "age" || f.Case != "the case" || f.Line != 1 || r.OK() {
			t.Errorf("expected check, case, subject and field, found %+v", f)
		}
	})
	t.Run("absence with a meaning is excused", func(t *testing.T) {
		r := run(t, library(t, "snapshot", forgetful, strings.Replace(forgets, "  expect", "  deletable: {age: never used}\n  expect", 1)))
		failures(t, r)
		if r.Checks[0].Excused != 2 {
			t.Errorf("expected 2 excused, found %d", r.Checks[0].Excused)
		}
	})
	t.Run("an excuse must excuse something", func(t *testing.T) {
		failures(t, run(t, library(t, "snapshot", aged, failing("  deletable: {status: w, agee: w}\n"))),
			"excuse agee policies/checks/a/cases.yaml:4: a: \"the case\": deletable names agee, which no record of a deviating subject has",
			"deletable names status, but without it the subject still deviates or is unknown")
		failures(t, run(t, library(t, "snapshot", aged, one("{tokens: [{id: t1, age: 1}]}", "  deletable: {age: w}\n", "{status: pass}"))),
			"the case has no deviation whose fields could be deleted")
	})
	t.Run("removing what input must have is refused, and so seen", func(t *testing.T) {
		schedules := `population contains {"type": "schedule", "id": s.id} if some s in input.snapshot.schedules

deviation contains {"subject": {"type": "schedule", "id": s.id, "period": {"from": 1}}, "reason": "r"} if {
	some s in input.snapshot.schedules
	s.every == "daily"
}

unknown contains {"subject": {"type": "schedule", "id": s.id}, "reason": "r"} if {
	some s in input.snapshot.schedules
	not s.every
}
`
		failures(t, run(t, library(t, "snapshot", schedules, one("{schedules: [{id: s1, every: daily}]}", "", "{status: fail, deviations: [s1]}"))))
	})
	t.Run("a subject without a record cannot be tested", func(t *testing.T) {
		lost := strings.ReplaceAll(aged, `"type": "token"`, `"type": "key"`)
		failures(t, run(t, library(t, "snapshot", lost, failing(""))), "nothing in the snapshot is the record of key/t1")
		lost = strings.ReplaceAll(aged, `"id": t.id`, `"id": concat("/", ["x", t.id])`)
		failures(t, run(t, library(t, "snapshot", lost, one("{tokens: [{id: t1, age: 90}]}", "", "{status: fail, deviations: [x/t1]}"))), "nothing in the snapshot is the record of token/x/t1")
	})
}

func TestTheDeletionTestReachesEveryDepth(t *testing.T) {
	deep := `population contains {"type": "gateway", "id": g.id} if some g in input.snapshot.gateways

deviation contains {"subject": {"type": "gateway", "id": g.id}, "reason": "r"} if {
	some g in input.snapshot.gateways
	some route in g.routes
	some rule in route.rules
	rule.action == "none"
}
`
	text := one("{gateways: [{id: g1, routes: [{id: r1, rules: [{kind: pii, action: none}]}]}]}", "", "{status: fail, deviations: [g1]}")
	failures(t, run(t, library(t, "snapshot", deep, text)), "without routes of gateway/g1", "without routes[0].rules of gateway/g1", "without routes[0].rules[0].action of gateway/g1")
	for _, entries := range []string{"{routes: w, routes.rules: w, routes.rules.action: w}", "{routes: w, rules: w, action: w}"} {
		failures(t, run(t, library(t, "snapshot", deep, strings.Replace(text, "  expect", "  deletable: "+entries+"\n  expect", 1))))
	}
}

func TestEventsAreRecordsToo(t *testing.T) {
	rules := `selected if input.event.action == "token.create"

deviation contains {"reason": "no approval"} if {
	selected
	input.event.details.approval == "none"
}
`
	text := one("{tokens: []}", `  events:
    - {timestamp: 2026-06-10T00:00:00Z, actor: {type: user, id: ann, team: red}, action: token.create, resource: token/t1, outcome: success, details: {approval: none}}
`, "{status: fail, deviations: [ID]}")
	report := run(t, library(t, "event", rules, text))
	if len(report.Failures()) != 1 || len(report.Failures()[0].Found.Deviations) != 1 {
		t.Fatalf("expected one deviation under another id, found %v", report.Failures())
	}
	id := report.Failures()[0].Found.Deviations[0]
	if !strings.HasPrefix(id, "evt_") {
		t.Errorf("expected a derived id, found %s", id)
	}
	// Not taken away are actor, its type and id, action, resource, outcome and timestamp: details, details.approval and actor.team are.
	report = run(t, library(t, "event", rules, strings.Replace(text, "ID", id, 1)))
	failures(t, report, "without details of event/evt_", "without details.approval of event/evt_")
	if report.Totals.Deletions != 3 {
		t.Errorf("expected 3 deletions, found %d", report.Totals.Deletions)
	}
	failures(t, run(t, library(t, "event", rules+"\nunknown contains {\"reason\": \"r\"} if {\n\tselected\n\tnot input.event.details.approval\n}\n", strings.Replace(text, "ID", id, 1))))
}

func TestCitedEventsAreRecords(t *testing.T) {
	rules := `population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

selected if input.event.action == "token.create"

deviation contains {"subject": {"type": "token", "id": e.resource.id}, "reason": "r", "events": [e.id]} if {
	some e in input.events
	e.details.days > 90
}
`
	text := one("{tokens: [{id: t1, status: active}]}", `  events:
    - {id: e1, timestamp: 2026-06-10T00:00:00Z, actor: ann, action: token.create, resource: token/t1, outcome: success, details: {days: 365}}
`, "{status: fail, deviations: [t1]}")
	failures(t, run(t, library(t, "events", rules, text)), "without details of event/e1 the deviation of token/t1", "without details.days of event/e1")
}

func TestReportCountsAndNamesControls(t *testing.T) {
	r := run(t, library(t, "snapshot", aged, one("{tokens: [{id: t1, age: 1}]}", "", "{status: pass}")+strings.Replace(one("{tokens: [{id: t1, age: 99}]}", "", "{status: pass}"), "the case", "wrong", 1)))
	if r.Totals != (cases.Totals{Checks: 1, Cases: 2, CasesFailed: 1}) || r.OK() {
		t.Errorf("expected two cases, one failed, found %+v", r.Totals)
	}
	if len(r.Controls) != 1 || r.Controls[0].ID != "O1" || !r.Controls[0].Passing || r.Controls[0].Failing {
		t.Errorf("expected O1 with a passing case only, for the other one did not come out, found %+v", r.Controls)
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"cases_failed":1`) {
		t.Errorf("expected JSON with the totals, found %s, %v", text, err)
	}
}

func TestCasesFilesThatBreakTheirSchemaNameTheLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key": {"- name: x\n  as_of: 2026-06-30T00:00:00Z\n  snapshots: {}\n  expect: {status: pass}\n", "policies/checks/a/cases.yaml:3:3"},
		"no date":     {"- name: x\n  as_of: 2026-13-01\n  expect: {status: pass}\n", "policies/checks/a/cases.yaml:2"},
		"name twice":  {one("{}", "", "{status: pass}") + one("{}", "", "{status: pass}"), `policies/checks/a/cases.yaml:5:9: /1/name: expected each name once, found "the case" again (the first is on line 1)`},
		"no YAML":     {"- name: [\n", "policies/checks/a/cases.yaml"},
	} {
		_, err := cases.Run(context.Background(), library(t, "snapshot", aged, c.text), cases.Options{})
		var problems document.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: expected problems with %q, found %v", name, c.want, err)
		}
	}
}

func TestRunOfUnknownCheckAndOfCancelledContext(t *testing.T) {
	lib := library(t, "snapshot", aged, one("{tokens: []}", "", "{status: not_occurring}"))
	if _, err := cases.Run(context.Background(), lib, cases.Options{Checks: []string{"b"}}); err == nil || !strings.Contains(err.Error(), "b: expected the id of a check") {
		t.Errorf("expected an error that names b, found %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := cases.Run(ctx, lib, cases.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("expected the context's error, found %v", err)
	}
}

func TestDoneIsToldAfterEachCase(t *testing.T) {
	text := ""
	for i := range 5 {
		text += strings.Replace(one("{tokens: []}", "", "{status: not_occurring}"), "the case", fmt.Sprint("case ", i), 1)
	}
	var told []string
	_, err := cases.Run(context.Background(), library(t, "snapshot", aged, text), cases.Options{Done: func(done, all int) { told = append(told, fmt.Sprintf("%d/%d", done, all)) }})
	if err != nil || strings.Join(told, " ") != "1/5 2/5 3/5 4/5 5/5" {
		t.Errorf("expected to be told of each of five, found %v, %v", told, err)
	}
}
