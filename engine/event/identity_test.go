package event

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

func statistics(t testing.TB, l *Log) string {
	t.Helper()
	s := l.Statistics()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDuplicatesCountOnceAndConflictsAreReported(t *testing.T) {
	failed := func(line string) string { return strings.Replace(line, `"success"`, `"failure"`, 1) }
	denied := func(line string) string { return strings.Replace(line, `"success"`, `"denied"`, 1) }
	a, b, c := at(1, "gw", 1), at(2, "gw", 2), at(3, "gw", 4)
	idA, idB := with("id", `"a"`), with("id", `"b"`)
	for name, test := range map[string]struct {
		lines     []string
		events    int
		conflicts string // of all sources
		count     int64
	}{
		"a duplicate":                   {[]string{a, b, a, c}, 3, `[]`, 0},
		"written differently":           {[]string{a, strings.Replace(a, `"usr_1"`, `{"type":"user","id":"usr_1"}`, 1)}, 1, `[]`, 0},
		"arrived at another time":       {[]string{a, strings.Replace(a, `{"`, `{"ingested_at":"2026-06-02T00:00:00Z","`, 1)}, 1, `[]`, 0},
		"a conflict":                    {[]string{a, b, failed(a)}, 2, `[{"sequence":1}]`, 1},
		"a conflict, three times":       {[]string{a, failed(a), failed(a), a, failed(a)}, 1, `[{"sequence":1}]`, 1},
		"two contents":                  {[]string{a, failed(a), denied(a), failed(a)}, 1, `[{"sequence":1},{"sequence":1}]`, 2},
		"another epoch":                 {[]string{a, strings.Replace(a, `{"`, `{"epoch":"e2","`, 1)}, 2, `[]`, 0},
		"the empty epoch is no epoch":   {[]string{a, strings.Replace(a, `{"`, `{"epoch":"","`, 1)}, 1, `[{"sequence":1}]`, 1},
		"another alias":                 {[]string{a, strings.Replace(a, "policy.update", "policy.changed", 1)}, 1, `[{"sequence":1}]`, 1},
		"an id on two numbers":          {[]string{at(1, "gw", 1, "id", `"x"`), at(1, "gw", 2, "id", `"x"`)}, 2, `[]`, 0},
		"an id with and without":        {[]string{at(1, "gw", 1, "id", `"a"`), idA}, 2, `[]`, 0},
		"ids":                           {[]string{idA, idB, idA, idB}, 2, `[]`, 0},
		"ids in conflict":               {[]string{idA, failed(idA), idB, failed(idA), idA}, 2, `[{"id":"a"}]`, 1},
		"ids in two conflicts":          {[]string{idB, failed(idB), idA, denied(idA), failed(idA)}, 2, `[{"id":"a"},{"id":"a"},{"id":"b"}]`, 3},
		"numbers before ids":            {[]string{with("id", `"a"`, "source", `"gw"`), with("id", `"a"`, "source", `"gw"`, "free", "1"), c, failed(c), a, failed(a)}, 3, `[{"sequence":1},{"sequence":4},{"id":"a"}]`, 3},
		"a number without source":       {[]string{with("sequence", "1"), with("sequence", "1", "free", "1")}, 2, `[]`, 0},
		"equal events without id":       {[]string{minimal, minimal, minimal}, 3, `[]`, 0},
		"a derived id taken by other":   {[]string{with("id", `"`+derivedOf(t, minimal)+`"`, "free", "1"), minimal, minimal}, 1, `[{"id":"` + derivedOf(t, minimal) + `"}]`, 1},
		"other takes a derived id":      {[]string{minimal, with("id", `"`+derivedOf(t, minimal)+`"`, "free", "1"), minimal}, 2, `[{"id":"` + derivedOf(t, minimal) + `"}]`, 1},
		"a derived id that was written": {[]string{minimal, with("id", `"`+derivedOf(t, minimal)+`"`)}, 2, `[]`, 0},
	} {
		l, events := readEvents(t, Options{}, strings.Join(test.lines, "\n"))
		if len(events) != test.events || l.Statistics().Events != int64(test.events) {
			t.Errorf("%s: %d events, want %d", name, len(events), test.events)
		}
		all, count := []Conflict{}, int64(0)
		for _, s := range l.Statistics().Sources {
			all, count = append(all, s.Conflicts...), count+s.ConflictCount
		}
		if got, err := json.Marshal(all); err != nil || string(got) != test.conflicts || count != test.count {
			t.Errorf("%s: conflicts %s (%d), want %s", name, got, count, test.conflicts)
		}
		if l.Facts().Records != int64(len(test.lines)) {
			t.Errorf("%s: %+v", name, l.Facts())
		}
	}
}

func derivedOf(t testing.TB, line string) string {
	e := parse(t, line)
	return e.ID
}

func TestEqualEventsWithoutIDGetSuffixes(t *testing.T) {
	_, events := readEvents(t, Options{}, minimal+"\n"+with("id", `"x"`)+"\n"+minimal, minimal)
	id := derivedOf(t, minimal)
	if got := ids(events); !reflect.DeepEqual(got, []string{id, "x", id + "-2", id + "-3"}) {
		t.Errorf("%v", got)
	}
	if events[3].Hash != events[0].Hash || !strings.Contains(seen(t, &events[3]), id+"-3") {
		t.Error("the suffix is part of the id, not of what is hashed")
	}
}

func TestConflictsCountUnderTheFirstEventsSource(t *testing.T) {
	until := time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC)
	inside, outside := at(10, "gw", 1), at(100, "gw", 1)
	l, events := readEvents(t, Options{Until: until}, strings.Join([]string{inside, outside, at(11, "gw", 2)}, "\n"))
	if s := l.Statistics(); len(events) != 2 || s.Sources[0].ConflictCount != 1 {
		t.Errorf("the first lies in the window: %+v", s)
	}
	l, events = readEvents(t, Options{Until: until}, strings.Join([]string{outside, inside, at(11, "gw", 2)}, "\n"))
	if s := l.Statistics(); len(events) != 1 || s.Sources[0].ConflictCount != 1 {
		t.Errorf("the first lies outside the window: %+v", s)
	}
	l, _ = readEvents(t, Options{}, with("id", `"x"`, "source", `"first"`)+"\n"+with("id", `"x"`, "source", `"second"`)+"\n"+with("source", `"second"`))
	if s := l.Statistics(); s.Sources[0].ID != "first" || s.Sources[0].ConflictCount != 1 || s.Sources[1].ConflictCount != 0 {
		t.Errorf("of an id: %+v", s)
	}
}

