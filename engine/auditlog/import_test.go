package auditlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/event"
)

// minimal is a line without any identity.
const minimal = `{"timestamp":"2026-06-01T00:00:00Z","actor":"u","action":"policy.update","resource":"policy/p","outcome":"success"}`

// by counts what became of lines.
func by(r Report) string {
	return fmt.Sprintf("%d stored, %d duplicates, %d conflicts, %d refused", r.Stored, r.Duplicates, r.Conflicts, r.Refused)
}

func TestIdentityDecidesWhatIsStored(t *testing.T) {
	t.Parallel()
	derived := parsed(t, minimal)[0].ID
	with := func(id string) string { return strings.Replace(minimal, `{`, `{"id":"`+id+`","free":1,`, 1) }
	for name, test := range map[string]struct {
		first, then string // lines, with | between them
		want        string // of then
	}{
		"the same number again":                   {numbered("a", 1, 1), numbered("a", 1, 1), "0 stored, 1 duplicates, 0 conflicts, 0 refused"},
		"a number with other bytes":               {numbered("a", 1, 1), failed(numbered("a", 1, 1)), "0 stored, 0 duplicates, 1 conflicts, 0 refused"},
		"another epoch":                           {numbered("a", 1, 1), strings.Replace(numbered("a", 1, 1), `{`, `{"epoch":"2",`, 1), "1 stored, 0 duplicates, 0 conflicts, 0 refused"},
		"a number between others":                 {numbered("a", 1, 1) + "|" + numbered("a", 3, 1), numbered("a", 2, 1) + "|" + numbered("a", 2, 1), "1 stored, 1 duplicates, 0 conflicts, 0 refused"},
		"the same id again":                       {named("x", 1), named("x", 1), "0 stored, 1 duplicates, 0 conflicts, 0 refused"},
		"an id with other bytes":                  {named("x", 1), failed(named("x", 1)) + "|" + named("x", 2), "0 stored, 0 duplicates, 2 conflicts, 0 refused"},
		"an id of a numbered event":               {strings.Replace(numbered("a", 1, 1), `{`, `{"id":"x",`, 1), named("x", 1) + "|" + named("x", 1), "1 stored, 1 duplicates, 0 conflicts, 0 refused"},
		"without an id, thrice in two commands":   {minimal + "|" + minimal, minimal + "|" + minimal + "|" + minimal, "1 stored, 2 duplicates, 0 conflicts, 0 refused"},
		"a derived id that another event has":     {with(derived), minimal + "|" + minimal, "0 stored, 0 duplicates, 2 conflicts, 0 refused"},
		"an event that takes a derived id":        {minimal, with(derived), "0 stored, 0 duplicates, 1 conflicts, 0 refused"},
		"an event that is named as if it were -2": {minimal + "|" + minimal, with(derived + "-2"), "1 stored, 0 duplicates, 0 conflicts, 0 refused"},
		"and the other way round":                 {with(derived + "-2"), minimal + "|" + minimal + "|" + with(derived+"-2"), "2 stored, 1 duplicates, 0 conflicts, 0 refused"},
		"lines that are no events":                {"{", "{|{|[]", "0 stored, 0 duplicates, 0 conflicts, 3 refused"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, how := range []string{"tail", "segment"} { // statistics_test.go holds one command against a file
				p := newPlace(t)
				w := p.writer(t)
				first, then := strings.Split(test.first, "|"), strings.Split(test.then, "|")
				imported(t, w, first...)
				if how == "segment" {
					check(t, w.Seal(t.Context()))
				}
				if have := by(imported(t, w, then...)); have != test.want {
					t.Errorf("in the %s: %s, want %s", how, have, test.want)
				}
				size := w.state.head.Size
				if again := imported(t, w, then...); again.Stored != 0 || w.state.head.Size != size {
					t.Errorf("in the %s, again: %s", how, by(again))
				}
				closed(t, w)
				if v := p.verify(t, nil); !v.Good() {
					t.Errorf("in the %s: %s", how, asJSON(t, v))
				}
			}
		})
	}
}

