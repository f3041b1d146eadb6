package policy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/keeptrusts/kt/engine/policy"
)

// repository makes a policy repository on the spot: each step writes files and commits them at an instant.
type repository struct {
	t    *testing.T
	dir  string
	repo *git.Repository
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	dir := t.TempDir()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return &repository{t, dir, repo}
}

func (r *repository) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) commit(at string) plumbing.Hash {
	r.t.Helper()
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		r.t.Fatal(err)
	}
	tree, err := r.repo.Worktree()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := tree.AddGlob("."); err != nil {
		r.t.Fatal(err)
	}
	who := &object.Signature{Name: "a", Email: "a@example.com", When: when}
	hash, err := tree.Commit("c", &git.CommitOptions{Author: who, Committer: who})
	if err != nil {
		r.t.Fatal(err)
	}
	return hash
}

func (r *repository) load() *policy.Library {
	r.t.Helper()
	src, err := policy.Directories(r.dir, "")
	if err != nil {
		r.t.Fatal(err)
	}
	lib, err := policy.Load(context.Background(), src)
	if err != nil {
		r.t.Fatal(err)
	}
	return lib
}

const ownMapping = "framework: own\ntitle: Own\nedition: \"1\"\nversion: 1.0.0\ncontrols:\n  - id: O1\n    title: T\n    checks:\n      - {id: a, covers: full, why: y}\n"

func TestTheLibraryKnowsItsCommitAndWhetherItDiffers(t *testing.T) {
	r := newRepository(t)
	r.write("policies/checks/a/a.rego", metadata("a", "snapshot")+goodRules)
	r.write("mappings/own.yaml", ownMapping)
	hash := r.commit("2026-01-01T00:00:00Z")
	lib := r.load()
	if lib.Commit != hash.String() || lib.Dirty {
		t.Errorf("expected %s and clean, found %s, dirty %v", hash, lib.Commit, lib.Dirty)
	}
	r.write("README.md", "not of the library")
	if lib = r.load(); lib.Dirty {
		t.Error("a file outside the library made it dirty")
	}
	r.write("policies/lib/x.rego", "package kt.lib.x\n")
	if lib = r.load(); !lib.Dirty {
		t.Error("a file that is not committed did not make it dirty")
	}
	r.commit("2026-01-02T00:00:00Z")
	if err := os.Remove(filepath.Join(r.dir, "policies/lib/x.rego")); err != nil {
		t.Fatal(err)
	}
	if lib = r.load(); !lib.Dirty {
		t.Error("a removed file did not make it dirty")
	}
}

func TestALibraryCanBeReadAsItWas(t *testing.T) {
	r := newRepository(t)
	r.write("policies/checks/a/a.rego", metadata("a", "snapshot")+goodRules)
	r.write("mappings/own.yaml", ownMapping)
	first := r.commit("2026-01-01T00:00:00Z")
	r.write("policies/checks/a/a.rego", strings.Replace(metadata("a", "snapshot")+goodRules, "title: A check", "title: Another", 1))
	second := r.commit("2026-02-01T00:00:00Z")
	if _, err := r.repo.CreateTag("v1", first, nil); err != nil {
		t.Fatal(err)
	}
	src, err := policy.Directories(filepath.Join(r.dir, "policies"), "")
	if err != nil {
		t.Fatal(err)
	}
	for rev, want := range map[string]plumbing.Hash{
		first.String(): first, first.String()[:8]: first, "v1": first, "HEAD": second, "HEAD~1": first,
		"2026-01-15": first, "2026-02-01T00:00:00Z": second, "2026-01-31T23:59:59Z": first,
	} {
		past, err := src.At(rev)
		if err != nil {
			t.Errorf("%s: %v", rev, err)
			continue
		}
		lib, err := policy.Load(context.Background(), past)
		if err != nil {
			t.Errorf("%s: %v", rev, err)
			continue
		}
		title := "A check"
		if want == second {
			title = "Another"
		}
		if lib.Commit != want.String() || lib.Dirty || lib.Checks[0].Title != title {
			t.Errorf("%s: expected %s with %q, found %s with %q, dirty %v", rev, want, title, lib.Commit, lib.Checks[0].Title, lib.Dirty)
		}
	}
	for _, rev := range []string{"2025-12-31", "no-such", ""} {
		if _, err := src.At(rev); err == nil || !strings.Contains(err.Error(), "policy revision") {
			t.Errorf("%q: expected an error about the revision, found %v", rev, err)
		}
	}
}

func TestNoLinkLeadsOutOfALibrary(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "x.rego"), []byte("package kt.lib.x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(outside, "x.rego"), filepath.Join(dir, "x.rego")); err != nil {
		t.Skip("the system makes no links:", err)
	}
	src, err := policy.Directories(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := policy.Load(context.Background(), src); err == nil {
		t.Error("a link out of the folder was followed")
	}
}

func TestWaiversKnowWhenTheyWereCommitted(t *testing.T) {
	r := newRepository(t)
	r.write("policies/checks/a/a.rego", metadata("a", "snapshot")+goodRules)
	r.write("mappings/own.yaml", ownMapping)
	r.commit("2026-01-01T00:00:00Z")
	r.write("mappings/waivers.yaml", `- id: w-1
  check: a
  subjects: [tok_1]
  reason: r
  requested_by: x
  approved_by: y
  approved_at: 2026-01-01T00:00:00Z
  from: 2026-01-01T00:00:00Z
  until: 2026-02-01T00:00:00Z
`)
	r.commit("2026-01-20T00:00:00Z")
	lib := r.load()
	if at := lib.WaiverCommits()["w-1"]; !at.Equal(time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("expected the second commit's time, found %v", at)
	}
}
