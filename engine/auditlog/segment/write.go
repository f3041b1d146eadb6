package segment

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/keeptrusts/kt/engine/event"
)

// Write seals events: it writes both files of a segment to a folder, under their names only after what stands in them was read back and
// found equal. After an error nothing is left.
func Write(folder string, first int64, events []event.Event) (info Info, err error) {
	if len(events) == 0 || len(events) > MaxRows {
		return info, fmt.Errorf("expected 1 to %d events for a segment, found %d", MaxRows, len(events))
	}
	final, sidecar := filepath.Join(folder, Name(first)), filepath.Join(folder, IDsName(first))
	temporary := []string{final + ".tmp", sidecar + ".tmp"}
	defer func() {
		if err != nil {
			for _, name := range append(temporary, final, sidecar) {
				if gone := os.Remove(name); gone != nil && !errors.Is(gone, os.ErrNotExist) {
					err = errors.Join(err, gone)
				}
			}
		}
	}()
	info = Info{First: first, Rows: len(events), Sources: ranges(events)}
	info.From, info.To = span(events)
	if info.Size, info.SHA256, err = create(temporary[0], func(w io.Writer) error { return writeRows(w, first, events) }); err != nil {
		return info, err
	}
	if info.IDsSize, info.IDsSHA256, err = create(temporary[1], func(w io.Writer) error { return writeIDs(w, events) }); err != nil {
		return info, err
	}
	for i, name := range []string{final, sidecar} {
		if err = os.Rename(temporary[i], name); err != nil {
			return info, err
		}
	}
	if err = compare(folder, first, events); err != nil {
		return info, err
	}
	return info, syncFolder(folder)
}

// create writes a new file to its end on the disk, and gives its size and hash.
func create(name string, write func(io.Writer) error) (size int64, sum string, err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	counted := &counter{w: io.MultiWriter(f, h)}
	buffered := bufio.NewWriterSize(counted, 1<<20)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return counted.n, hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// syncFolder makes new names last, where the system lets a folder be opened.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	_ = d.Sync()
	return d.Close()
}

// compare reads a segment back: the Parquet library has lost values before.
func compare(folder string, first int64, events []event.Event) error {
	s, err := Open(folder, first)
	if err != nil {
		return err
	}
	err = s.canonical(func(row int, canonical []byte) error {
		if !bytes.Equal(canonical, events[row].Canonical) {
			return fmt.Errorf("%s: row %d reads back as other bytes than were written: %.200q instead of %.200q", s.path, row, canonical, events[row].Canonical)
		}
		return nil
	})
	if err == nil {
		err = s.Check()
	}
	return errors.Join(err, s.Close())
}

// writeRows writes the Parquet file.
func writeRows(w io.Writer, first int64, events []event.Event) (err error) {
	defer recovered(&err)
	t, err := newTable(first, events)
	if err != nil {
		return err
	}
	schema := schemaOf(t)
	out := newParquet(w, schema)
	for i, path := range schema.Columns() {
		if err := t.write(out.ColumnWriters()[i], i, path); err != nil {
			return fmt.Errorf("column %s: %w", strings.Join(path, "."), err)
		}
	}
	return out.Close()
}

// writeChunk is how many values are handed over at a time.
const writeChunk = 1024

// write hands one column over.
func (t *table) write(w *parquet.ColumnWriter, index int, path []string) error {
	value := t.valuesOf(path)
	values := make([]parquet.Value, 0, writeChunk)
	for row := 0; row < t.rows; {
		values = values[:0]
		for ; row < t.rows && len(values) < writeChunk; row++ {
			values = append(values, value(row, index))
		}
		if _, err := w.WriteRowValues(values); err != nil {
			return err
		}
	}
	return w.Close()
}

// valuesOf gives the values of a column.
func (t *table) valuesOf(path []string) func(row, column int) parquet.Value {
	if len(path) == 2 {
		i := slices.IndexFunc(t.fields, func(f *field) bool { return f.name == path[1] })
		return textsOf(&t.fields[i].texts, 1)
	}
	i := slices.IndexFunc(layout, func(c column) bool { return c.name == path[0] })
	c, level := layout[i], 0
	if c.optional {
		level = 1
	}
	switch c.kind {
	case text:
		return textsOf(t.texts[c.name], level)
	case flag:
		return func(row, column int) parquet.Value { return parquet.BooleanValue(t.derived[row]).Level(0, 0, column) }
	}
	numbers := t.numbers[c.name]
	return func(row, column int) parquet.Value {
		if numbers[row] == none {
			return parquet.NullValue().Level(0, 0, column)
		}
		return parquet.Int64Value(numbers[row]).Level(0, level, column)
	}
}

func textsOf(c *texts, level int) func(row, column int) parquet.Value {
	return func(row, column int) parquet.Value {
		code := c.codes[row]
		if code < 0 {
			return parquet.NullValue().Level(0, 0, column)
		}
		v := c.values[code]
		if v == "" {
			return parquet.ByteArrayValue(empty).Level(0, level, column)
		}
		return parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(v), len(v))).Level(0, level, column)
	}
}

var empty = []byte{}

// span is the least and the greatest time.
func span(events []event.Event) (from, to time.Time) {
	from, to = events[0].Time, events[0].Time
	for i := range events {
		if t := events[i].Time; t.Before(from) {
			from = t
		} else if t.After(to) {
			to = t
		}
	}
	return from, to
}

// ranges are the runs of sources, by source and epoch.
func ranges(events []event.Event) []SourceRange {
	type key struct{ source, epoch string }
	found := map[key]*SourceRange{}
	for i := range events {
		e := &events[i]
		k := key{e.Source, e.Epoch}
		if k.source == "" {
			k.source = "-"
		}
		r := found[k]
		if r == nil {
			r = &SourceRange{Source: k.source, Epoch: k.epoch, FirstSequence: math.MaxInt64, LastSequence: -1, FirstAt: e.Time, LastAt: e.Time}
			found[k] = r
		}
		r.add(e)
	}
	out := make([]SourceRange, 0, len(found))
	for _, r := range found {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b SourceRange) int {
		if c := strings.Compare(a.Source, b.Source); c != 0 {
			return c
		}
		return strings.Compare(a.Epoch, b.Epoch)
	})
	return out
}

func (r *SourceRange) add(e *event.Event) {
	r.Events++
	if e.Sequence >= 0 && e.Source != "" {
		r.FirstSequence, r.LastSequence = min(r.FirstSequence, e.Sequence), max(r.LastSequence, e.Sequence)
	} else {
		r.Unsequenced++
	}
	if e.Time.Before(r.FirstAt) {
		r.FirstAt = e.Time
	}
	if e.Time.After(r.LastAt) {
		r.LastAt = e.Time
	}
}
