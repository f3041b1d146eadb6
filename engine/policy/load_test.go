package policy_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keeptrusts/kt/engine/policy"
)

// metadata is a complete METADATA block for a check.
func metadata(id, reads string) string {
	return `# METADATA
# title: A check
# description: It checks.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
# custom:
#   id: ` + id + `
#   severity: low
#   nature: operating
#   reads: ` + reads + `
#   evidence: [some]
package kt.checks.` + strings.ReplaceAll(id, "-", "_") + "\n\n"
}

const goodRules = `population contains {"type": "token", "id": t.id} if some t in input.snapshot.tokens

deviation contains {"subject": {"type": "token", "id": t.id}, "reason": "x"} if {
	some t in input.snapshot.tokens
	t.status == "active"
}
`

func source(files map[string]string) policy.Source {
	policies, mappings := fstest.MapFS{}, fstest.MapFS{}
	for name, text := range files {
		if rest, ok := strings.CutPrefix(name, "mappings/"); ok {
			mappings[rest] = &fstest.MapFile{Data: []byte(text)}
		} else {
			policies[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return policy.Source{Policies: policies, Mappings: mappings}
}

func TestLoadRefusesWhatCouldNotBeJudged(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		wants []string
	}{
		"syntax error shows line and caret": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + "population contains {\n"},
			[]string{"policies/checks/a/a.rego:15:22", "rego_parse_error", "population contains {", "^"},
		},
		"a misspelt field is a compile error": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + strings.ReplaceAll(goodRules, "t.status", "t.statsu")},
			[]string{"policies/checks/a/a.rego:19:2", "statsu", "status"},
		},
		"a misspelt list is a compile error": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + strings.ReplaceAll(goodRules, "input.snapshot.tokens", "input.snapshot.tokns")},
			[]string{"policies/checks/a/a.rego:15", "tokns"},
		},
		"the network": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "x := http.send({\"method\": \"get\", \"url\": \"http://x\"})\n"},
			[]string{"policies/checks/a/a.rego:21", "unsafe", "http.send"},
		},
		"the clock": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "x := time.now_ns()\n"},
			[]string{"a.rego:21", "time.now_ns"},
		},
		"the environment": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "x := opa.runtime()\n"},
			[]string{"a.rego:21", "opa.runtime"},
		},
		"print": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "x if print(1)\n"},
			[]string{"a.rego:21", "print is not allowed"},
		},
		"the snapshot as a whole": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "warning contains 1 if count(input.snapshot) > 0\n"},
			[]string{"a.rego:21", "name the list"},
		},
		"a list of the snapshot by variable": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "warning contains 1 if {\n\tsome name in [\"tokens\"]\n\tinput.snapshot[name]\n}\n"},
			[]string{"a.rego:23", "by name"},
		},
		"input as a whole": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "f(x) := x.as_of\n\nwarning contains 1 if f(input) == \"\"\n"},
			[]string{"a.rego:23", "name the member"},
		},
		"an input that the kind does not have": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "warning contains 1 if input.event.id == \"x\"\n"},
			[]string{"a.rego:21", "no input.event"},
		},
		"a threshold that does not exist": {
			map[string]string{
				"checks/a/a.rego":   metadata("a", "snapshot") + goodRules + "warning contains 1 if count(input.snapshot.tokens) > data.kt.thresholds.nope\n",
				"thresholds/t.rego": "package kt.thresholds\n\nlimit := 5\n",
			},
			[]string{"a.rego:21", "data.kt.thresholds.nope is not defined"},
		},
		"no deviation rule": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + "population contains {\"type\": \"token\", \"id\": t.id} if some t in input.snapshot.tokens\n"},
			[]string{"a.rego:13", "could never fail"},
		},
		"no population rule": {
			map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + "deviation contains 1 if input.snapshot.tokens[_]\n"},
			[]string{"a.rego:13", "population"},
		},
		"an event check without selected": {
			map[string]string{"checks/a/a.rego": metadata("a", "event") + "deviation contains 1 if input.event.action == \"x\"\n"},
			[]string{"a.rego:13", "selected"},
		},
		"two checks with one id": {
			map[string]string{
				"checks/a/a.rego": metadata("a", "snapshot") + goodRules,
				"checks/b/b.rego": strings.Replace(metadata("a", "snapshot"), "package kt.checks.a", "package kt.checks.b", 1) + goodRules,
			},
			[]string{"two checks have the id a"},
		},
		"two files that both declare a check": {
			map[string]string{
				"checks/a/a.rego": metadata("a", "snapshot") + goodRules,
				"checks/b/a.rego": metadata("a", "snapshot") + goodRules,
			},
			[]string{"policies/checks/b/a.rego:1", "two checks have the id"},
		},
		"an unknown kind": {
			map[string]string{"checks/a/a.rego": metadata("a", "everything") + goodRules},
			[]string{"a.rego", "custom.reads", "everything"},
		},
		"a mapping to a check that does not exist": {
			map[string]string{
				"checks/a/a.rego":  metadata("a", "snapshot") + goodRules,
				"mappings/f1.yaml": "framework: f1\ntitle: F\nedition: \"1\"\nversion: 1.0.0\ncontrols:\n  - id: C1\n    title: T\n    checks:\n      - {id: b, covers: full, why: y}\n",
			},
			[]string{"mappings/f1.yaml:9", "b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Load(context.Background(), source(c.files))
			if err == nil {
				t.Fatal("expected an error, found none")
			}
			for _, want := range c.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("expected %q in the error, found:\n%v", want, err)
				}
			}
		})
	}
}

