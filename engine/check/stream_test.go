package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/policy"
)

// eventChecks use each shape whose events the engine may skip or whose rules it may evaluate once.
var eventChecks = map[string]string{
	"equal":    "selected if input.event.action == \"token.create\"\n\ndeviation contains {\"reason\": input.event.actor.id} if {\n\tselected\n\tinput.event.actor.id == \"u1\"\n}\n",
	"member":   "selected if input.event.action in {\"token.create\", \"user.login\"}\n\ndeviation contains {\"reason\": \"denied\"} if {\n\tselected\n\tinput.event.outcome != \"success\"\n}\n",
	"prefix":   "selected if startswith(input.event.action, \"token.\")\n\ndeviation contains {\"reason\": \"no details\"} if {\n\tselected\n\tnot input.event.details\n}\n",
	"negated":  "selected if not input.event.action == \"token.create\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tinput.event.details.n > 5\n}\n",
	"everyone": "selected if true\n\ndeviation contains {\"reason\": \"unregistered\"} if not input.event.actor.id in _users\n\n_users := {u.id | some u in input.snapshot.users}\n",
	"folded":   "selected if input.event.action in _actions\n\n_actions := {\"user.login\"} if count(input.snapshot.users) > 1\n\ndeviation contains {\"reason\": _by_id[input.event.actor.id].status} if selected\n\n_by_id := {u.id: u | some u in input.snapshot.users}\n",
	"with":     "selected if input.event.action == \"user.login\"\n\ndeviation contains {\"reason\": \"x\"} if {\n\tselected\n\tcount(_ids) == 0 with input.snapshot.users as []\n\tcount(_ids) > 0\n}\n\n_ids contains u.id if some u in input.snapshot.users\n",
	"defaults": "default selected := false\n\nselected if _kind == \"token\"\n\n_kind := \"token\" if {\n\tinput.event.action == \"token.create\"\n} else := \"other\" if {\n\tinput.event.action == \"user.login\"\n}\n\ndeviation contains {\"reason\": _kind} if input.event.actor.id == \"u2\"\n",
	"function": "selected if _is(input.event.action, \"token.create\")\n\n_is(a, b) if a == b\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tevery x in input.event.details.list { x < 3 }\n}\n",
	"unknowns": "selected if input.event.action == \"user.login\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tinput.event.details.mfa == false\n}\n\nunknown contains {\"reason\": \"no mfa\"} if {\n\tselected\n\tnot _mfa\n}\n\n_mfa if input.event.details.mfa == true\n_mfa if input.event.details.mfa == false\n\nwarning contains {\"reason\": \"w\"} if input.event.action == \"token.rotate\"\n",
}

func randomEvents(seed uint64, n int) []string {
	rng := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var out []string
	for i := range n {
		e := map[string]any{
			"timestamp": fmt.Sprintf("2026-06-%02dT%02d:00:00Z", 1+rng.IntN(29), rng.IntN(24)),
			"actor":     pick("u1", "u2", "u3", "stranger"), "resource": "token/t", "id": fmt.Sprintf("e%04d", i),
			"action":  pick("token.create", "token.rotate", "user.login", "other.thing", "token", ""),
			"outcome": pick("success", "failure", "denied"),
		}
		if e["action"] == "" {
			e["action"] = "a.b"
		}
		switch rng.IntN(6) {
		case 0:
			e["details"] = map[string]any{"n": rng.IntN(10), "list": []int{rng.IntN(5)}}
		case 1:
			e["details"] = map[string]any{"n": "7", "list": []any{"x"}, "mfa": true}
		case 2:
			e["details"] = map[string]any{"n": 1e300, "list": []any{}, "mfa": rng.IntN(2) == 0}
		case 3:
			e["details"] = map[string]any{"n": json.Number("9007199254740993"), "mfa": "yes"}
		case 4:
			e["details"] = map[string]any{}
		}
		text, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		out = append(out, string(text))
	}
	return out
}

const users = `,"users":[{"id":"u1","status":"active"},{"id":"u2","status":"departed"},{"id":"u3"}]`

