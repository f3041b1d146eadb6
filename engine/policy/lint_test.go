package policy_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/keeptrusts/kt/engine/policy"
)

var update = flag.Bool("update", false, "write what was found into testdata/lint")

// archived is the library of testdata/good.txtar with the files of another archive in their place; an empty file takes one away.
func archived(t *testing.T, with *txtar.Archive) policy.Source {
	t.Helper()
	good, err := txtar.ParseFile("testdata/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	policies, mappings := fstest.MapFS{}, fstest.MapFS{}
	files := good.Files
	if with != nil {
		files = append(files, with.Files...)
	}
	for _, f := range files {
		in, name := policies, strings.TrimPrefix(f.Name, "policies/")
		if rest, ok := strings.CutPrefix(f.Name, "mappings/"); ok {
			in, name = mappings, rest
		}
		if in[name] = (&fstest.MapFile{Data: f.Data}); len(f.Data) == 0 {
			delete(in, name)
		}
	}
	delete(policies, "found")
	return policy.Source{Policies: policies, Mappings: mappings}
}

func lint(t *testing.T, src policy.Source) policy.Diagnostics {
	t.Helper()
	lib, err := policy.Load(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	found, err := policy.Lint(context.Background(), lib)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLintFindsNothingAmissInAGoodLibrary(t *testing.T) {
	for _, d := range lint(t, archived(t, nil)) {
		t.Error(d)
	}
}

// TestLintFinds holds each rule to exactly what it must find, and all others to silence.
func TestLintFinds(t *testing.T) {
	archives, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, file := range archives {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		rules[name] = true
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, d := range lint(t, archived(t, archive)) {
				d.Source = ""
				got += d.String() + "\n"
				if d.Rule != name {
					t.Errorf("expected findings of the rule %s alone, found %s", name, d)
				}
			}
			for i, f := range archive.Files {
				if f.Name != "found" {
					continue
				}
				if *update {
					archive.Files[i].Data = []byte(got)
				} else if want := string(f.Data); got != want || got == "" {
					t.Errorf("expected\n%s\nfound\n%s", want, got)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	for _, rule := range policy.LintRules() {
		if !rules[rule.Name] {
			t.Errorf("expected an archive testdata/lint/%s.txtar, found none", rule.Name)
		}
	}
}

func TestLintToldWhereTheTextIs(t *testing.T) {
	archive := txtar.Parse([]byte("-- policies/thresholds/keys.rego --\npackage kt.thresholds\n\n# Age in days.\nkey_age :=   {\"fail\": 90}\n"))
	found := lint(t, archived(t, archive))
	if len(found) != 1 || !strings.HasSuffix(found[0].String(), "[opa-fmt]\n    key_age :=   {\"fail\": 90}\n    ^") {
		t.Errorf("expected one finding with its line and a caret, found\n%v", found)
	}
}
