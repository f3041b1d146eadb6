package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/auditlog/ledger"
)

// same-judgement A B: two postures are the same but for the time of evaluation and what says whence the input came: name, sum, checkpoint.
func sameJudgement(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] same-judgement A B")
	}
	var texts [2][]byte
	for i, name := range args {
		var posture map[string]any
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(name)), &posture))
		delete(posture, "evaluated_at")
		inputs, ok := posture["inputs"].([]any)
		if !ok || len(inputs) == 0 {
			ts.Fatalf("%s: no inputs", name)
		}
		for _, one := range inputs {
			input, _ := one.(map[string]any)
			for _, key := range []string{"name", "sha256", "checkpoint"} {
				delete(input, key)
			}
		}
		var err error
		texts[i], err = json.MarshalIndent(posture, "", " ")
		ts.Check(err)
	}
	if same := bytes.Equal(texts[0], texts[1]); same == neg {
		ts.Fatalf("the same is %t\n%s", same, firstDifference(texts[0], texts[1]))
	}
}

// firstDifference is the first line that differs.
func firstDifference(a, b []byte) string {
	left, right := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(left), len(right)) {
		if left[i] != right[i] {
			return fmt.Sprintf("line %d: %s\nother:  %s", i+1, left[i], right[i])
		}
	}
	return ""
}

var cursorSaid = regexp.MustCompile(`go on with --cursor (\S+)`)

// pages FILE COMMAND…: runs a query again with the cursor that it ends with, until it ends without; FILE gets all that it wrote.
func pages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pages FILE COMMAND [ARG…]")
	}
	var all strings.Builder
	for cursor := []string{}; cursor != nil; {
		ts.Check(ts.Exec(args[1], append(args[2:], cursor...)...))
		all.WriteString(ts.ReadFile("stdout"))
		if cursor = nil; cursorSaid.MatchString(ts.ReadFile("stderr")) {
			cursor = []string{"--cursor", cursorSaid.FindStringSubmatch(ts.ReadFile("stderr"))[1]}
		}
		if all.Len() > 64<<20 {
			ts.Fatalf("there is no end")
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(all.String()), 0o600))
}

// replace FILE OLD NEW TO: a copy of a file in which a text that is there once is another.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: replace FILE OLD NEW TO")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%s: %q is there %d times", args[0], args[1], n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// flip FILE: the lowest bit of a file's middle byte becomes the other.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: flip FILE")
	}
	data := []byte(ts.ReadFile(args[0]))
	data[len(data)/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// writer DIR: from now on until the end of the script another process, that of the test, has the store open to write.
func writer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: writer DIR")
	}
	keys := ledger.Keys{Dir: filepath.Join(ts.Getenv("XDG_CONFIG_HOME"), "kt", "keys")}
	w, err := auditlog.OpenWriter(context.Background(), ts.MkAbs(args[0]), auditlog.Options{Keys: keys, Command: "somebody else"})
	ts.Check(err)
	ts.Defer(func() { ts.Check(w.Close()) })
}

// numbered FILE N TEXT: N lines of TEXT, in each of which %d is the line's number from 0.
func numbered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: numbered FILE N TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.ReplaceAll(args[2], "%d", strconv.Itoa(i)) + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}