// TestEventChecksGiveExactlyOPAsVerdicts holds the stream, with all that it skips and evaluates once, against plain OPA over one event after
// the other.
func TestEventChecksGiveExactlyOPAsVerdicts(t *testing.T) {
	lib := library(t, "event", eventChecks)
	s := snap(t, users)
	for seed := range uint64(5) {
		lines := randomEvents(seed, 400)
		results := run(t, lib, check.Inputs{Snapshot: s, Log: check.Files{Log: logOf(t, lines...)}}, check.Options{})
		expected := plain(t, lib, s.Value.Any(), lines)
		for id, r := range results {
			var got []string
			for sort, list := range map[string]check.Findings{"deviation": r.Deviations, "warning": r.Warnings, "unknown": r.Unknown} {
				for _, f := range list.Listed {
					got = append(got, sort+" "+f.ID+" "+f.Reason)
				}
			}
			slices.Sort(got)
			if strings.Join(got, "\n") != strings.Join(expected[id].findings, "\n") {
				t.Errorf("seed %d, check %s: expected\n%v\nfound\n%v", seed, id, expected[id].findings, got)
			}
			if r.Population.Count != expected[id].population {
				t.Errorf("seed %d, check %s: expected a population of %d, found %d", seed, id, expected[id].population, r.Population.Count)
			}
		}
	}
}

type verdict struct {
	population int64
	findings   []string
}

// plain evaluates each check with OPA's own rego package, event by event.
func plain(t *testing.T, lib *policy.Library, snapshot any, lines []string) map[string]verdict {
	t.Helper()
	var options []func(*rego.Rego)
	for _, f := range lib.Files {
		options = append(options, rego.Module(f.Path, string(f.Data)))
	}
	query, err := rego.New(append(options, rego.Query("data.kt.checks"))...).PrepareForEval(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]verdict{}
	log := logOf(t, lines...)
	for _, e := range eventsOf(t, log) {
		input := map[string]any{"as_of": "2026-06-30T00:00:00Z", "period": map[string]any{"from": "2026-05-31T00:00:00Z", "to": "2026-06-30T00:00:00Z"},
			"snapshot": snapshot, "event": e}
		set, err := query.Eval(context.Background(), rego.EvalInput(input))
		if err != nil {
			t.Fatal(err)
		}
		for id, value := range set[0].Expressions[0].Value.(map[string]any) {
			v := out[id]
			rules := value.(map[string]any)
			found := map[string][]any{}
			for _, sort := range []string{"deviation", "warning", "unknown"} {
				found[sort], _ = rules[sort].([]any)
			}
			if selected, _ := rules["selected"].(bool); selected || len(found["deviation"])+len(found["warning"])+len(found["unknown"]) > 0 {
				v.population++
			}
			for sort, list := range found {
				if sort != "deviation" && len(found["deviation"]) > 0 {
					continue
				}
				for _, f := range list {
					v.findings = append(v.findings, fmt.Sprintf("%s %s %s", sort, e["id"], f.(map[string]any)["reason"]))
				}
			}
			out[id] = v
		}
	}
	for id, v := range out {
		slices.Sort(v.findings)
		out[id] = v
	}
	return out
}

func TestAGapTakesTheGreen(t *testing.T) {
	lib := library(t, "event", map[string]string{"a": "selected if input.event.action == \"x.y\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tinput.event.actor.id == \"u2\"\n}\n"})
	declared := func(n int) string { return fmt.Sprintf(`,"sources":[{"id":"s","events_emitted":%d}]`, n) }
	for name, c := range map[string]struct {
		snapshot     string
		lines        []string
		status       string
		completeness string
		deviations   []string
	}{
		"contiguous and counted": {declared(2), []string{line(3, "x.y"), line(4, "x.y")}, check.Pass, check.Proven, nil},
		"contiguous, uncounted":  {"", []string{line(3, "x.y"), line(4, "x.y")}, check.Pass, check.Unproven, nil},
		"a gap":                  {declared(2), []string{line(3, "x.y"), line(6, "x.y")}, check.NotEvaluable, check.Broken, nil},
		"a gap, and a deviation": {declared(2), []string{line(3, "x.y"), line(5, "x.y")}, check.Fail, check.Broken, []string{"e5"}},
		"an unmet count":         {declared(3), []string{line(3, "x.y"), line(4, "x.y")}, check.NotEvaluable, check.Broken, nil},
		"a silent source":        {`,"sources":[{"id":"s","events_emitted":1},{"id":"t","events_emitted":1}]`, []string{line(3, "x.y")}, check.NotEvaluable, check.Broken, nil},
		"nothing occurred":       {declared(1), []string{line(3, "z.z")}, check.NotOccurring, check.Proven, nil},
		"nothing, with a gap":    {declared(2), []string{line(3, "z.z"), line(6, "z.z")}, check.NotEvaluable, check.Broken, nil},
		"a conflict":             {declared(1), []string{line(3, "x.y"), strings.Replace(line(3, "x.y"), "success", "denied", 1)}, check.NotEvaluable, check.Broken, nil},
		"a duplicate":            {declared(1), []string{line(3, "x.y"), line(3, "x.y")}, check.Pass, check.Proven, nil},
		"an empty log":           {declared(0), nil, check.NotOccurring, check.Proven, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, lib, check.Inputs{Snapshot: snap(t, c.snapshot), Log: check.Files{Log: logOf(t, c.lines...)}}, check.Options{})["a"]
			want(t, r, c.status, c.deviations...)
			if r.Completeness != c.completeness {
				t.Errorf("expected completeness %s, found %s", c.completeness, r.Completeness)
			}
		})
	}
}

