package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kt": main})
}

// TestScripts runs each script of testdata/scripts: the command line as its users see it.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(root, "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config")) // of the keys that sign logs
			e.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			e.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				e.Setenv("GIT_"+who+"_NAME", "Ada Example")
				e.Setenv("GIT_"+who+"_EMAIL", "ada@example.com")
			}
			e.Setenv("HOUSE", filepath.Join(root, "testdata", "house"))
			return nil
		},
		Condition: func(condition string) (bool, error) {
			if condition == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonHas, "same-posture": samePosture, "repeat": repeat, "no-files": noFiles, "readme": readme,
			"same-judgement": sameJudgement, "pages": pages, "flip": flip, "replace": replace, "writer": writer, "numbered": numbered,
		},
	})
}

// exits N COMMAND…: the command ends with exactly this code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// json FILE PATH VALUE: a value of a JSON document (path as in gjson), as text; FILE may be stdout. With !, it differs; without VALUE, it
// is there.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH [VALUE]")
	}
	text := ts.ReadFile(args[0])
	if !gjson.Valid(text) {
		ts.Fatalf("%s is no JSON:\n%s", args[0], text)
	}
	got := gjson.Get(text, args[1])
	same := got.Exists()
	if len(args) == 3 {
		same = same && got.String() == args[2]
	}
	if same == neg {
		ts.Fatalf("%s: %s is %q", args[0], args[1], got.String())
	}
}

var evaluatedAt = regexp.MustCompile(`(?m)^  "evaluated_at": "[^"]*",$`)

// same-posture A B: two postures are the same bytes but for evaluated_at.
func samePosture(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] same-posture A B")
	}
	var texts [2]string
	for i, name := range args {
		text := ts.ReadFile(name)
		if n := len(evaluatedAt.FindAllString(text, -1)); n != 1 {
			ts.Fatalf("%s: evaluated_at found %d times", name, n)
		}
		texts[i] = evaluatedAt.ReplaceAllString(text, "")
	}
	if (texts[0] == texts[1]) == neg {
		ts.Fatalf("%s and %s: the same is %t", args[0], args[1], texts[0] == texts[1])
	}
}

// repeat FILE BEFORE TEXT N AFTER: a file of BEFORE, N times TEXT, and AFTER.
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: repeat FILE BEFORE TEXT N AFTER")
	}
	n, err := strconv.Atoi(args[3])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+strings.Repeat(args[2], n)+args[4]+"\n"), 0o600))
}

// no-files PATTERN: nothing in the working directory matches, hidden files included.
func noFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: no-files PATTERN")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) > 0 {
		ts.Fatalf("found %v", found)
	}
}

// readme LANGUAGE N FILE: the Nth block of a language (from 1) in the README, as a file. So the README's examples are held to work.
func readme(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: readme LANGUAGE N FILE")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := os.ReadFile(filepath.Join(ts.Getenv("HOUSE"), "..", "..", "README.md"))
	ts.Check(err)
	blocks := strings.Split(string(text), "\n```"+args[0]+"\n")
	if n >= len(blocks) {
		ts.Fatalf("the README has %d blocks of %s", len(blocks)-1, args[0])
	}
	block, _, _ := strings.Cut(blocks[n], "\n```")
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(block+"\n"), 0o600))
}