func TestQuarantineKeepsWhatWasNotStored(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	lines := []string{numbered("a", 1, 1), failed(numbered("a", 1, 1)), "{", "{", `{"timestamp":5}`, failed(numbered("a", 1, 1))}
	r := imported(t, w, lines...)
	imported(t, w, lines...)
	want := []string{
		`refusal log.ndjson:3 "{"`, `refusal log.ndjson:4 "{"`, `refusal log.ndjson:5 "{\"timestamp\":5}"`,
		fmt.Sprintf("conflict log.ndjson:2 %q", parsed(t, lines[1])[0].Canonical),
	}
	var have []string
	check(t, p.reader(t).Quarantined(t.Context(), func(q *Quarantined) error {
		have = append(have, fmt.Sprintf("%s %s:%d %q", q.Kind, q.File, q.Line, q.Content))
		if q.Kind == KindConflict && (q.Source != "a" || q.Sequence != 1 || q.FirstSource != "a" || !q.FirstKnown || !q.FirstAt.Equal(q.At)) {
			t.Errorf("found %+v", q)
		}
		return nil
	}))
	if strings.Join(have, "\n") != strings.Join(want, "\n") {
		t.Errorf("in quarantine are\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
	if r.Conflicts != 2 || len(r.Reasons) != 5 || r.Reasons[4].Line != 6 || !strings.Contains(r.Reasons[4].Reason, `source "a", epoch "", sequence 1`) {
		t.Errorf("found %s", asJSON(t, r))
	}
}

func TestAReportIsJSONThatAddsUp(t *testing.T) {
	w := newPlace(t).writer(t)
	data, err := json.Marshal(imported(t, w, numbered("a", 1, 1), numbered("a", 1, 1), "x"))
	check(t, err)
	const want = `{"lines":3,"stored":1,"duplicates":1,"conflicts":0,"refused":1,"reasons":[{"line":3,"file":"log.ndjson","reason":"expected one JSON object in each line, found at byte 1: expected a value, found 'x'"}]}`
	if string(data) != want {
		t.Errorf("found %s, want %s", data, want)
	}
}

func TestAStrictImportStoresAllOrNothing(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	imported(t, w, numbered("a", 0, 0))
	before := p.reader(t).Checkpoint()
	var lines []string
	for i := range 500 {
		lines = append(lines, numbered("a", i, i))
	}
	for name, bad := range map[string]string{"a refusal": "{", "a conflict": failed(numbered("a", 7, 7))} {
		r, err := w.Import(t.Context(), Import{Log: logOf(append(lines[:500:500], bad)...), Strict: true})
		check(t, err)
		if r.Good() || r.Stored != 0 || r.HeldBack != 499 || r.Lines != 501 {
			t.Errorf("%s: found %s", name, by(r))
		}
		after := p.reader(t)
		if string(after.Checkpoint()) != string(before) {
			t.Errorf("%s: the log was changed", name)
		}
		if left, err := os.ReadDir(after.SegmentFolder()); err != nil || len(left) > 0 {
			t.Errorf("%s: %d files are left, %v", name, len(left), err)
		}
	}
	r, err := w.Import(t.Context(), Import{Log: logOf(append(lines, lines[3], lines[490])...), Strict: true})
	check(t, err)
	if r.Stored != 499 || r.Duplicates != 3 {
		t.Errorf("found %s", by(r))
	}
	closed(t, w)
	if v := p.verify(t, before); !v.Good() || v.Size != 500 {
		t.Errorf("found %s", asJSON(t, v))
	}
}

func TestAnImportThatFailsHalfWayKeepsTheGoodPart(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	var items []string
	for i := range 300 {
		items = append(items, numbered("a", i, i))
	}
	cut := "[" + strings.Join(items, ",") + ","
	r, err := w.Import(t.Context(), Import{Log: event.FromReader("log.json", strings.NewReader(cut), event.Options{})})
	if err == nil && r.Good() {
		t.Fatalf("found %s", by(r))
	}
	if r.Stored != 300 || p.reader(t).Head().Size != 300 {
		t.Errorf("found %s, %v", by(r), err)
	}
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	w := p.writer(t)
	var lines []string
	for i := range 150 {
		lines = append(lines, numbered("a", i, i), named(fmt.Sprint("n", i), i), minimal)
	}
	lines = append(lines, strings.Replace(named("late", 5), `{`, `{"ingested_at":"2026-06-05T00:00:00.5Z",`, 1))
	imported(t, w, lines...)
	r := p.reader(t)
	have, want := all(t, r), parsed(t, lines...)
	if len(r.Segments()) == 0 || r.TailFirst() == r.Head().Size {
		t.Fatalf("expected segments and a tail, found %d and %d of %d", len(r.Segments()), r.TailFirst(), r.Head().Size)
	}
	seen := 0
	for i := range want {
		if string(have[i].Canonical) != string(want[i].Canonical) || have[i].IngestedAt != want[i].IngestedAt || have[i].Derived() != want[i].Derived() {
			t.Fatalf("event %d is %+v, want %+v", i, have[i], want[i])
		}
		if want[i].ID == parsed(t, minimal)[0].ID {
			if seen++; seen > 1 {
				want[i].ID += fmt.Sprintf("-%d", seen)
			}
		}
		found, err := r.Find(t.Context(), want[i].ID)
		check(t, err)
		if have[i].ID != want[i].ID || len(found) != 1 || found[0].Index != int64(i) || string(found[0].Event.Canonical) != string(want[i].Canonical) {
			t.Fatalf("event %d has the id %s, want %s; by it were found %+v", i, have[i].ID, want[i].ID, found)
		}
	}
	if found, err := r.Find(t.Context(), "nobody"); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	proof, err := r.Tiles().Prove(70, have[70].Canonical, r.Checkpoint())
	check(t, err)
	data, err := json.Marshal(proof)
	check(t, err)
	key, err := ledger.Keys{Dir: p.keys}.Verifier(r.Origin())
	check(t, err)
	if _, err := ledger.CheckProof("proof", data, key); err != nil {
		t.Error(err)
	}
}

func TestAReaderSeesOneState(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	w := p.writer(t)
	imported(t, w, numbered("a", 0, 0))
	r := p.reader(t)
	for i := range 100 {
		_, err := w.Append(t.Context(), parsed(t, numbered("a", i+1, i)))
		check(t, err)
	}
	tail, err := r.Tail(t.Context())
	check(t, err)
	if r.Head().Size != 1 || len(tail) != 1 || len(p.reader(t).Segments()) == 0 {
		t.Errorf("the old reader sees %d events, %d in the tail", r.Head().Size, len(tail))
	}
	if _, err := r.EventAt(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

func TestAppendsAtOnceShareTheWriting(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	var group sync.WaitGroup
	var told sync.Map
	for g := range 8 {
		group.Go(func() {
			for i := range 20 {
				receipt, err := w.Append(t.Context(), parsed(t, numbered(fmt.Sprint("g", g), i, i)))
				if err != nil || receipt.Stored != 1 || receipt.Size <= receipt.First {
					t.Errorf("%+v, %v", receipt, err)
				}
				if _, twice := told.LoadOrStore(receipt.First, true); twice {
					t.Errorf("index %d was given twice", receipt.First)
				}
			}
		})
	}
	group.Wait()
	closed(t, w)
	if v := p.verify(t, nil); !v.Good() || v.Size != 160 {
		t.Errorf("found %s", asJSON(t, v))
	}
	if _, err := w.Append(t.Context(), nil); err == nil {
		t.Error("a closed store took an append")
	}
}

func TestWithoutItsKeyALogCanBeReadAndNotWritten(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	imported(t, w, numbered("a", 0, 0))
	closed(t, w)
	o := p.options()
	o.Keys.Dir = t.TempDir()
	if _, err := OpenWriter(t.Context(), p.dir, o); !errors.Is(err, ledger.ErrNoKey) || !strings.Contains(err.Error(), "bring it there from") {
		t.Errorf("found %v", err)
	}
	if len(all(t, p.reader(t))) != 1 {
		t.Error("it cannot be read")
	}
	o.Keys.Dir = filepath.Join(p.dir, "keys")
	if _, err := OpenWriter(t.Context(), p.dir, o); err == nil || !strings.Contains(err.Error(), "another directory") {
		t.Errorf("keys below the data directory: %v", err)
	}
}

func TestADirectoryWithoutTheRightToWriteCanBeRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	p := newPlace(t)
	w := p.writer(t)
	imported(t, w, numbered("a", 0, 0))
	closed(t, w)
	check(t, os.Chmod(p.dir, 0o500))
	t.Cleanup(func() { check(t, os.Chmod(p.dir, 0o700)) })
	if len(all(t, p.reader(t))) != 1 {
		t.Error("it cannot be read")
	}
}

func TestRunsOfNumbersAreWrittenAndReadBack(t *testing.T) {
	for _, spans := range [][]span{nil, {{0, 0}}, {{5, 9}, {11, 11}, {1 << 40, 1<<63 - 1}}} {
		have, err := decodeSpans(nil, encodeSpans(spans))
		if err != nil || fmt.Sprint(have) != fmt.Sprint(spans) {
			t.Errorf("%v came back as %v, %v", spans, have, err)
		}
	}
	for _, bad := range []string{"\x80", "\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", "\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00"} {
		if have, err := decodeSpans(nil, []byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, have)
		}
	}
}

func FuzzDecodeSpans(f *testing.F) {
	f.Add(encodeSpans([]span{{5, 9}, {11, 11}}))
	f.Add([]byte("\x80"))
	f.Fuzz(func(t *testing.T, data []byte) {
		spans, err := decodeSpans(nil, data)
		if err != nil {
			return
		}
		for i, s := range spans {
			if s.from < 0 || s.to < s.from || i > 0 && s.from <= spans[i-1].to {
				t.Fatalf("%q gives %v", data, spans)
			}
		}
		if again, err := decodeSpans(nil, encodeSpans(spans)); err != nil || fmt.Sprint(again) != fmt.Sprint(spans) {
			t.Fatalf("%v came back as %v, %v", spans, again, err)
		}
	})
}

func FuzzParseSums(f *testing.F) {
	f.Add((&sums{}).lines())
	f.Add("segments 1 00\n")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseSums(text); err == nil && s.lines() != text {
			t.Fatalf("%q was read as %q", text, s.lines())
		}
	})
}

