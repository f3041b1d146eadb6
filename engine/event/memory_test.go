package event

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// generated is a log of sequenced events that is made while it is read.
type generated struct {
	events, next int
	rest         []byte
}

func (g *generated) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		if g.next == g.events {
			return 0, io.EOF
		}
		g.rest = appendLine(g.rest[:0], g.next)
		g.next++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func (g *generated) Seek(int64, int) (int64, error) {
	g.next, g.rest = 0, nil
	return 0, nil
}

// appendLine appends a gateway's event of usual size, 365 bytes, with a line end.
func appendLine(dst []byte, i int) []byte {
	return fmt.Appendf(dst, `{"timestamp":"2026-06-%02dT%02d:%02d:%02d.%03dZ","actor":{"type":"user","id":"usr_%06d"},"action":"gateway.request","resource":{"type":"gateway","id":"gw_%02d"},"outcome":"success","ip_address":"10.20.%d.%d","source":"gateway-eu-%d","epoch":"2026-05-30","sequence":%d,"details":{"model":"large-2","provider":"prov_2","policy":"pol_9","decision":"allow","rule":"default","tokens":{"in":812,"out":96}}}`+"\n",
		1+i/86400%28, i/3600%24, i/60%60, i%60, i%1000, i*7919%5000, i%40, i/250%250, i%250, i%4, i/4)
}

func TestMemoryDoesNotGrowWithSequencedEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a million events")
	}
	small, large := live(t, 100_000), live(t, 1_000_000)
	if large > small+small/2+(4<<20) {
		t.Errorf("%d MiB in use for a hundred thousand events, %d MiB for a million", small>>20, large>>20)
	}
	t.Logf("%.1f MiB in use for a hundred thousand events, %.1f MiB for a million", float64(small)/(1<<20), float64(large)/(1<<20))
}

// live is the most memory that is in use while a log is read.
func live(t *testing.T, events int) uint64 {
	l := FromReader("generated", &generated{events: events}, Options{})
	most, batches := uint64(0), 0
	err := l.Each(context.Background(), func(b *Batch) error {
		b.Release()
		if batches++; batches%40 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := l.Statistics(); s.Events != int64(events) || len(s.Sources) != 4 || s.Sources[0].GapCount != 0 {
		t.Fatalf("%+v", s)
	}
	return most
}

func BenchmarkRead(b *testing.B) {
	const events = 200_000
	var text []byte
	for i := range events {
		text = appendLine(text, i)
	}
	s := string(text)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		l := FromReader("log", strings.NewReader(s), Options{})
		n := 0
		if err := l.Each(context.Background(), func(batch *Batch) error {
			n += len(batch.Events)
			batch.Release()
			return nil
		}); err != nil || n != events {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(events*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkParse(b *testing.B) {
	line := string(appendLine(nil, 123456))
	var p Parser
	var canonical []byte
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		var e Event
		var err error
		if canonical, err = p.append(canonical[:0], &e, line); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkValue(b *testing.B) {
	var p Parser
	e, err := p.Parse(appendLine(nil, 123456))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Value(&p.json); err != nil {
			b.Fatal(err)
		}
	}
}
