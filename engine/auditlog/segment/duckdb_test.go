package segment

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// duckdb runs SQL in the real DuckDB of testdata/duckdb, which KT_TEST_REAL=1 builds; without it the test is skipped.
func duckdb(t *testing.T, statement string) []byte {
	t.Helper()
	if os.Getenv("KT_TEST_REAL") != "1" {
		t.Skip("DuckDB needs cgo; KT_TEST_REAL=1 builds it")
	}
	c := exec.CommandContext(t.Context(), "go", "run", ".", statement)
	c.Dir = filepath.Join("..", "..", "..", "testdata", "duckdb")
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	var failed bytes.Buffer
	c.Stderr = &failed
	out, err := c.Output()
	if err != nil {
		t.Fatalf("duckdb: %v\n%s", err, &failed)
	}
	return out
}

// TestAnOutsideReaderFindsWhatWasStored has DuckDB read a segment, and holds each row against the event that was sealed.
func TestAnOutsideReaderFindsWhatWasStored(t *testing.T) {
	events := parsed(t, append(generated(5, 400), generatedDetails(200)...)...)
	dir := t.TempDir()
	if _, err := Write(dir, 7, events); err != nil {
		t.Fatal(err)
	}
	columns := []string{"log_index", "id", "id_derived", "epoch_ns(timestamp) AS at", "actor_type", "actor_id", "action", "resource_type", "resource_id", "outcome",
		"outcome_basis", "details", "ip_address", "source", "epoch", "sequence", "epoch_ns(ingested_at) AS arrived", "tenant", "correlation_id", "policy_version", "details_fields.rule AS rule"}
	out := duckdb(t, fmt.Sprintf("SELECT %s FROM '%s' ORDER BY log_index", strings.Join(columns, ", "), filepath.Join(dir, Name(7))))
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	row := 0
	for ; lines.Scan(); row++ {
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		var have map[string]any
		if err := d.Decode(&have); err != nil {
			t.Fatal(err)
		}
		for name, want := range expectedRow(t, int64(7+row), &events[row]) {
			if fmt.Sprint(have[name]) != fmt.Sprint(want) {
				t.Fatalf("row %d: %s: expected %v, found %v", row, name, want, have[name])
			}
		}
	}
	if row != len(events) {
		t.Fatalf("expected %d rows, found %d", len(events), row)
	}
}

func generatedDetails(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`{"timestamp":"2026-05-01T00:00:00Z","actor":"u","action":"x.y","resource":"r/%d","outcome":"success","details":{"rule":"r%d"}}`, i, i%3)
	}
	return out
}

// expectedRow is what an outside reader must find of an event; nil is a null.
func expectedRow(t *testing.T, index int64, e *event.Event) map[string]any {
	t.Helper()
	v, err := canon.Parse(e.Canonical)
	if err != nil {
		t.Fatal(err)
	}
	member := func(keys ...string) any {
		of := &v
		for _, key := range keys {
			of = of.Get(key)
		}
		switch {
		case of == nil:
			return nil
		case of.Kind == canon.String || of.Kind == canon.Number:
			return of.Text
		}
		return string(canon.Append(nil, of))
	}
	want := map[string]any{"log_index": index, "id": e.ID, "id_derived": e.Derived(), "at": e.Time.UnixNano(), "arrived": nil,
		"actor_type": member("actor", "type"), "actor_id": member("actor", "id"), "resource_type": member("resource", "type"), "resource_id": member("resource", "id")}
	for _, name := range []string{"action", "outcome", "outcome_basis", "details", "ip_address", "source", "epoch", "sequence", "tenant", "correlation_id", "policy_version"} {
		want[name] = member(name)
	}
	if rule := v.Get("details").Get("rule"); rule != nil {
		want["rule"] = string(canon.Append(nil, rule))
	} else {
		want["rule"] = nil
	}
	if e.IngestedAt != "" {
		at, err := clock.Parse(e.IngestedAt)
		if err != nil {
			t.Fatal(err)
		}
		want["arrived"] = at.Truncate(time.Nanosecond).UnixNano()
	}
	return want
}

func TestAnOutsideReaderFindsWhatWasExported(t *testing.T) {
	events := parsed(t, generated(9, 300)...)
	path := filepath.Join(t.TempDir(), "export.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(f)
	for i := 0; i < len(events); i += 100 {
		if err := w.Add([]int64{int64(i)}, events[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out := duckdb(t, fmt.Sprintf("SELECT log_index, id FROM '%s' ORDER BY log_index", path))
	want := ""
	for i := 0; i < len(events); i += 100 {
		line, err := json.Marshal(map[string]any{"log_index": i, "id": events[i].ID})
		if err != nil {
			t.Fatal(err)
		}
		want += string(line) + "\n"
	}
	if string(out) != want {
		t.Fatalf("expected\n%s\nfound\n%s", want, out)
	}
}
