package auditlog

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// benchmarkFile is a log of 1,000,000 events or so, named by KT_LOG; kt demo --events 1000000 makes one.
func benchmarkFile(b *testing.B) string {
	path := os.Getenv("KT_LOG")
	if path == "" {
		b.Skip("KT_LOG names no NDJSON file; make one with kt demo --events 1000000 --out demo")
	}
	return path
}

// BenchmarkImport imports a file into a new store, with hashing and sealing.
func BenchmarkImport(b *testing.B) {
	path := benchmarkFile(b)
	for b.Loop() {
		root := b.TempDir()
		w, err := OpenWriter(b.Context(), filepath.Join(root, "store"), Options{Keys: ledger.Keys{Dir: filepath.Join(root, "keys")}})
		if err != nil {
			b.Fatal(err)
		}
		report := importFile(b, w, path)
		b.ReportMetric(float64(report.Stored), "events")
		closed(b, w)
	}
}

func importFile(b *testing.B, w *Writer, path string) Report {
	log, err := event.Open([]string{path}, nil, event.Options{})
	if err != nil {
		b.Fatal(err)
	}
	report, err := w.Import(b.Context(), Import{Log: log})
	if err != nil {
		b.Fatal(err)
	}
	return report
}

// BenchmarkImportAgain imports a file that the store has already; KT_LOG_AGAIN is the same in another order.
func BenchmarkImportAgain(b *testing.B) {
	path := benchmarkFile(b)
	root := b.TempDir()
	w, err := OpenWriter(b.Context(), filepath.Join(root, "store"), Options{Keys: ledger.Keys{Dir: filepath.Join(root, "keys")}})
	if err != nil {
		b.Fatal(err)
	}
	importFile(b, w, path)
	if again := os.Getenv("KT_LOG_AGAIN"); again != "" {
		path = again
	}
	for b.Loop() {
		if report := importFile(b, w, path); report.Stored != 0 {
			b.Fatalf("stored again: %+v", report)
		}
	}
	closed(b, w)
}

// BenchmarkDecode reads the same file line by line and decodes each by encoding/json: what an import is measured against.
func BenchmarkDecode(b *testing.B) {
	path := benchmarkFile(b)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, event.MaxLine)
		n := 0
		for lines.Scan() {
			var v map[string]any
			if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(n), "events")
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStore asks a store that holds the file.
func BenchmarkStore(b *testing.B) {
	path := benchmarkFile(b)
	root := b.TempDir()
	dir, keys := filepath.Join(root, "store"), ledger.Keys{Dir: filepath.Join(root, "keys")}
	w, err := OpenWriter(b.Context(), dir, Options{Keys: keys})
	check(b, err)
	importFile(b, w, path)
	closed(b, w)
	open := func(b *testing.B) *Reader {
		r, err := Open(b.Context(), dir)
		check(b, err)
		return r
	}
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			check(b, open(b).Close())
		}
	})
	r := open(b)
	defer func() { check(b, r.Close()) }()
	middle, err := r.EventAt(b.Context(), r.Head().Size/2)
	check(b, err)
	b.Run("Find", func(b *testing.B) {
		for b.Loop() {
			if found, err := r.Find(b.Context(), middle.ID); err != nil || len(found) == 0 {
				b.Fatal(found, err)
			}
		}
	})
	b.Run("Statistics", func(b *testing.B) { // a window with two edges
		for b.Loop() {
			_, err := r.Statistics(b.Context(), middle.Time.AddDate(0, 0, -5), middle.Time)
			check(b, err)
		}
	})
	b.Run("Verify", func(b *testing.B) {
		for b.Loop() {
			v, err := Verify(b.Context(), dir, VerifyOptions{Keys: keys})
			if err != nil || !v.Good() {
				b.Fatal(v, err)
			}
			b.ReportMetric(float64(v.Size), "events")
		}
	})
	b.Run("Append", func(b *testing.B) { // one event at a time
		w, err := OpenWriter(b.Context(), dir, Options{Keys: keys})
		check(b, err)
		n := 0
		for b.Loop() {
			n++
			if _, err := w.Append(b.Context(), parsed(b, numbered("bench", n, 1))); err != nil {
				b.Fatal(err)
			}
		}
		closed(b, w)
	})
}