func TestGapsAreListedUpToALimitAndCountedAll(t *testing.T) {
	var b strings.Builder
	for i := range 3001 {
		b.WriteString(at(1, "gw", 10+i*3) + "\n")
	}
	l, _ := readEvents(t, Options{}, b.String())
	s := l.Statistics().Sources[0]
	if s.GapCount != 3000 || len(s.Gaps) != MaxListed || s.Gaps[0] != (Gap{11, 12}) || s.Gaps[999] != (Gap{3008, 3009}) || *s.FirstSequence != 10 || *s.LastSequence != 9010 {
		t.Errorf("%d gaps, %d listed, %+v", s.GapCount, len(s.Gaps), s.Gaps[0])
	}
}

func TestSourcesAreListedByIDAndEpoch(t *testing.T) {
	l, _ := readEvents(t, Options{}, strings.Join([]string{at(5, "b", 1, "epoch", `"2"`), at(4, "b", 1, "epoch", `"10"`), at(3, "a", 7), minimal, with("epoch", `"e"`), at(9, "b", 5, "epoch", `"2"`), with("source", `"b"`)}, "\n"))
	want := `{"events":7,"refused":0,"sources":[` +
		`{"id":"-","epoch":"","events":1,"first_at":"2026-06-01T09:30:00Z","last_at":"2026-06-01T09:30:00Z","conflicts":[],"conflict_count":0,"gaps":[],"gap_count":0,"unsequenced":1},` +
		`{"id":"-","epoch":"e","events":1,"first_at":"2026-06-01T09:30:00Z","last_at":"2026-06-01T09:30:00Z","conflicts":[],"conflict_count":0,"gaps":[],"gap_count":0,"unsequenced":1},` +
		`{"id":"a","epoch":"","events":1,"first_sequence":7,"last_sequence":7,"first_at":"2026-06-01T00:03:00Z","last_at":"2026-06-01T00:03:00Z","conflicts":[],"conflict_count":0,"gaps":[],"gap_count":0,"unsequenced":0},` +
		`{"id":"b","epoch":"","events":1,"first_at":"2026-06-01T09:30:00Z","last_at":"2026-06-01T09:30:00Z","conflicts":[],"conflict_count":0,"gaps":[],"gap_count":0,"unsequenced":1},` +
		`{"id":"b","epoch":"10","events":1,"first_sequence":1,"last_sequence":1,"first_at":"2026-06-01T00:04:00Z","last_at":"2026-06-01T00:04:00Z","conflicts":[],"conflict_count":0,"gaps":[],"gap_count":0,"unsequenced":0},` +
		`{"id":"b","epoch":"2","events":2,"first_sequence":1,"last_sequence":5,"first_at":"2026-06-01T00:05:00Z","last_at":"2026-06-01T00:09:00Z","conflicts":[],"conflict_count":0,"gaps":[{"from":2,"to":4}],"gap_count":1,"unsequenced":0}]}`
	if got := statistics(t, l); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestStatisticsDependOnTheSetOfEventsAlone repeats and reorders a log.
func TestStatisticsDependOnTheSetOfEventsAlone(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 4))
		var lines []string
		for i := range 1 + r.IntN(2000) {
			switch r.IntN(10) {
			case 0: // lost
			case 1:
				lines = append(lines, with("id", fmt.Sprintf(`"id%d"`, i)))
			default:
				lines = append(lines, at(r.IntN(1400), fmt.Sprint("gw", r.IntN(3)), i))
			}
		}
		if len(lines) == 0 {
			continue
		}
		window := Options{From: time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC), Until: time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC)}
		first, _ := readEvents(t, window, strings.Join(lines, "\n"))
		want := statistics(t, first)

		shuffled := append([]string{}, lines...)
		for range r.IntN(len(lines)) {
			shuffled = append(shuffled, lines[r.IntN(len(lines))])
		}
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		cut := r.IntN(len(shuffled))
		second, _ := readEvents(t, window, strings.Join(shuffled[:cut], "\n"), strings.Join(shuffled[cut:], "\n"))
		if got := statistics(t, second); got != want {
			t.Fatalf("seed %d:\ngot  %s\nwant %s", seed, got, want)
		}
	}
}

