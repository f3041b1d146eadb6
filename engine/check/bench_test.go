package check_test

import (
	"testing"

	"github.com/keeptrusts/kt/engine/check"
)

// BenchmarkStream offers 20,000 events to ten checks; the figure to look at is ns/event.
func BenchmarkStream(b *testing.B) {
	lib := library(b, "event", eventChecks)
	s := snap(b, users)
	lines := randomEvents(1, 20_000)
	b.ResetTimer()
	for b.Loop() {
		run(b, lib, check.Inputs{Snapshot: s, Log: check.Files{Log: logOf(b, lines...)}}, check.Options{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(lines)), "ns/event")
}
