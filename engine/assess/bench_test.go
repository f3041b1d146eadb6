package assess_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// all is a period that holds every event of the demo organisation.
const all = 90 * 24 * time.Hour

// number reads a size from the environment.
func number(b *testing.B, name string, fallback int) int {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s: expected a positive number, found %q", name, text)
	}
	return n
}

// organisation writes the demo organisation with KT_KEYS keys (default 5,000) and reads its snapshot.
func organisation(b *testing.B, events int) (dir string, s *snapshot.Snapshot) {
	dir = b.TempDir()
	if err := demo.Write(context.Background(), dir, demo.Options{Events: events, Seed: 1, Keys: number(b, "KT_KEYS", 5000)}); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "snapshot.json"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if s, err = snapshot.Load("snapshot.json", f); err != nil {
		b.Fatal(err)
	}
	return dir, s
}

// BenchmarkStart loads the embedded library: parse, compile, type-check.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if _, err := policy.Load(context.Background(), policy.Embedded()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck is one run of all checks of both frameworks over KT_EVENTS events (default 100,000), all of them in the period.
func BenchmarkCheck(b *testing.B) {
	events := number(b, "KT_EVENTS", 100_000)
	dir, s := organisation(b, events)
	lib, err := policy.Load(context.Background(), policy.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		log := &assess.Log{Paths: []string{filepath.Join(dir, "events.ndjson")}}
		if _, err := assess.Run(context.Background(), assess.Request{Library: lib, Snapshot: s, Log: log, Now: s.CapturedAt, Since: all}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
	b.ReportMetric(peak(b), "peak-MB")
}

// peak is the most memory that this process has held, in MB, where the system tells.
func peak(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kb, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1000
		}
	}
	return 0
}

// BenchmarkOPA is `opa eval` on the same rules over the same events as one document (KT_OPA_EVENTS, default 100).
func BenchmarkOPA(b *testing.B) {
	opa, err := exec.LookPath("opa")
	if err != nil {
		b.Skip("opa is not on the path: go install github.com/open-policy-agent/opa@v1.22.2")
	}
	events := number(b, "KT_OPA_EVENTS", 100)
	dir, s := organisation(b, max(events, 10_000)) // the story of 5,000 keys alone has half of these
	lib, err := policy.Load(context.Background(), policy.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	args := []string{"eval", "--format", "values", "-i", document(b, dir, s, events), "data.bench"}
	for _, f := range lib.Files {
		if strings.HasPrefix(f.Path, "policies/") {
			args = append(args, "-d", written(b, dir, f.Path, f.Data))
		}
	}
	args = append(args, "-d", written(b, dir, "bench.rego", []byte(harness(lib))))
	for b.Loop() {
		if out, err := exec.Command(opa, args...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %.2000s", err, out)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
}

func written(b *testing.B, dir, name string, data []byte) string {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// document is the input of all checks as one JSON file, with the log's last events.
func document(b *testing.B, dir string, s *snapshot.Snapshot, last int) string {
	log, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	if err != nil {
		b.Fatal(err)
	}
	var events []json.RawMessage
	for line := range strings.Lines(string(log)) {
		events = append(events, json.RawMessage(line))
	}
	data, err := json.Marshal(map[string]any{
		"as_of": s.CapturedAt.Format(time.RFC3339), "period": map[string]any{
			"from": s.CapturedAt.Add(-all).Format(time.RFC3339), "to": s.CapturedAt.Format(time.RFC3339)},
		"snapshot": s.Value.Any(), "log": map[string]any{"events": len(events), "refused": 0, "sources": []any{}}, "all": events[len(events)-last:]})
	if err != nil {
		b.Fatal(err)
	}
	return written(b, dir, "input.json", data)
}

// harness evaluates each rule of each check: of event checks once an event.
func harness(lib *policy.Library) string {
	var out strings.Builder
	out.WriteString("package bench\n\n")
	for _, c := range lib.Checks {
		for _, rule := range []string{policy.RulePopulation, policy.RuleSelected, policy.RuleDeviation, policy.RuleWarning, policy.RuleUnknown} {
			if len(c.Rules[rule]) == 0 {
				continue
			}
			name, ref := strings.ReplaceAll(c.ID, "-", "_")+"_"+rule, "data."+c.Package+"."+rule
			switch {
			case c.Reads == policy.ReadsEvent, rule == policy.RuleSelected:
				fmt.Fprintf(&out, "%s := [i | some i, e in input.all; x := %s with input.event as e; x != set()]\n\n", name, ref)
			case c.Reads == policy.ReadsEvents:
				chosen := "data." + c.Package + "." + policy.RuleSelected
				fmt.Fprintf(&out, "%s := x if {\n\tchosen := [e | some e in input.all; %s with input.event as e]\n\tx := %s with input.events as chosen\n}\n\n", name, chosen, ref)
			default:
				fmt.Fprintf(&out, "%s := %s\n\n", name, ref)
			}
		}
	}
	return out.String()
}