// TestConflictsDoNotDependOnRepetition repeats events of a log with conflicts after they came for the first time.
func TestConflictsDoNotDependOnRepetition(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		var lines []string
		for range 500 {
			if r.IntN(2) == 0 {
				lines = append(lines, with("id", fmt.Sprintf(`"id%d"`, r.IntN(150)), "free", fmt.Sprint(r.IntN(3)), "source", fmt.Sprintf(`"gw%d"`, r.IntN(2))))
			} else {
				lines = append(lines, at(r.IntN(3), fmt.Sprint("gw", r.IntN(2)), r.IntN(150)))
			}
		}
		window := Options{Until: time.Date(2026, 6, 1, 0, 2, 0, 0, time.UTC)}
		if seed%2 == 0 {
			window.Until = time.Time{}
		}
		first, _ := readEvents(t, window, strings.Join(lines, "\n"))
		var repeated []string
		for i, line := range lines {
			repeated = append(repeated, line)
			for range r.IntN(3) {
				repeated = append(repeated, lines[r.IntN(i+1)])
			}
		}
		second := FromReader("x", strings.NewReader(strings.Join(repeated, "\n")), window)
		second.roundSize = int64(1 + seed) // read many times
		if _, err := collect(second); err != nil {
			t.Fatal(err)
		}
		if got, want := statistics(t, second), statistics(t, first); got != want {
			t.Fatalf("seed %d:\ngot  %s\nwant %s", seed, got, want)
		}
		checkByHand(t, seed, first, lines, window)
	}
}

// checkByHand counts conflicts with maps.
func checkByHand(t *testing.T, seed uint64, l *Log, lines []string, options Options) {
	firsts := map[string]Event{}
	contents := map[string]bool{}
	want := map[string]int64{}
	for _, line := range lines {
		e := parse(t, line)
		key := "id " + e.ID
		if e.sequenced() {
			key = fmt.Sprint("number ", e.Source, e.Sequence)
		}
		first, ok := firsts[key]
		if !ok {
			firsts[key] = e
			continue
		}
		content := key + string(e.Canonical)
		inside := options.Until.IsZero() || first.Time.Before(options.Until) || e.Time.Before(options.Until)
		if e.Hash != first.Hash && !contents[content] && inside {
			want[first.Source]++
		}
		contents[content] = true
	}
	for _, s := range l.Statistics().Sources {
		if s.ConflictCount != want[s.ID] {
			t.Fatalf("seed %d: source %s has %d conflicts, want %d", seed, s.ID, s.ConflictCount, want[s.ID])
		}
	}
}

func TestRoundsDivideWhatIsRepeated(t *testing.T) {
	k := newIdentities(window{})
	for i, source := range []string{"a", "b"} {
		s := k.sourceOf(&Event{Source: source})
		for n := range int64(10 + i) {
			s.repeated.add(n * (1 + n/5))
		}
	}
	for size := int64(1); size < 30; size++ {
		rounds := k.rounds(size)
		if want := (21 + int(size) - 1) / int(size); len(rounds) != want {
			t.Errorf("%d rounds of %d, want %d", len(rounds), size, want)
		}
		for _, s := range k.sorted() {
			var all []span
			for i, r := range rounds {
				if r.withIDs != (i == 0) {
					t.Error("ids are looked at in the first round only")
				}
				if set := r.numbers[s]; set != nil {
					all = append(all, spans(set)...)
				}
			}
			var joined rangeSet
			for _, one := range all {
				for n := one.from; n <= one.to; n++ {
					if !joined.add(n) {
						t.Fatalf("%d is looked at twice", n)
					}
				}
			}
			if !reflect.DeepEqual(spans(&joined), spans(&s.repeated)) {
				t.Fatalf("rounds of %d: %v, want %v", size, all, spans(&s.repeated))
			}
		}
	}
}

func TestALogThatChangesBetweenReadingsIsRefused(t *testing.T) {
	dir := write(t, map[string]string{"log.ndjson": at(1, "gw", 1) + "\n" + at(1, "gw", 1) + "\n"})
	l := open(t, Options{}, nil, dir)
	err := l.Each(context.Background(), func(b *Batch) error {
		write := write(t, map[string]string{"log.ndjson": at(1, "gw", 1) + "\n"})
		l.inputs = open(t, Options{}, nil, write).inputs
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "found it changed") {
		t.Errorf("%v", err)
	}
}
