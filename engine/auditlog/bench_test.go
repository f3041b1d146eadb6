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

// BenchmarkImportAgain imports a file that the store has already.
func BenchmarkImportAgain(b *testing.B) {
	path := benchmarkFile(b)
	root := b.TempDir()
	w, err := OpenWriter(b.Context(), filepath.Join(root, "store"), Options{Keys: ledger.Keys{Dir: filepath.Join(root, "keys")}})
	if err != nil {
		b.Fatal(err)
	}
	importFile(b, w, path)
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
