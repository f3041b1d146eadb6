package scaffold_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/scaffold"
)

// written is a new repository.
func written(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "policies of ours")
	if err := scaffold.Write(context.Background(), dir, scaffold.Options{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tree is every file below a folder with its content; folders end in a slash.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			out[filepath.ToSlash(name)+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name, content := range want {
		if have, ok := got[name]; !ok || have != content {
			t.Errorf("%s: %s changed or is gone", what, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s is new", what, name)
		}
	}
}

func TestARepositoryHoldsWhatItNeeds(t *testing.T) {
	files := tree(t, written(t))
	for _, name := range []string{"kt.yaml", "README.md", ".github/workflows/compliance.yml", "mappings/soc2.yaml", "mappings/iso27001.yaml", "mappings/waivers.yaml",
		"fixtures/snapshot.json", "fixtures/events.ndjson", "policies/checks/key-age/key-age.rego", "policies/checks/key-age/cases.yaml", "policies/controls/controls.rego",
		"policies/lib/clock/clock_test.rego", "policies/thresholds/keys.rego"} {
		if files[name] == "" {
			t.Errorf("%s is missing or empty", name)
		}
	}
	for _, command := range []string{"go install github.com/keeptrusts/kt/cmd/kt@latest", "kt policy lint", "kt policy test", "kt compliance check"} {
		if !strings.Contains(files[".github/workflows/compliance.yml"], "- run: "+command) {
			t.Errorf("the workflow does not run %s", command)
		}
	}
	for name := range files {
		if strings.Contains(name, ".kt-init") || strings.HasSuffix(name, ".go") {
			t.Errorf("%s has no business there", name)
		}
	}
}

func TestWhatWasMadeTwiceIsTheSame(t *testing.T) {
	same(t, "the second one", tree(t, written(t)), tree(t, written(t)))
}

func TestAnEmptyFolderIsFilledAndAGitFolderIsKept(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, ".git/HEAD", "ref: refs/heads/main\n")
	if err := scaffold.Write(context.Background(), dir, scaffold.Options{}); err != nil {
		t.Fatal(err)
	}
	want := tree(t, written(t))
	want[".git/"], want[".git/HEAD"] = "", "ref: refs/heads/main\n"
	same(t, "the folder", tree(t, dir), want)
}

func TestAFolderWithFilesIsRefusedAndNothingInItTouched(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "notes.txt", "mine")
	put(t, dir, "kt.yaml", "mine too")
	put(t, dir, "policies/checks/key-age/key-age.rego", "mine as well")
	before := tree(t, dir)
	err := scaffold.Write(context.Background(), dir, scaffold.Options{})
	var refusal *scaffold.NotEmptyError
	if !errors.As(err, &refusal) {
		t.Fatalf("expected a refusal, found %v", err)
	}
	if want := []string{"kt.yaml", "policies/checks/key-age/key-age.rego"}; !slices.Equal(refusal.Replace, want) {
		t.Errorf("it would replace %v, and says %v", want, refusal.Replace)
	}
	for _, word := range []string{dir, "--force", "kt.yaml", "notes.txt"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the message does not say %s: %v", word, err)
		}
	}
	same(t, "the refused folder", tree(t, dir), before)
}

func TestForceReplacesOnlyFilesOfTheRepository(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "notes.txt", "mine")
	put(t, dir, "kt.yaml", "old")
	put(t, dir, "policies/checks/ours/ours.rego", "mine")
	if err := scaffold.Write(context.Background(), dir, scaffold.Options{Force: true}); err != nil {
		t.Fatal(err)
	}
	want := tree(t, written(t))
	want["notes.txt"], want["policies/checks/ours/"], want["policies/checks/ours/ours.rego"] = "mine", "", "mine"
	same(t, "the folder", tree(t, dir), want)
}

func TestWhatGoesWrongIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kt.yaml", "old")
	put(t, dir, "README.md", "old")
	put(t, dir, "policies/thresholds/keys.rego/file", "a folder where a file must go")
	before := tree(t, dir)
	err := scaffold.Write(context.Background(), dir, scaffold.Options{Force: true})
	if err == nil || !strings.Contains(err.Error(), "policies/thresholds/keys.rego: expected a file, found a folder") {
		t.Fatalf("expected a refusal of the folder, found %v", err)
	}
	same(t, "after the failure", tree(t, dir), before)
}

func TestAnInterruptionLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	parent := t.TempDir()
	for _, dir := range []string{filepath.Join(parent, "new"), parent} {
		if err := scaffold.Write(ctx, dir, scaffold.Options{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("expected the interruption, found %v", err)
		}
		same(t, dir, tree(t, parent), map[string]string{"./": ""})
	}
}

func TestLinksDoNotLeadOutOfTheFolder(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(dir, "policies")); err != nil {
		t.Skip("no links here:", err)
	}
	if err := scaffold.Write(context.Background(), dir, scaffold.Options{Force: true}); err == nil {
		t.Error("expected a refusal")
	}
	same(t, "the linked folder", tree(t, elsewhere), map[string]string{"./": ""})
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("expected the link alone, found %v %v", entries, err)
	}
}

func TestAFileIsNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := scaffold.Write(context.Background(), path, scaffold.Options{}); err == nil || !strings.Contains(err.Error(), "expected a folder, found a file") {
		t.Errorf("found %v", err)
	}
}
