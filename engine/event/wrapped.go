package event

import (
	"fmt"
	"slices"

	"github.com/keeptrusts/kt/engine/canon"
)

// wrapped frames the records in an array that is a member of an object, such as {"Records":[…]}; further such objects may follow. The
// object's other members are passed over without being kept: only their brackets and strings are held against JSON's grammar.
type wrapped struct {
	names   []string // of the member with the array, any one of them
	state   wrappedState
	list    items
	found   bool   // the object has had its array
	name    []byte // of the member under way, as far as it can be one of names
	closing []byte // brackets that the value passed over waits for
	text    bool   // in a string of it
	escape  bool   // after a backslash in a string
}

type wrappedState uint8

const (
	beforeObject wrappedState = iota
	beforeFirstName
	beforeName
	inName
	beforeColon
	beforeValue
	inValue
	inScalar
	afterValue
	inList
)

// wraps says whether a text begins with an object that holds such an array. What comes before the array must be in the text.
func wraps(head []byte, names []string) bool {
	w := &wrapped{names: names}
	_, _ = w.skip(head) // whatever is wrong after the array, the reading will say
	return w.found
}

func (w *wrapped) skip(data []byte) (int, *Problem) {
	for i, c := range data {
		if w.state == inList {
			n, problem := w.list.skip(data[i : i+1])
			if problem != nil || n == 0 {
				return i, problem
			}
			if w.list.state == afterArray {
				w.state = afterValue
			}
			continue
		}
		if problem := w.step(c); problem != nil {
			return i, problem
		}
	}
	return len(data), nil
}

// step takes one byte outside the array in.
func (w *wrapped) step(c byte) *Problem {
	switch w.state {
	case inName:
		w.inName(c)
		return nil
	case inValue:
		return w.inValue(c)
	case inScalar:
		if c != ',' && c != '}' && !blank(c) {
			return nil
		}
		w.state = afterValue
	}
	if blank(c) {
		return nil
	}
	switch w.state {
	case beforeObject:
		if c != '{' {
			return &Problem{"", "an object around the records", fmt.Sprintf("%q", c)}
		}
		w.state, w.found = beforeFirstName, false
	case beforeFirstName, beforeName:
		if c == '}' && w.state == beforeFirstName {
			return w.end()
		}
		if c != '"' {
			return &Problem{"", "a member of the object around the records", fmt.Sprintf("%q", c)}
		}
		w.state, w.name = inName, w.name[:0]
	case beforeColon:
		if c != ':' {
			return &Problem{"", fmt.Sprintf("':' after the name %q", w.name), fmt.Sprintf("%q", c)}
		}
		w.state = beforeValue
	case beforeValue:
		return w.value(c)
	case afterValue:
		switch c {
		case ',':
			w.state = beforeName
		case '}':
			return w.end()
		default:
			return &Problem{"", "',' or '}' in the object around the records", fmt.Sprintf("%q", c)}
		}
	}
	return nil
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

const longestWrapper = 64 // bytes of a name

func (w *wrapped) inName(c byte) {
	switch {
	case w.escape:
		w.escape = false
	case c == '\\':
		w.escape = true
	case c == '"':
		w.state = beforeColon
		return
	}
	if len(w.name) < longestWrapper {
		w.name = append(w.name, c)
	}
}

// value begins a member's value.
func (w *wrapped) value(c byte) *Problem {
	if slices.Contains(w.names, string(w.name)) {
		switch {
		case w.found:
			return &Problem{"", "one array of records in an object", fmt.Sprintf("a second one, %q", w.name)}
		case c == '[':
			w.state, w.found, w.list = inList, true, items{state: beforeFirst}
			return nil
		case c != 'n': // null: there are none
			return &Problem{"/" + string(w.name), "an array of records", fmt.Sprintf("%q", c)}
		}
		w.found = true
	}
	switch c {
	case '{', '[', '"':
		w.state, w.closing, w.text, w.escape = inValue, w.closing[:0], false, false
		return w.inValue(c)
	case ',', '}', ']', ':':
		return &Problem{"", fmt.Sprintf("a value of %q", w.name), fmt.Sprintf("%q", c)}
	}
	w.state = inScalar
	return nil
}

// inValue passes over a byte of an array, an object or a string.
func (w *wrapped) inValue(c byte) *Problem {
	switch {
	case w.escape:
		w.escape = false
	case w.text && c == '\\':
		w.escape = true
	case c == '"':
		w.text = !w.text
	case w.text:
	case c == '{' || c == '[':
		if len(w.closing) == canon.MaxDepth {
			return &Problem{"", fmt.Sprintf("at most %d arrays and objects in each other", canon.MaxDepth), "more"}
		}
		w.closing = append(w.closing, c+2) // in ASCII, } and ] follow { and [ at a distance of two
	case c == '}' || c == ']':
		last := len(w.closing) - 1
		if w.closing[last] != c {
			return &Problem{"", fmt.Sprintf("%q", w.closing[last]), fmt.Sprintf("%q", c)}
		}
		w.closing = w.closing[:last]
	}
	if !w.text && len(w.closing) == 0 {
		w.state = afterValue
	}
	return nil
}

// end ends the object. One without records would hide that they stand under another name.
func (w *wrapped) end() *Problem {
	if !w.found {
		return &Problem{"", fmt.Sprintf("records in one of the members %q, as in the objects before", w.names), "an object without"}
	}
	w.state = beforeObject
	return nil
}

func (w *wrapped) scan(data []byte) (int, bool) { return w.list.scan(data) }

func (w *wrapped) finish(inside bool) *Problem {
	if inside || w.state == beforeObject {
		return nil
	}
	return &Problem{"", "the end of the object around the records", "the end of the file: it is cut off"}
}
