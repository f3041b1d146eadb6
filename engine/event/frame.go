package event

import (
	"bytes"
	"fmt"
)

// framer finds where records begin and end in a stream that comes in pieces. It looks at no more than that needs: what a record says is
// parsed later, by several goroutines.
type framer interface {
	// skip passes over what stands between two records, and returns its length. A problem is one that no later record survives.
	skip(data []byte) (n int, problem *Problem)
	// scan goes on in a record: n further bytes belong to it, and ended says that it is complete.
	scan(data []byte) (n int, ended bool)
	// finish is called at the end of the stream, in or between records. A cut record is handed on like any other, for the parser to refuse.
	// A problem is one that no record shows.
	finish(inside bool) *Problem
}

// lines frames NDJSON: a record is a line, blank lines are none.
type lines struct{}

func (lines) skip(data []byte) (int, *Problem) {
	for i, c := range data {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return i, nil
		}
	}
	return len(data), nil
}

func (lines) scan(data []byte) (int, bool) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i, true
	}
	return len(data), false
}

func (lines) finish(bool) *Problem { return nil }

// items frames a JSON array: a record is an item.
type items struct {
	state  itemsState
	depth  int  // of brackets in the item
	text   bool // in a string
	escape bool // after a backslash in a string
	scalar bool // the item is neither array, object nor string
}

type itemsState uint8

const (
	beforeArray itemsState = iota
	beforeFirst            // after [
	beforeItem             // after a comma
	afterItem
	afterArray
)

func (f *items) skip(data []byte) (int, *Problem) {
	for i, c := range data {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			continue
		}
		switch f.state {
		case beforeArray: // the format was known by its bracket
			f.state = beforeFirst
			continue
		case beforeFirst, beforeItem:
			if c == ']' && f.state == beforeFirst {
				f.state = afterArray
				continue
			}
			if c == ',' || c == ']' || c == '}' || c == ':' {
				return i, &Problem{"", "an event in the JSON array", fmt.Sprintf("%q", c)}
			}
			f.state, f.depth, f.text, f.escape = afterItem, 0, false, false
			f.scalar = c != '{' && c != '[' && c != '"'
			return i, nil
		case afterItem:
			if c == ',' {
				f.state = beforeItem
				continue
			}
			if c == ']' {
				f.state = afterArray
				continue
			}
			return i, &Problem{"", "',' or ']' after an event of the JSON array", fmt.Sprintf("%q", c)}
		case afterArray:
			return i, &Problem{"", "nothing after the JSON array", fmt.Sprintf("%q", c)}
		}
	}
	return len(data), nil
}

func (f *items) scan(data []byte) (int, bool) {
	for i, c := range data {
		switch {
		case f.scalar:
			if c == ',' || c == ']' || c == ' ' || c == '\t' || c == '\r' || c == '\n' {
				return i, true
			}
		case f.escape:
			f.escape = false
		case f.text:
			switch c {
			case '\\':
				f.escape = true
			case '"':
				f.text = false
				if f.depth == 0 {
					return i + 1, true
				}
			}
		case c == '"':
			f.text = true
		case c == '{' || c == '[':
			f.depth++
		case c == '}' || c == ']':
			if f.depth--; f.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(data), false
}

func (f *items) finish(inside bool) *Problem {
	if inside || f.state == afterArray {
		return nil
	}
	return &Problem{"", "',' or ']' in the JSON array", "the end of the file: it is cut off"}
}

// rows frames CSV as RFC 4180 has it: a record is a line, which goes on where a quoted cell holds a line break.
type rows struct {
	quoted  bool // in a quoted cell
	pending bool // after a quote in a quoted cell: it ends the cell or is the first of two
	inCell  bool // after the first byte of a cell that is not quoted
	broken  bool // the present row holds a line break
}

func (f *rows) skip(data []byte) (int, *Problem) {
	for i, c := range data {
		if c != '\r' && c != '\n' {
			*f = rows{}
			return i, nil
		}
	}
	return len(data), nil
}

func (f *rows) scan(data []byte) (int, bool) {
	for i, c := range data {
		if f.pending {
			f.pending = false
			if c == '"' {
				continue
			}
			f.quoted, f.inCell = false, true
		}
		switch {
		case f.quoted:
			if c == '"' {
				f.pending = true
			}
			f.broken = f.broken || c == '\n'
		case c == '\n':
			return i, true
		case c == ',':
			f.inCell = false
		case c == '"' && !f.inCell:
			f.quoted, f.inCell = true, true
		default:
			f.inCell = true
		}
	}
	return len(data), false
}

func (f *rows) finish(inside bool) *Problem {
	if inside && f.quoted && !f.pending && f.broken {
		return &Problem{"", "the closing quote of a cell", "the end of the file: the cell may have swallowed rows"}
	}
	return nil
}
