package assess_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// numbered are events of one source, an hour apart from the first of June on.
func numbered(source, epoch string, numbers ...int) []string {
	var out []string
	for _, n := range numbers {
		at := time.Date(2026, 6, 1, n, 0, 0, 0, time.UTC)
		out = append(out, fmt.Sprintf(`{"timestamp":%q,"actor":"u","action":"a.b","resource":"r/1","outcome":"success","source":%q,"epoch":%q,"sequence":%d}`,
			at.Format(time.RFC3339), source, epoch, n))
	}
	return out
}

// stored imports each group of lines by itself, as commands one after the other would.
func stored(t *testing.T, groups ...[]string) *auditlog.Reader {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	w, err := auditlog.OpenWriter(t.Context(), dir, auditlog.Options{Keys: ledger.Keys{Dir: t.TempDir()}, Origin: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, lines := range groups {
		log := event.FromReader("log", strings.NewReader(strings.Join(lines, "\n")), event.Options{})
		if _, err := w.Import(t.Context(), auditlog.Import{Log: log}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := auditlog.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestCompletenessOfTheStore holds the check log-complete, over the store, to what is expected of logs that lack something.
func TestCompletenessOfTheStore(t *testing.T) {
	lib, err := policy.Load(t.Context(), policy.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	alive := `{"id":"gw","heartbeat_at":"2026-06-30T00:00:00Z","events_emitted":%d}`
	other := strings.Replace(numbered("gw", "", 7)[0], "success", "failure", 1)
	for _, c := range []struct {
		name    string
		groups  [][]string
		sources string
		status  string
		says    string // in a reason of a deviation or an unknown
	}{
		{"all numbers are there", [][]string{numbered("gw", "", 1, 2, 3)}, fmt.Sprintf(alive, 3), "pass", ""},
		{"one number is missing", [][]string{numbered("gw", "", 1, 2, 3, 4, 5, 6, 8, 9, 10)}, fmt.Sprintf(alive, 9), "fail", "7-7"},
		{"a missing number arrives later", [][]string{numbered("gw", "", 1, 2, 4), numbered("gw", "", 3)}, fmt.Sprintf(alive, 4), "pass", ""},
		{"an event comes twice, the same", [][]string{numbered("gw", "", 1, 2), numbered("gw", "", 2, 3)}, fmt.Sprintf(alive, 3), "pass", ""},
		{"a number comes twice, with other content", [][]string{numbered("gw", "", 6, 7, 8), {other}}, fmt.Sprintf(alive, 3), "fail", "Different events"},
		{"numbers come in any order", [][]string{numbered("gw", "", 8, 7, 6)}, fmt.Sprintf(alive, 3), "pass", ""},
		{"a new run begins at 0, and the count is met", [][]string{numbered("gw", "a", 8, 9), numbered("gw", "b", 0, 1)}, fmt.Sprintf(alive, 4), "pass", ""},
		{"the end of a run was lost", [][]string{numbered("gw", "a", 8, 9), numbered("gw", "b", 0, 1)}, fmt.Sprintf(alive, 5), "fail", "counted 5"},
		{"the last events of a source were lost", [][]string{numbered("gw", "", 1, 2)}, fmt.Sprintf(alive, 4), "fail", "counted 4"},
		{"a source was idle and says so", [][]string{numbered("other", "", 1)}, fmt.Sprintf(alive, 0) + `,{"id":"other","heartbeat_at":"2026-06-30T00:00:00Z","events_emitted":1}`, "pass", ""},
		{"a source was silent", [][]string{numbered("gw", "", 1)}, `{"id":"gw","heartbeat_at":"2026-06-20T00:00:00Z","events_emitted":1}`, "not_evaluable", "no sign of life"},
		{"a declared source was never seen and counts nothing", [][]string{numbered("gw", "", 1)}, fmt.Sprintf(alive, 1) + `,{"id":"ghost","heartbeat_at":"2026-06-30T00:00:00Z"}`, "not_evaluable", "no count"},
		{"a declared source was never seen and counts some", [][]string{numbered("gw", "", 1)}, fmt.Sprintf(alive, 1) + `,{"id":"ghost","heartbeat_at":"2026-06-30T00:00:00Z","events_emitted":2}`, "fail", "counted 2"},
		{"a source of the log is not declared", [][]string{numbered("gw", "", 1), numbered("shadow", "", 1)}, fmt.Sprintf(alive, 1), "fail", "do not name it"},
		{"one event was forged and one lost", [][]string{numbered("gw", "", 1, 2, 4, 5)}, fmt.Sprintf(alive, 4), "fail", "3-3"},
		{"a line was refused", [][]string{numbered("gw", "", 1), {"no event"}}, fmt.Sprintf(alive, 1), "not_evaluable", "refused"},
		{"an event of the last period closes a gap of numbers", [][]string{{strings.Replace(numbered("gw", "", 2)[0], "2026-06-01", "2026-05-20", 1)}, numbered("gw", "", 1, 3)}, fmt.Sprintf(alive, 2), "pass", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := snapshot.Load("s.json", strings.NewReader(`{"captured_at":"2026-06-30T00:00:00Z","sources":[`+c.sources+`]}`))
			if err != nil {
				t.Fatal(err)
			}
			p, err := assess.Run(t.Context(), assess.Request{Library: lib, Snapshot: s, Log: &assess.Log{Store: stored(t, c.groups...)}, Now: s.CapturedAt, Only: []string{"log-complete"}})
			if err != nil {
				t.Fatal(err)
			}
			found := p.Checks[0]
			var reasons strings.Builder
			for _, f := range append(found.Deviations, found.Unknown...) {
				reasons.WriteString(f.Reason + "\n")
			}
			if found.Status != c.status || !strings.Contains(reasons.String(), c.says) {
				t.Errorf("expected %s, saying %q; found %s, saying\n%s", c.status, c.says, found.Status, reasons.String())
			}
		})
	}
}

// TestEventsThatRetentionDroppedAreNeverGreen judges a period of which a segment was dropped: its events are counted, and cannot be judged.
func TestEventsThatRetentionDroppedAreNeverGreen(t *testing.T) {
	lib, err := policy.Load(t.Context(), policy.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load("s.json", strings.NewReader(`{"captured_at":"2026-06-30T00:00:00Z","users":[{"id":"u","type":"human","status":"active"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "store")
	w, err := auditlog.OpenWriter(t.Context(), dir, auditlog.Options{Keys: ledger.Keys{Dir: t.TempDir()}, Origin: "test"})
	if err != nil {
		t.Fatal(err)
	}
	log := event.FromReader("log", strings.NewReader(strings.Join(numbered("gw", "", 1, 2, 3), "\n")), event.Options{})
	if _, err := w.Import(t.Context(), auditlog.Import{Log: log}); err != nil {
		t.Fatal(err)
	}
	judge := func() (status, reasons string) {
		r, err := auditlog.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		p, err := assess.Run(t.Context(), assess.Request{Library: lib, Snapshot: s, Log: &assess.Log{Store: r}, Now: s.CapturedAt, Only: []string{"accountable-actor"}})
		if err != nil {
			t.Fatal(err)
		}
		return p.Checks[0].Status, strings.Join(p.Checks[0].Reasons, "\n")
	}
	if status, reasons := judge(); status != "pass" {
		t.Fatalf("expected pass before, found %s: %s", status, reasons)
	}
	if err := w.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	if plan, err := w.Retain(t.Context(), auditlog.RetainOptions{Class: "all", Before: before, Reason: "test", By: "t"}); err != nil || len(plan.Drop) != 1 {
		t.Fatalf("expected one segment to be dropped, found %+v (%v)", plan, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if status, reasons := judge(); status != "not_evaluable" || !strings.Contains(reasons, "retention has dropped") {
		t.Errorf("expected not_evaluable for what was dropped, found %s: %s", status, reasons)
	}
}
