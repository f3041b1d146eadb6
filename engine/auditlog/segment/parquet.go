package segment

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/keeptrusts/kt/engine/event"
)

// Writer writes events of a log to one Parquet file of any length, with the columns of a segment but those of members of details.
type Writer struct {
	to  io.Writer
	out *parquet.Writer
}

// NewWriter begins a file.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Add writes at most MaxRows events, with their places in the log, as one group of rows.
func (w *Writer) Add(indices []int64, events []event.Event) (err error) {
	defer recovered(&err)
	if len(events) > MaxRows || len(indices) != len(events) {
		return fmt.Errorf("expected at most %d events, each with its place, found %d and %d", MaxRows, len(events), len(indices))
	}
	t, err := newTable(0, events)
	if err != nil {
		return err
	}
	t.fields, t.numbers[logIndex] = nil, slices.Clone(indices)
	if w.out == nil {
		w.out = newParquet(w.to, schemaOf(t))
	}
	for i, path := range w.out.Schema().Columns() {
		if err := t.write(w.out.ColumnWriters()[i], i, path); err != nil {
			return fmt.Errorf("column %s: %w", strings.Join(path, "."), err)
		}
	}
	return w.out.Flush()
}

// Close ends the file. Without events it has no rows.
func (w *Writer) Close() (err error) {
	defer recovered(&err)
	if w.out == nil {
		t, err := newTable(0, nil)
		if err != nil {
			return err
		}
		w.out = newParquet(w.to, schemaOf(t))
	}
	return w.out.Close()
}

// recovered turns a panic of the Parquet library into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the Parquet library failed: %v", p)
	}
}

func newParquet(w io.Writer, schema *parquet.Schema) *parquet.Writer {
	return parquet.NewWriter(w, schema, parquet.PageBufferSize(pageSize), parquet.DataPageStatistics(true), parquet.CreatedBy("kt", "1", ""),
		parquet.MaxRowsPerRowGroup(MaxRows))
}
