package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/keeptrusts/kt/engine/demo"
)

func log(t *testing.T, opt demo.Options) []byte {
	t.Helper()
	data, err := io.ReadAll(demo.Events(opt))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheLogHasAsManyLinesAsAskedForOfAUsualLength(t *testing.T) {
	for _, opt := range []demo.Options{{Events: 500, Seed: 1}, {Events: 1000, Seed: 2}, {Events: 20_000, Seed: 3}, {Events: 20_000, Seed: 4, Clean: true}} {
		data := log(t, opt)
		if n := bytes.Count(data, []byte("\n")); n != opt.Events {
			t.Errorf("expected %d lines, found %d", opt.Events, n)
		}
		if mean := len(data) / opt.Events; opt.Events == 20_000 && (mean < 345 || mean > 385) {
			t.Errorf("expected about 365 bytes a line, found %d", mean)
		}
	}
}

// logged is what these tests read of an event.
type logged struct {
	Timestamp time.Time  `json:"timestamp"`
	IP        netip.Addr `json:"ip_address"`
	Action    string     `json:"action"`
	Source    string     `json:"source"`
	Epoch     string     `json:"epoch"`
	Sequence  int64      `json:"sequence"`
}

func events(t *testing.T, opt demo.Options) []logged {
	t.Helper()
	var out []logged
	lines := bufio.NewScanner(demo.Events(opt))
	for lines.Scan() {
		var e logged
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		out = append(out, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEventsComeInTheOrderOfTimeAndOfTheirNumbers(t *testing.T) {
	const first, last = "2026-05-01T00:00:00Z", "2026-06-30T00:00:00Z"
	var before time.Time
	type run struct{ source, epoch string }
	next, runs := map[run]int64{}, map[string]int{}
	for _, e := range events(t, demo.Options{Events: 5000, Seed: 6, Clean: true}) {
		if e.Timestamp.Before(before) {
			t.Fatalf("%v comes after %v", e.Timestamp, before)
		}
		before = e.Timestamp
		if at := e.Timestamp.UTC().Format(time.RFC3339); at < first || at >= last {
			t.Fatalf("%s lies outside of the two months", at)
		}
		r := run{e.Source, e.Epoch}
		want, known := next[r]
		if !known {
			runs[e.Source]++
		}
		switch {
		case known && e.Sequence != want:
			t.Fatalf("%s, epoch %s: %d comes after %d", e.Source, e.Epoch, e.Sequence, want-1)
		case !known && runs[e.Source] > 1 && e.Sequence != 0:
			t.Fatalf("%s: the new epoch %s begins with %d", e.Source, e.Epoch, e.Sequence)
		}
		next[r] = e.Sequence + 1
	}
	if len(runs) < 10 || len(next) <= len(runs) {
		t.Errorf("expected ten sources or more, some of them restarted; found %d with %d runs", len(runs), len(next))
	}
}

func TestAddressesAreOnesForDocumentation(t *testing.T) {
	var nets []netip.Prefix
	for _, net := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"} {
		nets = append(nets, netip.MustParsePrefix(net))
	}
	for _, e := range events(t, demo.Options{Events: 2000, Seed: 7}) {
		inside := !e.IP.IsValid()
		for _, n := range nets {
			inside = inside || n.Contains(e.IP)
		}
		if !inside {
			t.Fatalf("%s is an address that somebody may have", e.IP)
		}
	}
	data, err := demo.Snapshot(demo.Options{Events: 1000, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		if strings.Contains(line, "@") && !strings.Contains(line, "@example.com") {
			t.Errorf("%s is an address that somebody may have", line)
		}
	}
}

func TestTheSameOptionsGiveTheSameBytesAndAnotherSeedOthers(t *testing.T) {
	opt := demo.Options{Events: 1000, Seed: 8}
	one := log(t, opt)
	slow, err := io.ReadAll(iotest.OneByteReader(demo.Events(opt)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, slow) {
		t.Error("the log depends on how it is read")
	}
	first, err1 := demo.Snapshot(opt)
	second, err2 := demo.Snapshot(opt)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the snapshot differs from one time to the next")
	}
	if bytes.Equal(one, log(t, demo.Options{Events: 1000, Seed: 9})) {
		t.Error("the seed does not matter")
	}
}

func TestALongerLogTakesNoMoreMemory(t *testing.T) {
	allocated := func(n int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := io.Copy(io.Discard, demo.Events(demo.Options{Events: n, Seed: 1})); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	short, long := allocated(10_000), allocated(300_000)
	if long > short+1<<20 {
		t.Errorf("ten thousand events took %d bytes of memory, three hundred thousand %d", short, long)
	}
}

func TestExactlyThreeFilesAreWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	opt := demo.Options{Events: 1000, Seed: 1}
	if err := demo.Write(context.Background(), dir, opt); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "events.ndjson planted.json snapshot.json" {
		t.Errorf("found %s", got)
	}
	written, err := os.ReadFile(filepath.Join(dir, demo.EventsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, log(t, opt)) {
		t.Error("the written log is not the streamed one")
	}
	var defects []demo.Defect
	text, err := os.ReadFile(filepath.Join(dir, demo.PlantedFile))
	if err == nil {
		err = json.Unmarshal(text, &defects)
	}
	if err != nil || len(defects) == 0 {
		t.Errorf("planted.json holds %d defects: %v", len(defects), err)
	}
}

func TestAnInterruptionLeavesNoFile(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if err := demo.Write(ctx, dir, demo.Options{Events: 1000}); !errors.Is(err, context.Canceled) {
		t.Fatalf("expected the interruption, found %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("found %v %v", entries, err)
	}
}

func TestWhatCannotBeMadeIsRefused(t *testing.T) {
	for _, test := range []struct {
		opt  demo.Options
		says string
	}{
		{demo.Options{Events: 10}, "events: expected at least"},
		{demo.Options{Events: -1}, "events: expected at least"},
		{demo.Options{Keys: 3}, "keys: expected at least 30, found 3"},
		{demo.Options{Events: 1000, Keys: 5000}, "events: expected at least"},
	} {
		_, planted := demo.Planted(test.opt)
		_, snapshot := demo.Snapshot(test.opt)
		_, read := demo.Events(test.opt).Read(make([]byte, 1))
		dir := filepath.Join(t.TempDir(), "new")
		for _, err := range []error{planted, snapshot, read, demo.Write(context.Background(), dir, test.opt)} {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%+v: expected %q, found %v", test.opt, test.says, err)
			}
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%+v: the folder was made", test.opt)
		}
	}
}

// BenchmarkLog writes a million events.
func BenchmarkLog(b *testing.B) {
	for b.Loop() {
		n, err := io.Copy(io.Discard, demo.Events(demo.Options{Events: 1_000_000, Seed: 1}))
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
}
