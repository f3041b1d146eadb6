package event

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// long is a log that is longer than what is looked at to recognise it.
func long(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for text.Len() < 5*HeadSize {
		text.WriteString(with("details", `{"n":"`+strings.Repeat("x", text.Len()%97)+`"}`) + "\n")
	}
	return text.String()
}

func TestALogIsReadWholeAfterItWasRecognised(t *testing.T) {
	text := long(t)
	file := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var sums []string
	for name, content := range map[string]string{"a pipe": text, "a compressed pipe": zipped(t, text), "a file": ""} {
		paths := []string{Stdin}
		if content == "" {
			paths = []string{file}
		}
		l, err := Open(paths, io.MultiReader(strings.NewReader(content)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := l.Recognise(t.Context()); err != nil {
				t.Fatal(name, err)
			}
		}
		if err := l.Each(t.Context(), func(b *Batch) error { b.Release(); return nil }); err != nil {
			t.Fatal(name, err)
		}
		if f := l.Facts(); f.Records != int64(strings.Count(text, "\n")) {
			t.Errorf("%s: %d records, want %d", name, f.Records, strings.Count(text, "\n"))
		}
		sums = append(sums, l.Facts().SHA256)
	}
	if sums[0] != sums[1] || sums[1] != sums[2] {
		t.Errorf("the sums differ: %q", sums)
	}
}

func TestWhatCannotBeRecognisedIsSaidBeforeAnythingIsRead(t *testing.T) {
	refused := errors.New("no")
	adapt := func(head []byte) (Adaptation, error) {
		if strings.HasPrefix(string(head), "{\"x\"") {
			return Adaptation{}, refused
		}
		return Adaptation{}, nil
	}
	l, err := Open([]string{Stdin}, strings.NewReader(`{"x":1}`), Options{Adapt: adapt})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Recognise(t.Context()); !errors.Is(err, refused) || !strings.HasPrefix(err.Error(), "standard input: ") {
		t.Error(err)
	}
	l, err = Open([]string{Stdin}, strings.NewReader("\x00\x01\x02"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Recognise(t.Context()); err == nil || !strings.Contains(err.Error(), "found a binary file") {
		t.Error(err)
	}
}

// TestAPipeThatGivesNothingIsLeft: neither recognising nor reading it outlasts its context.
func TestAPipeThatGivesNothingIsLeft(t *testing.T) {
	r, w := io.Pipe()
	defer func() { _ = w.Close() }() // it never fails
	l, err := Open([]string{Stdin}, r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Recognise(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if l, err = Open([]string{Stdin}, r, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := l.Each(ctx, func(*Batch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
