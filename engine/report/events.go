package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

// Events writes events of the audit log one after the other.
type Events struct {
	format string
	out    *bufio.Writer
	look   Look
	parser canon.Parser
	line   []byte
	rows   []table.Row
	count  int
}

// NewEvents begins to write events as table, ndjson, csv, or json: one document with the members events, count and cursor.
func NewEvents(format string, w io.Writer, look Look) (*Events, error) {
	e := &Events{format: format, out: bufio.NewWriterSize(w, 64<<10), look: look}
	switch format {
	case "table", "ndjson":
	case "csv":
		_, err := e.out.WriteString(event.CSVHeader)
		return e, err
	case "json":
		_, err := e.out.WriteString("{\n  \"events\": [")
		return e, err
	default:
		return nil, fmt.Errorf("expected table, ndjson or csv, found %q", format)
	}
	return e, nil
}

// Add writes an event that stands at an index of the log.
func (e *Events) Add(index int64, of *event.Event) error {
	e.count++
	switch e.format {
	case "table":
		return e.row(index, of)
	case "csv":
		row, err := of.Row(&e.parser)
		if err != nil {
			return err
		}
		e.line = row.AppendCSV(e.line[:0])
	default:
		v, err := of.Value(&e.parser)
		if err != nil {
			return err
		}
		if e.line = e.line[:0]; e.format == "json" {
			separator := ",\n    "
			if e.count == 1 {
				separator = separator[1:]
			}
			e.line = append(e.line, separator...)
		}
		e.line = canon.Append(e.line, &v)
		if e.format == "ndjson" {
			e.line = append(e.line, '\n')
		}
	}
	_, err := e.out.Write(e.line)
	return err
}

func (e *Events) row(index int64, of *event.Event) error {
	r, err := of.Row(&e.parser)
	if err != nil {
		return err
	}
	details := r.Details
	if short := []rune(details); len(short) > 120 {
		details = string(short[:119]) + "…"
	}
	e.rows = append(e.rows, table.Row{index, r.Timestamp, printable(r.ActorType + "/" + r.ActorID), printable(of.Action), printable(r.ResourceType + "/" + r.ResourceID),
		r.Outcome, r.IPAddress, printable(r.ID), printable(details)})
	return nil
}

// End writes what is left. cursor is where the rest begins; "" where there is none.
func (e *Events) End(cursor string) error {
	switch e.format {
	case "json":
		close := "\n  ],\n"
		if e.count == 0 {
			close = "],\n"
		}
		text := fmt.Sprintf("%s  \"count\": %d", close, e.count)
		if cursor != "" {
			text += fmt.Sprintf(",\n  \"cursor\": %q", cursor)
		}
		if _, err := e.out.WriteString(text + "\n}\n"); err != nil {
			return err
		}
	case "table":
		if e.count == 0 {
			if _, err := e.out.WriteString("No event of the log is like that.\n"); err != nil {
				return err
			}
			break
		}
		head := table.Row{"INDEX", "TIME", "ACTOR", "ACTION", "RESOURCE", "OUTCOME", "ADDRESS", "ID", "DETAILS"}
		if err := write(e.out, e.look, head, e.rows, 8, 9); err != nil {
			return err
		}
	}
	return e.out.Flush()
}
