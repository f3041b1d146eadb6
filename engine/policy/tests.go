package policy

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/runtime/info"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
)

// What a Rego test came to, in OPA's words.
const (
	TestPass  = "pass"
	TestFail  = "fail"
	TestError = "error"
	TestSkip  = "skip" // its name begins with todo_
)

// testLimit is how long one test may take, as `opa test` has it.
const testLimit = 5 * time.Second

// TestResult is one Rego test.
type TestResult struct {
	Name    string `json:"name"` // with its package: data.kt.lib.clock_test.test_a_day_has_24_hours
	File    string `json:"file"` // as the user knows it
	Line    int    `json:"line"`
	Status  string `json:"status"`
	Message string `json:"message,omitempty"` // of an error
	Output  string `json:"output,omitempty"`  // what it printed
	// Failed names the failing sub-tests of a test over several cases.
	Failed []string `json:"failed,omitempty"`
}

// String is file:line: name: status, with what is known beside.
func (r TestResult) String() string {
	out := fmt.Sprintf("%s:%d: %s: %s", r.File, r.Line, r.Name, r.Status)
	if len(r.Failed) > 0 {
		out += " in " + strings.Join(r.Failed, ", ")
	}
	if r.Message != "" {
		out += ": " + r.Message
	}
	return out
}

// TestReport is what became of Rego tests, sorted by place.
type TestReport struct {
	Tests []TestResult `json:"tests"`
	Pass  int          `json:"pass"`
	Fail  int          `json:"fail"`
	Error int          `json:"error"`
	Skip  int          `json:"skip"`
}

// OK says that no test failed. One that is skipped did not.
func (r *TestReport) OK() bool { return r.Fail+r.Error == 0 }

// Test runs the library's own Rego tests, *_test.rego, under the bounds that hold for its policies, but that a test may print. What the
// tests evaluate is counted into cov; nil: it is not.
func Test(ctx context.Context, lib *Library, cov *cover.Cover) (*TestReport, error) {
	one := *lib
	files, err := lib.testFiles()
	if err != nil {
		return nil, err
	}
	one.Files = append(slices.Clone(lib.Files), files...)
	modules := maps.Clone(lib.Modules)
	var failures []error
	for _, f := range files {
		if modules[f.Path], err = parseModule(f); err != nil {
			failures = append(failures, err)
		}
	}
	if len(failures) > 0 {
		return nil, one.regoError(failures...)
	}
	schemas, err := schemaSet()
	if err != nil {
		return nil, err
	}
	compiler := newCompiler().WithSchemas(schemas).WithUseTypeCheckAnnotations(true).WithEnablePrintStatements(true)
	runner := tester.NewRunner().SetCompiler(compiler).SetStore(lib.Store).SetModules(modules).SetTimeout(testLimit)
	if cov != nil {
		runner = runner.SetCoverageQueryTracer(cov)
	}
	var report *TestReport
	err = storage.Txn(ctx, lib.Store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		report, err = collect(ctx, runner, txn)
		return err
	})
	if err != nil {
		return nil, one.regoError(err)
	}
	for i := range report.Tests {
		report.Tests[i].File = lib.Source.Shown(report.Tests[i].File)
	}
	return report, nil
}

func (l *Library) testFiles() ([]File, error) {
	var out []File
	for _, part := range []struct {
		name string
		fsys fs.FS
	}{{"policies/", l.Source.Policies}, {"mappings/", l.Source.Mappings}} {
		files, err := readFolder(part.fsys, part.name, func(path string) bool { return strings.HasSuffix(path, "_test.rego") })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Source.Shown(strings.TrimSuffix(part.name, "/")), err)
		}
		out = append(out, files...)
	}
	return out, nil
}

// TestFolder runs the Rego tests of any folder as `opa test DIR` does: the same files, the same data, the same verdicts, with all of OPA's
// builtins - but without a network: http.send, net.lookup_ip_addr and schemas from elsewhere are refused as they would be where no host
// answers.
func TestFolder(ctx context.Context, dir string) (*TestReport, error) {
	modules, store, err := tester.LoadWithParserOptions([]string{dir}, nil, ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true})
	if err != nil {
		return nil, err
	}
	environment, err := info.New()
	if err != nil {
		return nil, err
	}
	var report *TestReport
	err = storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		compiler := ast.NewCompiler().WithPathConflictsCheck(storage.NonEmpty(ctx, store, txn)).WithCapabilities(capabilities()).
			WithEnablePrintStatements(true).WithUseTypeCheckAnnotations(true)
		runner := tester.NewRunner().SetCompiler(compiler).SetStore(store).SetModules(modules).SetRuntime(environment).SetTimeout(testLimit).
			AddCustomBuiltins([]*tester.Builtin{{Func: withoutNetwork}})
		report, err = collect(ctx, runner, txn)
		return err
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// withoutNetwork gives the evaluation of a test the capabilities that its compiler has: OPA holds hosts against them only there.
func withoutNetwork(r *rego.Rego) { rego.Capabilities(capabilities())(r) }

// collect runs the tests and sorts what they came to.
func collect(ctx context.Context, runner *tester.Runner, txn storage.Transaction) (*TestReport, error) {
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		return nil, err
	}
	report := &TestReport{Tests: []TestResult{}}
	for r := range results {
		one := TestResult{Name: r.Package + "." + r.Name, File: r.Location.File, Line: r.Location.Row, Output: string(r.Output)}
		switch {
		case r.Pass():
			one.Status = TestPass
			report.Pass++
		case r.Skip:
			one.Status = TestSkip
			report.Skip++
		case r.Error != nil:
			one.Status, one.Message = TestError, r.Error.Error()
			report.Error++
		default:
			one.Status = TestFail
			report.Fail++
		}
		for name, sub := range r.SubResults.Iter {
			if sub.Fail && len(sub.SubResults) == 0 {
				one.Failed = append(one.Failed, strings.Join(name, "/"))
			}
		}
		report.Tests = append(report.Tests, one)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(report.Tests, func(a, b TestResult) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Name, b.Name))
	})
	return report, nil
}
