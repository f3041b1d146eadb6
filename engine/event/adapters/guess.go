package adapters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/event"
)

// Guess tells by the beginning of a file, plain text that may be cut off anywhere, whose records it holds. It looks at the names of the
// first record's members, in whatever frame, and at nothing else; ok is false where no adapter's, or several adapters', are all there.
func Guess(head []byte) (name string, ok bool) {
	names := firstNames(head)
	for _, a := range known {
		if !slices.ContainsFunc(a.plain, func(set []string) bool { return containsAll(names, set) }) {
			continue
		}
		if ok {
			return "", false
		}
		name, ok = a.Name, true
	}
	return name, ok
}

// Guessing is what event.Options.Adapt takes to read each file by its own guess. What is not plain is read as kt's own events, so that it
// is refused line by line and kept, but for JSON objects that have none of the names that an event needs: these are an error, for all
// of a system's log would be refused.
func Guessing(options Options) func(head []byte) (event.Adaptation, error) {
	return func(head []byte) (event.Adaptation, error) {
		if name, ok := Guess(head); ok {
			a, _ := ByName(name)
			return a.Adaptation(options), nil
		}
		if !startsWithObject(head) || containsAny(firstNames(head), required) {
			return event.Adaptation{}, nil
		}
		return event.Adaptation{}, fmt.Errorf("expected records that are plainly of one of the formats %s, found JSON of none or of several; name the format with --format", strings.Join(Names(), ", "))
	}
}

// required are the members that every event of kt's own has.
var required = []string{"timestamp", "actor", "action", "resource", "outcome"}

// startsWithObject says whether the first record is a JSON object, as far as it is there: alone, or in an array. What is cut off
// before the end of the largest head is none.
func startsWithObject(head []byte) bool {
	whole := len(head) < event.HeadSize-len("\xef\xbb\xbf")
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	d := json.NewDecoder(bytes.NewReader(head))
	if len(head) > 0 && head[0] == '[' {
		if _, err := d.Token(); err != nil {
			return false
		}
	}
	var record json.RawMessage
	switch err := d.Decode(&record); {
	case err == nil:
		return record[0] == '{'
	case errors.Is(err, io.ErrUnexpectedEOF) && !whole:
		return len(bytes.TrimLeft(head, "[ \t\r\n")) > 0 && bytes.TrimLeft(head, "[ \t\r\n")[0] == '{'
	}
	return false
}

func containsAny(names map[string]bool, set []string) bool {
	return slices.ContainsFunc(set, func(name string) bool { return names[name] })
}

func containsAll(names map[string]bool, set []string) bool {
	for _, name := range set {
		if !names[name] {
			return false
		}
	}
	return true
}

// firstNames reads the names of the members of the first record, as far as they are there: of the first object, of the first in an array,
// or of the first in an array under one of the names that adapters know as wrappers. A CSV file's are those of its header.
func firstNames(head []byte) map[string]bool {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	names := map[string]bool{}
	if len(head) > 0 && head[0] != '{' && head[0] != '[' {
		header, _, _ := strings.Cut(string(head), "\n")
		for _, name := range strings.Split(strings.TrimSuffix(header, "\r"), ",") {
			names[strings.Trim(name, `"`)] = true
		}
		return names
	}
	d := json.NewDecoder(bytes.NewReader(head))
	if token, err := d.Token(); err != nil {
		return names
	} else if token == json.Delim('[') {
		if token, err = d.Token(); err != nil || token != json.Delim('{') {
			return names
		}
	}
	for {
		token, err := d.Token()
		name, isName := token.(string)
		if err != nil || !isName { // the end of the object, or of the text
			return names
		}
		names[name] = true
		value, err := d.Token()
		if err != nil {
			return names
		}
		switch value {
		case json.Delim('['):
			if isWrapper(name) {
				if value, err = d.Token(); err == nil && value == json.Delim('{') {
					clear(names) // of the object around: the record's count
					continue
				}
				return names
			}
			err = pass(d)
		case json.Delim('{'):
			err = pass(d)
		}
		if err != nil {
			return names
		}
	}
}

func isWrapper(name string) bool {
	return slices.ContainsFunc(known, func(a *Adapter) bool { return slices.Contains(a.Wrapper, name) })
}

// pass passes over the rest of an array or object whose first bracket is read.
func pass(d *json.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}
