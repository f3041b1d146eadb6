package event

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFormatsGiveTheSameEvents(t *testing.T) {
	one := with("id", `"a"`, "source", `"gw"`, "sequence", "1", "details", `{"after":{"mode":"enforce","note":"a \"b\", [c]\n{"}}`)
	two := with("id", `"b"`, "actor", `{"id":"svc","type":"service"}`, "ip_address", `"10.0.0.1"`)
	csv := "\xef\xbb\xbfid,timestamp,actor,action,resource,outcome,source,sequence,ip_address,details,note\r\n" +
		"a,2026-06-01T09:30:00Z,user/usr_1,policy.update,policy/pol_1,success,gw,1,,\"{\"\"after\"\":{\"\"mode\"\":\"\"enforce\"\",\"\"note\"\":\"\"a \\\"\"b\\\"\", [c]\\n{\"\"}}\",\r\n" +
		"\r\n" +
		"b,2026-06-01T09:30:00Z,service/svc,policy.update,policy/pol_1,success,,,10.0.0.1,,\r\n"
	_, want := readEvents(t, Options{}, one+"\n"+two+"\n")
	for name, content := range map[string]string{
		"ndjson":                        one + "\n" + two + "\n",
		"ndjson without a last newline": one + "\n" + two,
		"ndjson with blank lines":       "\n \n" + one + "\r\n\n\t" + two + "\n\n",
		"ndjson with a byte order mark": "\xef\xbb\xbf" + one + "\n" + two,
		"array":                         "[" + one + "," + two + "]",
		"array over lines":              " \n[\n  " + one + " ,\n  " + two + "\n]\n",
		"array, indented":               indented(t, "["+one+","+two+"]"),
		"csv":                           csv,
		"csv with other line ends":      strings.ReplaceAll(csv, "\r\n", "\n"),
	} {
		for kind, packed := range map[string]string{"plain": content, "gzip": zipped(t, content), "zstd": zstandard(t, content), "two gzip members": zipped(t, content[:20]) + zipped(t, content[20:])} {
			l, got := readEvents(t, Options{}, packed)
			if len(got) != 2 || string(got[0].Canonical) != string(want[0].Canonical) || string(got[1].Canonical) != string(want[1].Canonical) {
				t.Errorf("%s, %s: %d events", name, kind, len(got))
				continue
			}
			sum := sha256.Sum256([]byte(content))
			if f := l.Facts(); f.SHA256 != hex.EncodeToString(sum[:]) || f.Records != 2 || f.Refused != 0 {
				t.Errorf("%s, %s: %+v", name, kind, f)
			}
			if got[0].Position != 1 || got[1].Position != 2 {
				t.Errorf("%s, %s: positions %d, %d", name, kind, got[0].Position, got[1].Position)
			}
		}
	}
}

