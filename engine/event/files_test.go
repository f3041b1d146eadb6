package event

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// read reads inputs as files of one log and returns it read.
func read(t testing.TB, options Options, texts ...string) *Log {
	t.Helper()
	l, _ := readEvents(t, options, texts...)
	return l
}

func readEvents(t testing.TB, options Options, texts ...string) (*Log, []Event) {
	t.Helper()
	l := &Log{options: options, roundSize: roundSize}
	for i, s := range texts {
		one := FromReader("part"+string(rune('a'+i)), strings.NewReader(s), Options{})
		l.inputs = append(l.inputs, one.inputs...)
	}
	events, err := collect(l)
	if err != nil {
		t.Fatal(err)
	}
	return l, events
}

func collect(l *Log) (events []Event, err error) {
	err = l.Each(context.Background(), func(b *Batch) error {
		for i := range b.Events {
			events = append(events, b.Events[i].Clone())
		}
		b.Release()
		return nil
	})
	return events, err
}

func zipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t testing.TB, s string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(z.EncodeAll([]byte(s), nil))
}

func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, options Options, stdin io.Reader, paths ...string) *Log {
	t.Helper()
	l, err := Open(paths, stdin, options)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// at is the minimal event of a source, numbered, at a minute of 1 June 2026.
func at(minute int, source string, sequence int, more ...string) string {
	pairs := []string{"timestamp", fmt.Sprintf(`"2026-06-01T%02d:%02d:00Z"`, minute/60, minute%60), "source", `"` + source + `"`, "sequence", fmt.Sprint(sequence)}
	return with(append(pairs, more...)...)
}

func ids(events []Event) (out []string) {
	for i := range events {
		out = append(out, events[i].ID)
	}
	return out
}
