package segment

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// longEvents have details of their own, so that their columns have many pages.
func longEvents(t testing.TB, n int) []event.Event {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	lines := make([]string, n)
	for i := range lines {
		more := ""
		if i%3 == 0 {
			more = fmt.Sprintf(`,"correlation_id":"c%d"`, rng.Uint64())
		}
		lines[i] = fmt.Sprintf(`{"timestamp":"2026-05-01T%02d:%02d:%02d.%dZ","actor":"u%d","action":"x.y","resource":"r/%d","outcome":"success","details":{"n":%d,"text":%q}%s}`,
			i/3600%24, i/60%60, i%60, i%1000, i%50, i, i, strings.Repeat(fmt.Sprint(rng.Uint64(), " "), 1+rng.IntN(40)), more)
	}
	return parsed(t, lines...)
}

func TestEventsOfSomeRowsAreReadFromTheirPagesAlone(t *testing.T) {
	events := longEvents(t, 20_000)
	dir := t.TempDir()
	if _, err := Write(dir, 0, events); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		s, err := Open(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		var rows []int32
		for row := range events {
			if rng.IntN(1+len(events)/(1+int(seed*seed))) == 0 {
				rows = append(rows, int32(row))
			}
		}
		next := 0
		if err := s.Events(rows, func(row int, e *event.Event) error {
			if row != int(rows[next]) {
				t.Fatalf("seed %d: expected row %d, found %d", seed, rows[next], row)
			}
			next++
			same(t, seed, &events[row], e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if next != len(rows) {
			t.Fatalf("seed %d: expected %d events, found %d", seed, len(rows), next)
		}
		c := &s.chunks[details]
		if len(rows) > 0 && len(c.pages) < 50 {
			t.Fatalf("expected many pages, found %d", len(c.pages))
		}
		read := 0
		for _, p := range c.parts {
			if p != nil {
				read++
			}
		}
		if read > len(rows) {
			t.Errorf("seed %d: %d pages were read for %d rows", seed, read, len(rows))
		}
		for range 50 { // in any order, over pages that were read and others
			row := rng.IntN(len(events))
			e, err := s.Event(row)
			if err != nil {
				t.Fatal(err)
			}
			same(t, seed, &events[row], &e)
			v, err := s.Value(row, predicate.ParsePath("details.text"))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := canon.Parse(e.Canonical)
			if err != nil {
				t.Fatal(err)
			}
			if want := whole.Get("details").Get("text").Text; v == nil || v.Text != want {
				t.Fatalf("seed %d, row %d: expected %q, found %s", seed, row, want, shown(v))
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnEventOutlivesItsSegment(t *testing.T) {
	events := parsed(t, generated(21, 100)...)
	s, _ := write(t, 0, events)
	var kept []*event.Event
	if err := s.Events(nil, func(_ int, e *event.Event) error {
		kept = append(kept, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for row := range events {
		same(t, 21, &events[row], kept[row])
	}
}

func TestRowsThatAreNotThereAreErrors(t *testing.T) {
	s, _ := write(t, 0, parsed(t, generated(1, 10)...))
	for _, row := range []int{-1, 10, 1 << 30} {
		if _, err := s.Event(row); err == nil {
			t.Errorf("row %d: expected an error", row)
		}
		if _, err := s.Value(row, predicate.ParsePath("actor.id")); err == nil {
			t.Errorf("row %d: expected an error of a value", row)
		}
	}
	stop := errors.New("stop")
	if err := s.Canonical(func(int, []byte) error { return stop }); err != stop {
		t.Errorf("expected the caller's error, found %v", err)
	}
}

// TestNamesOfOneActionAreOneValue has a column with two names of an action and another: each canonical name stands in it once.
func TestNamesOfOneActionAreOneValue(t *testing.T) {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf(`{"timestamp":"2026-05-01T00:00:00Z","actor":"u","action":%q,"resource":"r/1","outcome":"success","source":"s","sequence":%d}`,
			[]string{"policy.updated", "policy.update", "x.y"}[i%3], i))
	}
	events := parsed(t, lines...)
	s, _ := write(t, 0, events)
	for path, want := range map[string]int{"action": 2, "action_as_logged": 3} {
		c, err := s.Column(predicate.ParsePath(path))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Texts) != want || c.Plain || c.JSON {
			t.Errorf("%s: expected a dictionary of %d texts, found %q", path, want, c.Texts)
		}
	}
}

func TestTheMostRowsOfASegment(t *testing.T) {
	events := demoEvents(t, MaxRows+1)
	dir := t.TempDir()
	if _, err := Write(dir, 0, events[:MaxRows+1]); err == nil {
		t.Error("more than the most rows were sealed")
	}
	info, err := Write(dir, 1<<40, events[:MaxRows])
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if info.Rows != MaxRows || s.Rows() != MaxRows {
		t.Fatalf("expected %d rows, found %d and %d", MaxRows, info.Rows, s.Rows())
	}
	if err := s.Events(nil, func(row int, e *event.Event) error {
		same(t, 0, &events[row], e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestASegmentIsNeitherReplacedNorLeftInPart(t *testing.T) {
	events := parsed(t, generated(2, 20)...)
	dir, files := sealed(t, events)
	if _, err := Write(dir, 0, events[:3]); err == nil || !strings.Contains(err.Error(), Name(0)) {
		t.Errorf("expected an error that names the file, found %v", err)
	}
	for name, want := range files {
		if have, err := os.ReadFile(dir + "/" + name); err != nil || string(have) != string(want) {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	bad := append([]event.Event{}, events...)
	bad[7].Canonical = []byte(`{"action":1`)
	broken := append([]event.Event{}, events...)
	broken[7].Canonical = []byte(strings.Replace(string(broken[7].Canonical), `{"action":`, `{"z":1,"action":`, 1))
	for what, some := range map[string][]event.Event{"none": nil, "no JSON": bad, "another order": broken} {
		if _, err := Write(dir, 100, some); err == nil {
			t.Errorf("%s: expected an error", what)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 {
		t.Errorf("expected two files, found %v", left)
	}
	if _, err := Write(dir+"/nowhere", 0, events); err == nil {
		t.Error("expected an error where there is no folder")
	}
}