func TestRetentionDropsWhatHasExpiredAndIsNotHeld(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	var lines []string
	for i := range 256 {
		lines = append(lines, numbered("gw", i, i), strings.Replace(minimal, "00:00:00", fmt.Sprintf("00:00:%02d", i%60), 1))
	}
	imported(t, w, lines...)
	full, err := p.reader(t).Statistics(t.Context(), time.Time{}, time.Time{})
	check(t, err)
	old := time.Date(2026, 6, 1, 2, 0, 0, 0, time.UTC)
	o := RetainOptions{Class: "gateway", Before: old, Reason: "90 days", By: "dpo"}
	check(t, w.Hold(t.Context(), Hold{Name: "case", From: time.Date(2026, 6, 1, 1, 20, 0, 0, time.UTC), Until: time.Date(2026, 6, 1, 1, 30, 0, 0, time.UTC)}, "a dispute", "legal"))
	if err := w.Hold(t.Context(), Hold{Name: "case"}, "again", "legal"); err == nil {
		t.Error("one hold twice")
	}
	o.DryRun = true
	planned, err := w.Retain(t.Context(), o)
	check(t, err)
	if len(planned.Drop) != 2 || len(planned.Held) != 1 || planned.Held[0].Holds[0] != "case" {
		t.Fatalf("planned is %s", asJSON(t, planned))
	}
	o.DryRun = false
	if done, err := w.Retain(t.Context(), o); err != nil || asJSON(t, done) != asJSON(t, planned) {
		t.Fatalf("done is %s, %v", asJSON(t, done), err)
	}
	check(t, w.Release(t.Context(), "case", "settled", "legal"))
	if done, err := w.Retain(t.Context(), o); err != nil || len(done.Drop) != 1 {
		t.Fatalf("after the release: %s, %v", asJSON(t, done), err)
	}
	r := p.reader(t)
	_, err = r.EventAt(t.Context(), 3)
	if dropped, ok := errors.AsType[*DroppedError](err); !ok || dropped.Index != 3 {
		t.Errorf("found %v", err)
	}
	after, err := r.Statistics(t.Context(), time.Time{}, time.Time{})
	check(t, err)
	var told []string
	for _, s := range after.Sources {
		if s.ID == itself {
			told = append(told, fmt.Sprint(s.Events, *s.FirstSequence, *s.LastSequence, s.GapCount))
			continue
		}
		for _, f := range full.Sources {
			if f.ID == s.ID && asJSON(t, f) != asJSON(t, s) {
				t.Errorf("%s was counted as %s, and is now as %s", s.ID, asJSON(t, f), asJSON(t, s))
			}
		}
	}
	if len(told) != 1 || told[0] != "5 0 4 0" { // a hold, two segments, a release, one segment
		t.Errorf("the log tells of itself %v", told)
	}
	if !r.Dropped(time.Time{}, old) || r.Dropped(old.Add(48*time.Hour), time.Time{}) {
		t.Error("what was dropped is not told")
	}
	closed(t, w)
	if v := p.verify(t, nil); !v.Good() || v.Dropped != 3*64 {
		t.Errorf("found %s", asJSON(t, v))
	}
	if left, err := os.ReadFile(filepath.Join(p.dir, "segments", segment.Name(0))); err == nil {
		t.Errorf("the file is still there, with %d bytes", len(left))
	}
	// what was dropped is known when it comes again
	w = p.writer(t)
	again := imported(t, w, append(lines, failed(lines[0]))...)
	if again.Stored != 0 || again.Duplicates != 512 || again.Conflicts != 1 {
		t.Errorf("again: %s", by(again))
	}
	d, err := p.reader(t).Retention(t.Context())
	check(t, err)
	if len(d) != 5 || d[1].Tombstone == nil || d[1].Tombstone.Class != "gateway" || len(Holds(d)) != 0 || len(Holds(d[:1])) != 1 {
		t.Errorf("decided was %s", asJSON(t, d))
	}
}
