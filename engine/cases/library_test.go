package cases_test

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/policy"
)

// TestLibrary holds kt's own library to what `kt policy test` and `kt policy lint` ask of any: every case and every deletion comes out, every
// line is evaluated, and nothing is amiss. With KT_CHECK (ids, comma-joined) it loads and looks at those checks alone.
func TestLibrary(t *testing.T) {
	src := policy.Embedded()
	only := os.Getenv("KT_CHECK")
	if only != "" {
		src = narrowed(t, src, strings.Split(only, ","))
	}
	lib, err := policy.Load(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	seen := cover.New()
	report, err := cases.Run(context.Background(), lib, cases.Options{Tracer: seen})
	if err != nil {
		t.Fatal(err)
	}
	tests, err := policy.Test(context.Background(), lib, seen)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range tests.Tests {
		if one.Status == policy.TestFail || one.Status == policy.TestError {
			t.Error(one)
		}
	}
	coverage := lib.Coverage(seen)
	for _, place := range coverage.Missing() {
		if only == "" || strings.HasPrefix(place, "policies/checks/") {
			t.Errorf("%s: no case and no test evaluates it", place)
		}
	}
	for _, c := range report.Controls {
		if !c.Failing || !c.Passing {
			t.Errorf("%s %s: expected a failing and a passing case among its checks %v, found failing %t, passing %t", c.Framework, c.ID, c.Checks, c.Failing, c.Passing)
		}
	}
	t.Logf("%d tests, %.1f %% of the policies' lines covered", len(tests.Tests), coverage.Percent())
	for _, f := range report.Failures() {
		t.Error(f)
	}
	lint, err := policy.Lint(context.Background(), lib)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range lint {
		if only == "" || strings.HasPrefix(d.File, "policies/checks/") && d.Rule != "mapped" {
			t.Error(d)
		}
	}
	for _, c := range report.Checks {
		t.Logf("%s: %d cases, %d deletions, %d excused", c.ID, c.Cases, c.Deletions, c.Excused)
	}
}

// narrowed is a library of some checks alone, without mappings.
func narrowed(t *testing.T, src policy.Source, ids []string) policy.Source {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(src.Policies, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		parts := strings.Split(path, "/")
		wanted := parts[0] == "lib" || parts[0] == "thresholds"
		for _, id := range ids {
			wanted = wanted || parts[0] == "checks" && parts[1] == id
		}
		if !wanted {
			return nil
		}
		data, err := fs.ReadFile(src.Policies, path)
		out[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	src.Policies, src.Mappings = out, fstest.MapFS{}
	return src
}
