package auditlog

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"
)

func asJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The same lines from a file and from the store give the same statistics, however they came into the store.
func TestStatisticsAreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	first := uint64(time.Now().UnixNano())
	for round := range uint64(16) {
		seed := first + round
		rng := rand.New(rand.NewPCG(seed, 1))
		lines := randomLog(rng, 20+rng.IntN(400))
		p := newPlace(t)
		w := p.writer(t)
		report := imported(t, w, lines...)
		again := imported(t, w, lines...)
		if again.Stored != 0 || again.Conflicts != report.Conflicts || again.Refused != report.Refused || report.Lines != int64(len(lines)) {
			t.Fatalf("seed %d: the import gave %+v, and again %+v", seed, report, again)
		}
		if round%3 == 0 {
			if err := w.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r := p.reader(t)
		for range 6 {
			from := time.Date(2026, 6, 1, 0, rng.IntN(500), 0, 0, time.UTC)
			until := from.Add(time.Duration(rng.IntN(400)) * time.Minute)
			if rng.IntN(4) == 0 {
				from = time.Time{}
			}
			if rng.IntN(4) == 0 {
				until = time.Time{}
			}
			have, err := r.Statistics(t.Context(), from, until)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			want := fileStatistics(t, lines, from, until)
			if a, b := asJSON(t, have), asJSON(t, want); a != b {
				t.Fatalf("seed %d, %v to %v: the store gives\n%s\nthe file\n%s", seed, from, until, a, b)
			}
		}
	}
}

// Pieces that share no events without identity, imported one by one or appended, are the same log as all at once.
func TestPiecesAreTheSameLogAsTheWhole(t *testing.T) {
	t.Parallel()
	first := uint64(time.Now().UnixNano())
	for round := range uint64(6) {
		seed := first + round
		rng := rand.New(rand.NewPCG(seed, 2))
		var lines []string
		next := 0
		for len(lines) < 300 {
			next += 1 + rng.IntN(12)/11
			line := numbered("gw", next, rng.IntN(200))
			if rng.IntN(4) == 0 {
				line = named("id-"+string(rune('a'+rng.IntN(26))), rng.IntN(3))
			}
			lines = append(lines, line)
			if rng.IntN(10) == 0 {
				again := lines[rng.IntN(len(lines))]
				lines = append(lines, failed(again), again)
			}
		}
		rng.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
		p := newPlace(t)
		w := p.writer(t)
		for rest := lines; len(rest) > 0; {
			n := min(1+rng.IntN(60), len(rest))
			if rng.IntN(2) == 0 {
				imported(t, w, rest[:n]...)
			} else if _, err := w.Append(t.Context(), parsed(t, rest[:n]...)); err != nil {
				t.Fatal(err)
			}
			if rng.IntN(5) == 0 { // another writer goes on
				closed(t, w)
				w = p.writer(t)
			}
			rest = rest[n:]
		}
		have, err := p.reader(t).Statistics(t.Context(), time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := asJSON(t, have), asJSON(t, fileStatistics(t, lines, time.Time{}, time.Time{})); a != b {
			t.Fatalf("seed %d: the store gives\n%s\nthe file\n%s", seed, a, b)
		}
	}
}
