package project

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/document"
)

func write(t *testing.T, path, data string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// real is a new folder by its path without links.
func real(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestTheNearestFileUpToTheRepositorysRootIsFound(t *testing.T) {
	root := real(t)
	write(t, filepath.Join(root, "outside", FileName), "{}")
	mkdir(t, filepath.Join(root, "outside", "repo", ".git"))
	mkdir(t, filepath.Join(root, "outside", "repo", "a", "b"))
	mkdir(t, filepath.Join(root, "outside", "plain"))
	write(t, filepath.Join(root, "outside", "worktree", ".git"), "gitdir: elsewhere")
	mkdir(t, filepath.Join(root, "outside", "worktree", "sub"))
	find := func(dir, want string) {
		t.Helper()
		if want != "" {
			want = filepath.Join(root, "outside", filepath.FromSlash(want))
		}
		if got, err := Find(filepath.Join(root, "outside", filepath.FromSlash(dir))); err != nil || got != want {
			t.Errorf("%s: got %q %v, want %q", dir, got, err, want)
		}
	}
	find("repo/a/b", "")
	find("plain", "")
	find("", FileName)
	write(t, filepath.Join(root, "outside", "repo", FileName), "{}")
	find("repo/a/b", "repo/"+FileName)
	find("repo", "repo/"+FileName)
	write(t, filepath.Join(root, "outside", "repo", "a", FileName), "{}")
	find("repo/a/b", "repo/a/"+FileName)
	find("worktree/sub", "")
	write(t, filepath.Join(root, "outside", "worktree", FileName), "{}")
	find("worktree/sub", "worktree/"+FileName)
}

func TestFromTheWorkingDirectoryPathsAreRelative(t *testing.T) {
	root := real(t)
	mkdir(t, filepath.Join(root, ".git"))
	mkdir(t, filepath.Join(root, "a", "b"))
	write(t, filepath.Join(root, FileName), "snapshot: in/s.json\naudit_log: [in/e.ndjson, /var/log/kt]\npolicies: policies\nmappings: ./mappings\nwaivers: w.yaml\nframeworks: [soc2]\ndata_dir: .kt\n")
	t.Chdir(filepath.Join(root, "a", "b"))
	got, err := Open(".", environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	up := func(path string) string { return filepath.Join("..", "..", filepath.FromSlash(path)) }
	want := &Settings{File: up(FileName), Snapshot: up("in/s.json"), AuditLog: []string{up("in/e.ndjson"), "/var/log/kt"}, Policies: up("policies"),
		Mappings: up("mappings"), Waivers: up("w.yaml"), Frameworks: []string{"soc2"}, DataDir: up(".kt")}
	if filepath.IsAbs("/var/log/kt") && !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestWithoutAFileNothingIsNamed(t *testing.T) {
	got, err := Open(real(t), environment(nil))
	if err != nil || !reflect.DeepEqual(got, &Settings{}) {
		t.Errorf("got %+v %v", got, err)
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	dir := real(t)
	write(t, filepath.Join(dir, FileName), "snapshot: s.json\naudit_log: e.ndjson\nframeworks: [soc2]\npolicies: p\n")
	list := strings.Join([]string{"x.ndjson", "", "y"}, string(os.PathListSeparator))
	got, err := Open(dir, environment(map[string]string{"KT_SNAPSHOT": "env.json", "KT_AUDIT_LOG": list, "KT_FRAMEWORKS": "iso27001, soc2,", "KT_POLICIES": "", "KT_DATA_DIR": "d"}))
	if err != nil {
		t.Fatal(err)
	}
	want := &Settings{File: filepath.Join(dir, FileName), Snapshot: "env.json", AuditLog: []string{"x.ndjson", "y"}, Frameworks: []string{"iso27001", "soc2"},
		Policies: filepath.Join(dir, "p"), DataDir: "d"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	flags := Settings{Snapshot: "flag.json", Frameworks: []string{"soc2"}}.Over(*got)
	if flags.Snapshot != "flag.json" || !reflect.DeepEqual(flags.Frameworks, []string{"soc2"}) || flags.DataDir != "d" || len(flags.AuditLog) != 2 {
		t.Errorf("got %+v", flags)
	}
}

func TestWhatNoSettingsAreIsRefused(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an unknown key", "snapshot: s\npolicy: p\n", ":2:1: expected no other keys than audit_log, data_dir, frameworks, mappings, policies, snapshot, waivers, found the unknown key \"policy\""},
		{"a list for a path", "snapshot: [s]\n", ":1:11: /snapshot: expected a text, found a list of 1"},
		{"an empty path", "policies: ''\n", `:1:11: /policies: expected a text of at least 1 character, found ""`},
		{"a text for a list", "frameworks: soc2\n", `:1:13: /frameworks: expected a list, found "soc2"`},
		{"standard input", "audit_log: ['-']\n", `:1:12: /audit_log: expected the path of a file or folder, found "-"; name standard input on the command line: --audit-log -`},
		{"no settings at all", "- 1\n", ":1:1: expected an object, found a list of 1"},
		{"a key twice", "snapshot: a\nsnapshot: b\n", ":2:1: expected each key once"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), FileName), c.in)
			_, err := Load(path)
			var problems document.Problems
			if err == nil || !strings.HasPrefix(err.Error(), path+c.want) || !errors.As(err, &problems) {
				t.Errorf("got  %v\nwant %s", err, path+c.want)
			}
		})
	}
}

func TestAFolderUnderItsNameIsRefused(t *testing.T) {
	dir := real(t)
	mkdir(t, filepath.Join(dir, FileName))
	if _, err := Open(dir, environment(nil)); err == nil || !strings.Contains(err.Error(), "expected a file, found d") {
		t.Error(err)
	}
}
