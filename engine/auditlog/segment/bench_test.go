package segment

import (
	"bytes"
	"slices"
	"testing"

	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/event"
)

// demoEvents are events of the demo organisation, of which some lines are duplicates and conflicts.
func demoEvents(t testing.TB, n int) []event.Event {
	t.Helper()
	log := event.FromReader("demo", bytes.NewReader(readDemo(t, n+n/100+100)), event.Options{})
	var out []event.Event
	if err := log.Each(t.Context(), func(b *event.Batch) error {
		for i := range b.Events {
			out = append(out, b.Events[i].Clone())
		}
		b.Release()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out[:n:n]
}

func readDemo(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(demo.Events(demo.Options{Events: n, Seed: 1, Keys: 60})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// perEvent reports how many events a second were worked on.
func perEvent(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkWrite(b *testing.B) {
	events := demoEvents(b, MaxRows)
	for b.Loop() {
		if _, err := Write(b.TempDir(), 0, events); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, MaxRows)
}

// benchmarkReading opens a segment of demo events anew for each fn.
func benchmarkReading(b *testing.B, fn func(s *Segment) error) {
	dir := b.TempDir()
	info, err := Write(dir, 0, demoEvents(b, MaxRows))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(dir, 0)
		if err != nil {
			b.Fatal(err)
		}
		if err := fn(s); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, info.Rows)
	b.ReportMetric(float64(info.Size+info.IDsSize)/float64(info.Rows), "bytes/event")
}

func BenchmarkCanonical(b *testing.B) {
	benchmarkReading(b, func(s *Segment) error {
		return s.Canonical(func(int, []byte) error { return nil })
	})
}

// BenchmarkDecode decodes every column.
func BenchmarkDecode(b *testing.B) {
	benchmarkReading(b, func(s *Segment) error {
		for i := range s.chunks {
			if _, err := s.whole(i); err != nil {
				return err
			}
		}
		return nil
	})
}

func BenchmarkEvents(b *testing.B) {
	benchmarkReading(b, func(s *Segment) error {
		return s.Events(nil, func(int, *event.Event) error { return nil })
	})
}

func BenchmarkCheck(b *testing.B) { benchmarkReading(b, (*Segment).Check) }

// BenchmarkOneEvent opens a segment, finds an id and reads its event.
func BenchmarkOneEvent(b *testing.B) {
	events := demoEvents(b, MaxRows)
	dir := b.TempDir()
	if _, err := Write(dir, 0, events); err != nil {
		b.Fatal(err)
	}
	row := 0
	for b.Loop() {
		row = (row + 40_503) % MaxRows
		s, err := Open(dir, 0)
		if err != nil {
			b.Fatal(err)
		}
		rows, err := s.Find(events[row].ID)
		if err != nil || !slices.Contains(rows, row) {
			b.Fatalf("row %d: found %v: %v", row, rows, err)
		}
		if _, err := s.Event(row); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
