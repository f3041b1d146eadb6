package segment

import (
	"fmt"
	"io"
	"slices"

	"github.com/keeptrusts/kt/engine/event"
)

// Writer writes events of a log to one Parquet file of any length, with the columns of a segment but those of members of details.
type Writer struct {
	to      io.Writer
	encoder *encoder
}

// NewWriter begins a file.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// maxGroups is how many groups of rows a Parquet file may have.
const maxGroups = 1 << 15

// Add writes at most MaxRows events, with their places in the log, as one group of rows.
func (w *Writer) Add(indices []int64, events []event.Event) (err error) {
	defer recovered(&err)
	if len(events) > MaxRows || len(indices) != len(events) {
		return fmt.Errorf("expected at most %d events, each with its place, found %d and %d", MaxRows, len(events), len(indices))
	}
	if len(events) == 0 {
		return nil
	}
	t, err := newTable(0, events)
	if err != nil {
		return err
	}
	t.fields.chosen, t.numbers[logIndex] = nil, slices.Clone(indices)
	if err := w.begin(); err != nil {
		return err
	}
	if len(w.encoder.groups) == maxGroups {
		return fmt.Errorf("expected at most %d groups of rows, found more: write larger ones, or several files", maxGroups)
	}
	return w.encoder.group(t)
}

func (w *Writer) begin() (err error) {
	if w.encoder == nil {
		w.encoder, err = newEncoder(w.to)
	}
	return err
}

// Close ends the file. Without events it has no rows.
func (w *Writer) Close() (err error) {
	defer recovered(&err)
	if err := w.begin(); err != nil {
		return err
	}
	return w.encoder.close(nil)
}

// recovered turns a panic of the Parquet library into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the Parquet library failed: %v", p)
	}
}
