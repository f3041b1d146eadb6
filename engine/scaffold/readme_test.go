package scaffold_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/project"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// open finds a repository's kt.yaml and loads the library that it names, as the commands do.
func open(t *testing.T, dir string) (*project.Settings, *policy.Library) {
	t.Helper()
	settings, err := project.Open(dir, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if settings.File == "" {
		t.Fatal("no kt.yaml was found")
	}
	source, err := policy.Directories(settings.Policies, settings.Mappings)
	if err != nil {
		t.Fatal(err)
	}
	if source, err = source.WithWaivers(settings.Waivers); err != nil {
		t.Fatal(err)
	}
	library, err := policy.Load(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	return settings, library
}

// judged is the posture of what a repository's kt.yaml names.
func judged(t *testing.T, dir string) *posture.Posture {
	t.Helper()
	settings, library := open(t, dir)
	file, err := os.Open(settings.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	snap, err := snapshot.Load(settings.Snapshot, file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := assess.Run(context.Background(), assess.Request{Library: library, Frameworks: settings.Frameworks, Snapshot: snap,
		Log: &assess.Log{Paths: settings.AuditLog}, Now: time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestANewRepositoryPassesAtOnce(t *testing.T) {
	dir := written(t)
	p := judged(t, dir)
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
		for _, c := range p.Checks {
			if c.Status != "pass" && c.Status != "not_occurring" {
				t.Errorf("%s is %s: %s", c.ID, c.Status, strings.Join(c.Reasons, "; "))
			}
		}
	}
	if len(p.Frameworks) != 2 {
		t.Errorf("expected two frameworks, found %v", p.Frameworks)
	}
}

func TestTheCasesOfANewRepositoryPass(t *testing.T) {
	_, library := open(t, written(t))
	report, err := cases.Run(context.Background(), library, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures() {
		t.Error(f)
	}
	rego, err := policy.Test(context.Background(), library, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !rego.OK() || rego.Pass == 0 {
		t.Errorf("Rego's own tests: %+v", rego)
	}
}

// step is a numbered step of the README that names a file and shows what to write into it.
var step = regexp.MustCompile("(?ms)^\\d\\. .*?`((?:policies|mappings)/[a-z0-9./-]+)`.*?^   ```[a-z]+\n(.*?)^   ```$")

// taught are the files of the README's example, without its indentation.
func taught(t *testing.T, dir string) map[string]string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(readme), "## Add a check\n")
	if !found {
		t.Fatal("the README does not tell how to add a check")
	}
	out := map[string]string{}
	for _, m := range step.FindAllStringSubmatch(example, -1) {
		var lines []string
		for _, line := range strings.Split(strings.TrimSuffix(m[2], "\n"), "\n") {
			lines = append(lines, strings.TrimPrefix(line, "   "))
		}
		out[m[1]] = strings.Join(lines, "\n") + "\n"
	}
	return out
}

func find(p *posture.Posture, framework, control string) posture.Control {
	for _, c := range p.Controls {
		if c.Framework == framework && c.ID == control {
			return c
		}
	}
	return posture.Control{}
}

func TestACheckAddedByFollowingTheReadmeChangesThePosture(t *testing.T) {
	dir := written(t)
	before := judged(t, dir)
	example := taught(t, dir)
	const limit, mapped = "policies/thresholds/reach.rego", "mappings/soc2.yaml"
	for _, name := range []string{limit, "policies/checks/key-reach/key-reach.rego", "policies/checks/key-reach/cases.yaml"} {
		if example[name] == "" {
			t.Fatalf("the README shows no %s, but %d files", name, len(example))
		}
		put(t, dir, name, example[name])
	}
	mapping, err := os.ReadFile(filepath.Join(dir, mapped))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(mapping), "- id: CC6.1\n")
	control, rest, found := strings.Cut(rest, "checks:\n")
	if !found || strings.Contains(control, "- id:") || strings.Count(example[mapped], "\n") != 1 {
		t.Fatalf("the README's line %q has no place in the mapping", example[mapped])
	}
	put(t, dir, mapped, head+"- id: CC6.1\n"+control+"checks:\n"+example[mapped]+rest)

	_, library := open(t, dir)
	report, err := cases.Run(context.Background(), library, cases.Options{Checks: []string{"key-reach"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures() {
		t.Error(f)
	}
	after := judged(t, dir)
	if after.Summary.Checks["pass"] != before.Summary.Checks["pass"]+1 || after.ExitCode() != 0 || after.Policy.Digest == before.Policy.Digest {
		t.Errorf("the check does not pass beside the others: %v, before %v", after.Summary.Checks, before.Summary.Checks)
	}
	if c := find(after, "soc2", "CC6.1"); c.Status != "pass" || !strings.Contains(strings.Join(c.Checks, " "), "key-reach") {
		t.Errorf("CC6.1 is %s with the checks %v", c.Status, c.Checks)
	}

	put(t, dir, limit, strings.Replace(example[limit], `"gateways": 2`, `"gateways": 1`, 1))
	after = judged(t, dir)
	if c := find(after, "soc2", "CC6.1"); c.Status != "fail" || after.ExitCode() != 1 || after.Summary.Checks["fail"] != 1 {
		t.Errorf("with a limit of 1, CC6.1 is %s, exit code %d, checks %v", c.Status, after.ExitCode(), after.Summary.Checks)
	}
}
