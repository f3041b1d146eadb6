package event

import (
	"context"
	"strings"
	"testing"
	"time"
)

// An event that is refused for a number used before the window is not simply gone: it could have been a deviation.
func TestAConflictAcrossTheWindowsEdgeIsReported(t *testing.T) {
	line := func(at, action string) string {
		return `{"timestamp":"` + at + `","actor":"u","action":"` + action + `","resource":"a/b","outcome":"success","source":"s","sequence":5}`
	}
	lines := []string{line("2026-05-01T00:00:00Z", "token.create"), line("2026-06-10T00:00:00Z", "token.revoke")}
	window := Options{From: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}
	for name, order := range map[string][]string{"in order": lines, "reversed": {lines[1], lines[0]}} {
		log := FromReader("log", strings.NewReader(strings.Join(order, "\n")), window)
		if err := log.Each(context.Background(), func(b *Batch) error { b.Release(); return nil }); err != nil {
			t.Fatal(err)
		}
		s := log.Statistics()
		if len(s.Sources) != 1 || s.Sources[0].ConflictCount != 1 {
			t.Errorf("%s: expected one source with one conflict, found %+v", name, s.Sources)
		}
	}
}