func TestAGapHarmsOnlyThoseWhoCouldHaveSeenSomethingThere(t *testing.T) {
	rego := "# METADATA\n# title: a\n# custom:\n#   id: a\n#   reads: event\n#   sources: [console]\npackage kt.checks.a\n\nselected if input.event.action == \"x.y\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tinput.event.actor.id == \"u2\"\n}\n"
	lib := load(t, map[string]string{"checks/a/a.rego": rego})
	lines := []string{line(3, "x.y"), line(6, "x.y"), strings.Replace(line(1, "x.y"), `"source":"s"`, `"source":"admin"`, 1)}
	kinds := `,"sources":[{"id":"s","kind":"gateway"},{"id":"admin","kind":"console"}]`
	want(t, run(t, lib, check.Inputs{Snapshot: snap(t, kinds), Log: check.Files{Log: logOf(t, lines...)}}, check.Options{})["a"], check.Pass)
	// Where no source is known by the name, any could have emitted it.
	want(t, run(t, lib, check.Inputs{Snapshot: snap(t, ""), Log: check.Files{Log: logOf(t, lines...)}}, check.Options{})["a"], check.NotEvaluable)
}

func TestAnErrorOnOneEventIsNotedAndHidesNothing(t *testing.T) {
	lib := library(t, "event", map[string]string{
		"bad": "selected if input.event.action == \"x.y\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tinput.event.actor.id == \"u1\"\n}\n\ndeviation contains {\"reason\": \"late\"} if {\n\tselected\n\ttime.parse_rfc3339_ns(input.event.details.when) > 0\n}\n",
		"ok":  "selected if input.event.action == \"x.y\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\tinput.event.actor.id == \"u1\"\n}\n",
	})
	broken := strings.Replace(line(2, "x.y"), `"id"`, `"details":{"when":"never"},"id"`, 1)
	r := run(t, lib, check.Inputs{Log: check.Files{Log: logOf(t, line(3, "x.y"), broken)}}, check.Options{})
	want(t, r["bad"], check.NotEvaluable)
	want(t, r["ok"], check.Pass)
	r = run(t, lib, check.Inputs{Log: check.Files{Log: logOf(t, line(1, "x.y"), broken)}}, check.Options{})
	want(t, r["bad"], check.Fail, "e1")
	if len(r["bad"].Errors) != 1 || r["bad"].Population.Count != 2 {
		t.Errorf("expected one error and a population of 2, found %v and %d", r["bad"].Errors, r["bad"].Population.Count)
	}
}

func TestEventsChecksSeeWhatTheirSelectedRuleChose(t *testing.T) {
	lib := library(t, "events", map[string]string{"a": `selected if startswith(input.event.action, "token.")

population contains {"type": "user", "id": e.actor.id} if some e in input.events

deviation contains {"subject": {"type": "user", "id": a.actor.id}, "reason": "twice", "events": [a.id, b.id]} if {
	some i, a in input.events
	some j, b in input.events
	i < j
	a.actor.id == b.actor.id
}
`})
	r := run(t, lib, check.Inputs{Log: check.Files{Log: logOf(t, line(0, "z.z"), line(1, "token.create"), line(2, "token.create"), line(4, "token.rotate"))}}, check.Options{})["a"]
	want(t, r, check.Fail, "u1")
	if got := fmt.Sprint(r.Deviations.Listed[0].Evidence); got != "[{e1 2} {e4 4}]" {
		t.Errorf("expected the events and their positions, found %s", got)
	}
	if r.Population.Count != 2 {
		t.Errorf("expected a population of 2, found %d", r.Population.Count)
	}
}
