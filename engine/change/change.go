// Package change reads change records: what was changed in the policies and the configuration, by whom, and who approved it.
package change

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/document"
)

// maxLine is the longest record, 4 MiB.
const maxLine = 4 << 20

// Records are the change records of one evaluation, in the order of the files' names and of their lines.
type Records struct {
	Items  []canon.Value // never nil
	SHA256 string        // 64 hex digits, over the bytes of all files
}

// Load reads the records of a file, or of the files of a folder whose names end in .ndjson or .jsonl. A record that breaks
// schemas/change.json, or repeats an id, is document.Problems.
func Load(path string) (*Records, error) {
	files, err := filesOf(path)
	if err != nil {
		return nil, err
	}
	r := &reader{records: &Records{Items: []canon.Value{}}, first: map[string]string{}}
	sum := sha256.New()
	for _, name := range files {
		if err := r.file(name, sum); err != nil {
			return nil, err
		}
	}
	if err := r.problems.Err(); err != nil {
		return nil, err
	}
	r.records.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return r.records, nil
}

func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("change records: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("change records: %w", err)
	}
	var out []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && (ext == ".ndjson" || ext == ".jsonl") {
			out = append(out, filepath.Join(path, e.Name()))
		}
	}
	if len(out) == 0 && len(entries) > 0 {
		return nil, fmt.Errorf("%s: expected files that end in .ndjson or .jsonl, found none", path)
	}
	slices.Sort(out)
	return out, nil
}

type reader struct {
	records  *Records
	first    map[string]string // where each id stands first
	problems document.Problems
}

func (r *reader) file(name string, sum io.Writer) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("change records: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(io.TeeReader(f, sum))
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) > 0 {
			if err := r.line(name, n, lines.Bytes()); err != nil {
				return err
			}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("%s:%d: expected a line of at most 4 MiB, found a longer one", name, n+1)
	}
	return lines.Err()
}

// line reads one record; what is wrong with it is noted with its place in the file.
func (r *reader) line(name string, n int, data []byte) error {
	doc, err := document.ParseJSON(name, data)
	if err == nil {
		err = doc.Validate("change")
	}
	var problems document.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			p.Line = max(p.Line, 1) + n - 1
			r.problems = append(r.problems, p)
		}
		return nil
	}
	if err != nil {
		return err
	}
	id, place := doc.Value.Get("id").Text, fmt.Sprintf("%s:%d", name, n)
	if first, there := r.first[id]; there {
		r.problems = append(r.problems, document.Problem{File: name, Line: n, Pointer: "/id", Expected: "an id of its own", Found: fmt.Sprintf("%q, which %s has", id, first)})
		return nil
	}
	r.first[id] = place
	r.records.Items = append(r.records.Items, doc.Value)
	return nil
}