func indented(t testing.TB, s string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(s), "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEmptyLogs(t *testing.T) {
	for _, content := range []string{"", "\n", " \r\n\n", "[]", " [ ] \n", "\xef\xbb\xbf", zipped(t, ""), "timestamp,actor,action,resource,outcome\n", "timestamp,actor,action,resource,outcome"} {
		l, events := readEvents(t, Options{}, content)
		if len(events) != 0 || l.Facts().Records != 0 || l.Statistics().Events != 0 || len(l.Statistics().Sources) != 0 {
			t.Errorf("%q: %d events, %+v", content, len(events), l.Facts())
		}
	}
	l := open(t, Options{}, nil, t.TempDir())
	if events, err := collect(l); err != nil || len(events) != 0 {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestFoldersAreReadInBytewiseOrder(t *testing.T) {
	dir := write(t, map[string]string{
		"b.ndjson": with("id", `"b"`), "a/z.jsonl": with("id", `"a/z"`), "a.ndjson": with("id", `"a."`), "a-b/x.json": "[" + with("id", `"a-b"`) + "]",
		"B.ndjson.gz": zipped(t, with("id", `"B"`)), "c.NDJSON.zst": zstandard(t, with("id", `"c"`)), "é.csv": "timestamp,actor,action,resource,outcome,id\n2026-06-01T09:30:00Z,usr_1,token.create,token/t,success,é\n",
		".hidden.ndjson": "x", ".git/x.ndjson": "x", "README.md": "x", "a/notes.txt": "x",
	})
	if err := os.Symlink(filepath.Join(dir, ".hidden.ndjson"), filepath.Join(dir, "d.txt")); err != nil {
		t.Fatal(err)
	}
	l := open(t, Options{}, nil, dir)
	if l.Size() <= 0 {
		t.Errorf("the size is %d", l.Size())
	}
	if got := l.Ignored(); !reflect.DeepEqual(got, []string{"README.md", "a/notes.txt", "d.txt"}) {
		t.Errorf("left out: %v", got)
	}
	events, err := collect(l)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(events); !reflect.DeepEqual(got, []string{"B", "a-b", "a.", "a/z", "b", "c", "é"}) {
		t.Errorf("read in the order %v", got)
	}
	if events[3].File != "a/z.jsonl" || events[3].Line != 1 || events[6].Line != 2 {
		t.Errorf("%+v", events[3])
	}
	_, err = Open([]string{write(t, map[string]string{"x.log": "x"})}, nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "x.log") {
		t.Errorf("a folder with no file to read: %v", err)
	}
	_, err = Open([]string{filepath.Join(dir, "missing")}, nil, Options{})
	if err == nil || !strings.Contains(err.Error(), "missing: expected a file or a folder with an audit log") {
		t.Errorf("a path that is not there: %v", err)
	}
}

func TestStandardInputIsReadTwiceAndLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	content := at(1, "gw", 1) + "\n" + at(1, "gw", 1, "outcome", `"failure"`) + "\n"
	for _, packed := range []string{content, zipped(t, content)} {
		l := open(t, Options{}, io.MultiReader(strings.NewReader(packed)), "-")
		if l.Size() != -1 {
			t.Error("the size of a stream is not known")
		}
		events, err := collect(l)
		if err != nil {
			t.Fatal(err)
		}
		if s := l.Statistics(); len(events) != 1 || s.Sources[0].ConflictCount != 1 {
			t.Errorf("%d events, %+v", len(events), s)
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if _, err := Open([]string{"-", "-"}, strings.NewReader(""), Options{}); err == nil {
		t.Error("standard input twice is accepted")
	}
}

func TestReadingStopsWhenTheContextEnds(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	silent, w := io.Pipe()
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	l := open(t, Options{}, silent, "-")
	failed := make(chan error)
	go func() { failed <- l.Each(ctx, func(*Batch) error { return nil }) }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for standard input: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	l = FromReader("x", strings.NewReader(strings.Repeat(minimal+"\n", 50_000)), Options{})
	batches := 0
	err := l.Each(ctx, func(*Batch) error { batches++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || batches > 10 {
		t.Errorf("in the middle: %v after %d batches", err, batches)
	}
	broken := errors.New("broken")
	l = FromReader("x", strings.NewReader(minimal), Options{})
	if err := l.Each(context.Background(), func(*Batch) error { return broken }); err != broken {
		t.Errorf("an error of the receiver: %v", err)
	}
	if err := l.Each(context.Background(), func(*Batch) error { return nil }); err == nil {
		t.Error("a log is read once")
	}
}

func TestLinesOfUpTo4MiBAreRead(t *testing.T) {
	fill := MaxLine - len(with("free", `""`))
	line := with("free", `"`+strings.Repeat("x", fill)+`"`)
	if len(line) != MaxLine {
		t.Fatal(len(line))
	}
	short := with("free", `"`+strings.Repeat("x", fill-100)+`"`)
	for _, content := range []string{short + "\n" + minimal, minimal + "\n" + short + "\n", "[" + short + "," + minimal + "]"} {
		if _, events := readEvents(t, Options{}, content); len(events) != 2 {
			t.Errorf("%d events", len(events))
		}
	}
	// normalised, it is longer by the actor's and the resource's types
	l, events := readEvents(t, Options{SkipInvalid: 2}, line+"\n"+minimal+"\n"+line+"x\n"+minimal)
	if len(events) != 2 || l.Facts().Refused != 2 {
		t.Errorf("%d events, %+v", len(events), l.Facts())
	}
}

func TestCSVCellsAreGuardedAndKept(t *testing.T) {
	_, events := readEvents(t, Options{}, "timestamp,actor,action,resource,outcome,note,other,third\n2026-06-01T09:30:00Z,user/a/b,x.y,'-dash,success,'=1+1,'quoted,\" a\r\n\tb \"\n")
	want := `{"action":"x.y","actor":{"id":"a/b","type":"user"},"note":"=1+1","other":"'quoted","outcome":"success","resource":{"id":"-dash","type":"unknown"},"third":" a\r\n\tb ","timestamp":"2026-06-01T09:30:00Z"}`
	if got := string(events[0].Canonical); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWindowIsHalfOpen(t *testing.T) {
	from, until := time.Date(2026, 6, 1, 0, 10, 0, 0, time.UTC), time.Date(2026, 6, 1, 0, 20, 0, 0, time.UTC)
	content := strings.Join([]string{at(9, "gw", 1), at(10, "gw", 2), at(12, "gw", 4), at(19, "gw", 6), at(20, "gw", 3), at(30, "gw", 7), at(5, "quiet", 1)}, "\n")
	l, events := readEvents(t, Options{From: from, Until: until}, content)
	if len(events) != 3 || events[0].Sequence != 2 || events[2].Sequence != 6 || events[2].Position != 3 {
		t.Errorf("%+v", events)
	}
	s := l.Statistics()
	if len(s.Sources) != 1 {
		t.Fatalf("sources without events in the window are not listed: %+v", s.Sources)
	}
	// 1, 3 and 7 stand outside the window and are not missing, 5 is
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"events":3,"refused":0,"sources":[{"id":"gw","epoch":"","events":3,"first_sequence":2,"last_sequence":6,"first_at":"2026-06-01T00:10:00Z","last_at":"2026-06-01T00:19:00Z","conflicts":[],"conflict_count":0,"gaps":[{"from":5,"to":5}],"gap_count":1,"unsequenced":0}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestProgressIsTold(t *testing.T) {
	var bytes, events int64
	content := strings.Repeat(minimal+"\n", 5000)
	l := FromReader("x", strings.NewReader(content), Options{Progress: func(b, e int64) { bytes, events = b, e }})
	if _, err := collect(l); err != nil {
		t.Fatal(err)
	}
	if bytes != int64(len(content)) || events != 5000 {
		t.Errorf("%d bytes, %d events", bytes, events)
	}
}

func TestBatchesKeepTheirMemoryUntilReleased(t *testing.T) {
	var lines []string
	for i := range 5000 {
		lines = append(lines, at(i%1000, "gw", i))
	}
	l := FromReader("x", strings.NewReader(strings.Join(lines, "\n")), Options{})
	var held []*Batch
	if err := l.Each(context.Background(), func(b *Batch) error {
		if len(b.Events) > chunkRecords {
			t.Errorf("a batch of %d", len(b.Events))
		}
		held = append(held, b)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, b := range held {
		for _, e := range b.Events {
			if again := parse(t, lines[n]); string(again.Canonical) != string(e.Canonical) || e.Line != n+1 || sha256.Sum256(e.Canonical) != e.Hash {
				t.Fatalf("event %d is %s", n, e.Canonical)
			}
			n++
		}
		b.Release()
		b.Release()
	}
	if n != len(lines) {
		t.Errorf("%d of %d events", n, len(lines))
	}
}

// TestSplittingAndFormatsDoNotMatter writes one random log in many ways and wants the same events and statistics.
func TestSplittingAndFormatsDoNotMatter(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		var lines []string
		for i := range 1 + r.IntN(3000) {
			line := at(r.IntN(1400), fmt.Sprint("gw", r.IntN(3)), i, "free", `"`+strings.Repeat("é", r.IntN(300))+`"`)
			if r.IntN(5) == 0 {
				line = with("id", fmt.Sprintf(`"id%d"`, r.IntN(500)), "free", fmt.Sprint(r.IntN(2)))
			}
			if r.IntN(20) == 0 {
				line = minimal
			}
			lines = append(lines, line)
		}
		want, events := readEvents(t, Options{}, strings.Join(lines, "\n"))
		cut := r.IntN(len(lines))
		for name, texts := range map[string][]string{
			"two files": {strings.Join(lines[:cut], "\n"), strings.Join(lines[cut:], "\n")},
			"an array":  {"[" + strings.Join(lines, " ,\n") + "]"},
			"a stream":  {zstandard(t, strings.Join(lines, "\r\n\n"))},
		} {
			l, got := readEvents(t, Options{}, texts...)
			if !reflect.DeepEqual(ids(got), ids(events)) || !slices.EqualFunc(got, events, func(a, b Event) bool { return a.Hash == b.Hash && a.Position == b.Position }) {
				t.Fatalf("seed %d, %s: %d events, want %d", seed, name, len(got), len(events))
			}
			if !reflect.DeepEqual(l.Statistics(), want.Statistics()) {
				t.Fatalf("seed %d, %s: %+v, want %+v", seed, name, l.Statistics(), want.Statistics())
			}
		}
	}
}
