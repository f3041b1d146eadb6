package auditlog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// small limits make many segments of few events.
var small = limits{sealImport: 20, sealAppend: 40, sealBytes: 1 << 20, batch: 64, segment: 64}

// place is where a test's store lies.
type place struct{ dir, keys string }

func newPlace(t testing.TB) place {
	t.Helper()
	root := t.TempDir()
	return place{filepath.Join(root, "store"), filepath.Join(root, "keys")}
}

func (p place) options() Options {
	clock := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	return Options{Now: func() time.Time { return clock }, Keys: ledger.Keys{Dir: p.keys}, Origin: "kt-test", Command: "test", limits: small}
}

func (p place) writer(t testing.TB) *Writer {
	t.Helper()
	w, err := OpenWriter(t.Context(), p.dir, p.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // a test may have closed it
	return w
}

func (p place) reader(t testing.TB) *Reader {
	t.Helper()
	r, err := Open(t.Context(), p.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func closed(t testing.TB, w *Writer) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func logOf(lines ...string) *event.Log {
	return event.FromReader("log.ndjson", strings.NewReader(strings.Join(lines, "\n")), event.Options{})
}

func imported(t testing.TB, w *Writer, lines ...string) Report {
	t.Helper()
	r, err := w.Import(t.Context(), Import{Log: logOf(lines...)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Lines != r.Stored+r.Duplicates+r.Conflicts+r.Refused+r.HeldBack {
		t.Fatalf("the report does not add up: %+v", r)
	}
	return r
}

func parsed(t testing.TB, lines ...string) []event.Event {
	t.Helper()
	var out []event.Event
	var p event.Parser
	for _, line := range lines {
		e, err := p.Parse([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, e)
	}
	return out
}

// numbered is a line of a source with a number.
func numbered(source string, sequence int, minute int) string {
	return fmt.Sprintf(`{"timestamp":%q,"actor":"u","action":"policy.update","resource":"policy/p","outcome":"success","source":%q,"sequence":%d}`,
		minuteOf(minute), source, sequence)
}

// named is a line with an id of its own.
func named(id string, minute int) string {
	return fmt.Sprintf(`{"timestamp":%q,"actor":"u","action":"token.create","resource":"token/t","outcome":"success","id":%q}`, minuteOf(minute), id)
}

func minuteOf(n int) string {
	return time.Date(2026, 6, 1, 0, n, 0, 0, time.UTC).Format(time.RFC3339)
}

func failed(line string) string { return strings.Replace(line, `"success"`, `"failure"`, 1) }

// all is every event of a reader, in order.
func all(t testing.TB, r *Reader) []event.Event {
	t.Helper()
	var out []event.Event
	for i := range r.Head().Size {
		e, err := r.EventAt(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// randomLog makes lines with everything that identity has to decide on.
func randomLog(rng *rand.Rand, n int) []string {
	var lines []string
	next := map[string]int{}
	for len(lines) < n {
		minute := rng.IntN(500)
		source := []string{"gw", "gw-2", "s\u0000x"}[rng.IntN(3)]
		switch rng.IntN(10) {
		case 0: // a gap
			next[source] += rng.IntN(3)
			fallthrough
		case 1, 2, 3, 4:
			line := numbered(source, next[source], minute)
			if source == "gw-2" && rng.IntN(2) == 0 {
				line = strings.Replace(line, `{"`, `{"epoch":"e`+fmt.Sprint(rng.IntN(2))+`","`, 1)
			}
			if rng.IntN(8) == 0 {
				line = strings.Replace(line, `{"`, `{"id":"shared","`, 1)
			}
			lines = append(lines, line)
			next[source]++
		case 5:
			lines = append(lines, named(fmt.Sprint("id-", rng.IntN(30)), minute%7))
		case 6: // without any identity; few times, so that equal ones come
			lines = append(lines, strings.Replace(named("", minute%5), `,"id":""`, "", 1))
		case 7:
			lines = append(lines, []string{"{", `{"timestamp":1}`, "[]", `{"actor":"u"}`}[rng.IntN(4)])
		default: // again, or something else under the same identity
			if len(lines) == 0 {
				continue
			}
			again := lines[rng.IntN(len(lines))]
			if rng.IntN(3) == 0 {
				again = failed(again)
			}
			lines = append(lines, again)
		}
	}
	// out of order
	for range n / 10 {
		a, b := rng.IntN(len(lines)), rng.IntN(len(lines))
		lines[a], lines[b] = lines[b], lines[a]
	}
	return append([]string{numbered("gw", 5_000_000, 1)}, lines...) // by its first line it is known as NDJSON
}

// fileStatistics is what reading the lines from a file gives.
func fileStatistics(t testing.TB, lines []string, from, until time.Time) event.Statistics {
	t.Helper()
	log := event.FromReader("log", strings.NewReader(strings.Join(lines, "\n")), event.Options{SkipInvalid: len(lines), From: from, Until: until})
	if err := log.Each(context.Background(), func(b *event.Batch) error { b.Release(); return nil }); err != nil {
		t.Fatal(err)
	}
	return log.Statistics()
}
