package policy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/keeptrusts/kt/engine/policy"
)

const folder = "testdata/folder"

// verdicts are the tests of a report by name and line, with what they came to.
func verdicts(r *policy.TestReport) map[string]string {
	out := map[string]string{}
	for _, one := range r.Tests {
		out[fmt.Sprintf("%s:%d %s", one.File, one.Line, one.Name)] = one.Status
	}
	return out
}

func TestFolderRunsAnyRegoTests(t *testing.T) {
	report, err := policy.TestFolder(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if report.Pass != 8 || report.Fail != 6 || report.Error != 1 || report.Skip != 1 || len(report.Tests) != 16 {
		t.Errorf("expected 8 passes, 6 failures, 1 error and 1 skipped, found %d, %d, %d and %d:\n%v", report.Pass, report.Fail, report.Error, report.Skip, report.Tests)
	}
	for _, one := range report.Tests {
		switch one.Name {
		case "data.app_test.test_cases":
			if one.Status != policy.TestFail || strings.Join(one.Failed, ",") != "wrong" {
				t.Errorf("expected the sub-test wrong to fail alone, found %s", one)
			}
		case "data.app_test.test_that_conflicts":
			if one.Status != policy.TestError || !strings.Contains(one.Message, "conflicting values") {
				t.Errorf("expected an error over conflicting values, found %s", one)
			}
		case "data.app_test.test_data_is_what_the_files_say":
			if !strings.Contains(one.Output, "grants:") {
				t.Errorf("expected what the test printed, found %q", one.Output)
			}
		case "data.app_test.todo_test_for_later":
			if one.Status != policy.TestSkip {
				t.Errorf("expected it to be skipped, found %s", one)
			}
		}
	}
}

// TestFolderAgreesWithOPA holds the runner against the opa binary, test by test.
func TestFolderAgreesWithOPA(t *testing.T) {
	opa := realOPA(t)
	for name, dir := range map[string]string{"folder": folder, "library": extracted(t), "no tests": t.TempDir(), "broken": broken(t)} {
		report, err := policy.TestFolder(context.Background(), dir)
		output, opaErr := exec.Command(opa, "test", "--format", "json", dir).Output()
		var exit *exec.ExitError
		if opaErr != nil && !errors.As(opaErr, &exit) {
			t.Fatal(opaErr)
		}
		if refused := exit != nil && exit.ExitCode() == 1; refused || err != nil {
			if !refused || err == nil {
				t.Errorf("%s: opa refuses it: %t, kt says %v", name, refused, err)
			}
			continue
		}
		var results []struct {
			Location struct {
				File string
				Row  int
			}
			Package, Name string
			Fail, Skip    bool
			Error         json.RawMessage
		}
		if err := json.Unmarshal(output, &results); err != nil && len(output) > 0 {
			t.Fatalf("%s: %v in %s", name, err, output)
		}
		want := map[string]string{}
		for _, r := range results {
			status := policy.TestPass
			switch {
			case r.Fail:
				status = policy.TestFail
			case r.Skip:
				status = policy.TestSkip
			case r.Error != nil:
				status = policy.TestError
			}
			want[fmt.Sprintf("%s:%d %s.%s", r.Location.File, r.Location.Row, r.Package, r.Name)] = status
		}
		if got := verdicts(report); !maps.Equal(got, want) {
			t.Errorf("%s: opa says\n%v\nkt says\n%v", name, sorted(want), sorted(got))
		}
	}
}

// realOPA is the opa binary on PATH, or with KT_TEST_REAL=1 the one that testdata/tools pins; without either the test is skipped.
func realOPA(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("opa"); err == nil {
		return path
	}
	if os.Getenv("KT_TEST_REAL") != "1" {
		t.Skip("no opa on PATH; KT_TEST_REAL=1 builds one")
	}
	output, err := exec.Command("go", "tool", "-modfile=../../testdata/tools/opa.mod", "-n", "opa").Output()
	if err != nil {
		t.Fatalf("KT_TEST_REAL=1 asks for the real opa: %v", err)
	}
	return strings.TrimSpace(string(output))
}

func sorted(m map[string]string) string {
	var out []string
	for k, v := range m {
		out = append(out, k+": "+v)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// extracted is the good library of testdata as a folder.
func extracted(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".rego") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// broken is a folder that does not compile.
func broken(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a_test.rego"), []byte("package a\n\ntest_x if unknown_function(1)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFolderReachesNoNetwork(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked.Add(1) }))
	defer server.Close()
	dir := t.TempDir()
	rego := fmt.Sprintf(`package net_test

test_http if http.send({"method": "get", "url": %q}).status_code == 200

test_names if count(net.lookup_ip_addr("localhost")) > 0

test_refused_and_no_error if {
	response := http.send({"method": "get", "url": %q, "raise_error": false})
	response.status_code == 0
}

test_schema if json.match_schema({}, {"$ref": %q})[0]
`, server.URL, server.URL, server.URL+"/schema.json")
	if err := os.WriteFile(filepath.Join(dir, "net_test.rego"), []byte(rego), 0o644); err != nil {
		t.Fatal(err)
	}
	report, err := policy.TestFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range report.Tests {
		passes := one.Name == "data.net_test.test_refused_and_no_error"
		if (one.Status == policy.TestPass) != passes {
			t.Errorf("expected a pass: %t, found %s", passes, one)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

func goodLibrary(t *testing.T, changes string) *policy.Library {
	t.Helper()
	lib, err := policy.Load(context.Background(), archived(t, txtar.Parse([]byte(changes))))
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestLibraryTestsAndTheirCoverage(t *testing.T) {
	lib := goodLibrary(t, "")
	seen := cover.New()
	report, err := policy.Test(context.Background(), lib, seen)
	if err != nil {
		t.Fatal(err)
	}
	if report.Pass != 3 || !report.OK() || report.Tests[0].File != "policies/lib/instant_test.rego" {
		t.Errorf("expected three passes, the first of lib/instant_test.rego, found %+v", report)
	}
	coverage := lib.Coverage(seen)
	byFile := map[string]policy.FileCoverage{}
	for _, f := range coverage.Files {
		byFile[f.File] = f
	}
	for _, file := range []string{"policies/lib/instant.rego", "policies/thresholds/keys.rego"} {
		if byFile[file].Uncovered != 0 || byFile[file].Covered == 0 {
			t.Errorf("%s: expected every line covered, found %+v", file, byFile[file])
		}
	}
	// The heads of four rules and two expressions: METADATA, imports and `some` are no lines.
	if check := byFile["policies/checks/key-age/key-age.rego"]; check.Covered != 0 || check.Uncovered != 6 {
		t.Errorf("expected the 6 lines of the check uncovered, found %+v", check)
	}
	if p := coverage.Percent(); p <= 0 || p >= 100 || len(coverage.Missing()) == 0 || coverage.Missing()[0] != "policies/checks/key-age/key-age.rego:17" {
		t.Errorf("expected a percentage below 100 and the place of the first line, found %v and %v", p, coverage.Missing())
	}
	if len(byFile) != 3 {
		t.Errorf("expected no coverage of test files, found %v", byFile)
	}
}

func TestPercentIsNeverRoundedUp(t *testing.T) {
	if p := (&policy.CoverageReport{Covered: 99999, Uncovered: 1}).Percent(); p != 99.9 {
		t.Errorf("expected 99.9, found %v", p)
	}
	if p := (&policy.CoverageReport{Covered: 5}).Percent(); p != 100 {
		t.Errorf("expected 100, found %v", p)
	}
}

func TestLibraryTestsThatDoNotCompileNameTheLine(t *testing.T) {
	for name, c := range map[string]struct{ rego, want string }{
		"parse":   {"package x_test\n\ntest_a if {\n", "policies/lib/x_test.rego:3"},
		"compile": {"package x_test\n\ntest_a if data.kt.lib.instant.days(1, 2, 3)\n", "policies/lib/x_test.rego:3"},
		"network": {"package x_test\n\ntest_a if http.send({})\n", "http.send"},
	} {
		_, err := policy.Test(context.Background(), goodLibrary(t, "-- policies/lib/x_test.rego --\n"+c.rego), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: expected an error with %q, found %v", name, c.want, err)
		}
	}
}

func TestLibraryTestsSeeTheMappings(t *testing.T) {
	lib := goodLibrary(t, "-- policies/lib/m_test.rego --\npackage m_test\n\ntest_mapped if data.kt.mappings.own.controls[0].checks[0].id == \"key-age\"\n\ntest_wrong if data.kt.mappings.other\n")
	report, err := policy.Test(context.Background(), lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Pass != 4 || report.Fail != 1 || report.OK() {
		t.Errorf("expected 4 passes and a failure, found %+v", report)
	}
}