func TestLoadDerivesWhatACheckReads(t *testing.T) {
	lib, err := policy.Load(context.Background(), source(map[string]string{
		"checks/a/a.rego": metadata("a", "snapshot") + goodRules + "warning contains x if some x in _from_log\n\n_from_log contains s if some s in input.log.sources\n",
		"checks/b/b.rego": metadata("b", "event") + "selected if input.event.action == \"x\"\n\ndeviation contains {\"reason\": \"r\"} if {\n\tselected\n\t_users[input.event.actor.id]\n}\n\n_users := {u.id | some u in input.snapshot.users}\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := lib.Check("a")
	if len(a.Lists) != 1 || a.Lists[0] != "tokens" || !a.ReadsLog || !a.ReadsSnap {
		t.Errorf("check a: found lists %v, log %v, snapshot %v", a.Lists, a.ReadsLog, a.ReadsSnap)
	}
	b, _ := lib.Check("b")
	if len(b.Lists) != 1 || b.Lists[0] != "users" || b.ReadsLog || !b.Offered() {
		t.Errorf("check b: found lists %v, log %v, offered %v", b.Lists, b.ReadsLog, b.Offered())
	}
}

func TestMappingsMayComeFromRego(t *testing.T) {
	lib, err := policy.Load(context.Background(), source(map[string]string{
		"checks/a/a.rego": metadata("a", "snapshot") + goodRules,
		"mappings/own.rego": `package kt.mappings

own := {
	"framework": "own", "title": "Own", "edition": "1", "version": "1.0.0",
	"controls": [{"id": "O1", "title": "T", "checks": [{"id": "a", "covers": "full", "why": "w"}]}],
}
`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(lib.Mappings.Frameworks) != 1 || lib.Mappings.Frameworks[0].ID != "own" {
		t.Errorf("expected the framework own, found %+v", lib.Mappings.Frameworks)
	}
}

func TestTheDigestIsOverWhatSha256sumPrints(t *testing.T) {
	files := map[string]string{"checks/a/a.rego": metadata("a", "snapshot") + goodRules}
	first, err := policy.Load(context.Background(), source(files))
	if err != nil {
		t.Fatal(err)
	}
	files["checks/a/a_test.rego"] = "package kt.checks.a_test\n"
	files["checks/a/cases.yaml"] = "[]"
	second, err := policy.Load(context.Background(), source(files))
	if err != nil {
		t.Fatal(err)
	}
	if first.Digest != second.Digest {
		t.Error("tests and cases changed the digest")
	}
	files["lib/x.rego"] = "package kt.lib.x\n"
	third, err := policy.Load(context.Background(), source(files))
	if err != nil {
		t.Fatal(err)
	}
	if third.Digest == first.Digest {
		t.Error("a further file did not change the digest")
	}
}
