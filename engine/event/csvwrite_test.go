package event

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// TestWhatIsWrittenAsCSVReadsBackAsTheSameEvent holds the writer against the reader, formulas and line breaks included.
func TestWhatIsWrittenAsCSVReadsBackAsTheSameEvent(t *testing.T) {
	lines := []string{
		`{"timestamp":"2026-05-01T00:00:37.702Z","actor":{"type":"service","id":"svc,1"},"action":"policy.updated","resource":"token/tok_1","outcome":"success"}`,
		`{"timestamp":"2026-05-01T00:00:37Z","actor":"=1+1","action":"@x.y","resource":"-2/x","outcome":"denied","id":"+id","source":"s","epoch":"4","sequence":0,"ingested_at":"2026-05-01T00:01:00Z"}`,
		`{"timestamp":"2026-05-01T00:00:38Z","actor":"a\"b","action":"x.y","resource":"plain","outcome":"unknown","outcome_basis":"implied","details":{"text":"a, \"b\"\nc","n":9007199254740993},"ip_address":"2001:db8::1","tenant":"\tT","correlation_id":"c\r\nd","policy_version":"'13"}`,
	}
	var p Parser
	var json canon.Parser
	file := []byte(CSVHeader)
	var want []Event
	for _, line := range lines {
		e, err := p.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
		row, err := e.Row(&json)
		if err != nil {
			t.Fatal(err)
		}
		file = row.AppendCSV(file)
	}
	i := 0
	log := FromReader("events.csv", bytes.NewReader(file), Options{})
	if err := log.Each(t.Context(), func(b *Batch) error {
		for _, e := range b.Events {
			if !bytes.Equal(e.Canonical, want[i].Canonical) || e.ID != want[i].ID || e.IngestedAt != want[i].IngestedAt {
				return fmt.Errorf("event %d: expected %s, found %s\n%s", i, want[i].Canonical, e.Canonical, file)
			}
			i++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if i != len(lines) {
		t.Fatalf("expected %d events, found %d", len(lines), i)
	}
	if !bytes.Contains(file, []byte(`'@x.y,'-2/x`)) || !bytes.Contains(file, []byte(`'+id`)) {
		t.Errorf("expected formulas to be guarded:\n%s", file)
	}
}
