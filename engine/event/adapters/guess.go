package adapters

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// Guessing is what event.Options.Adapt takes to read each file by its own guess. A file that is not plain is an error; an empty one is not.
func Guessing(options Options) func(head []byte) (event.Adaptation, error) {
	return func(head []byte) (event.Adaptation, error) {
		if len(bytes.TrimSpace(head)) == 0 {
			return event.Adaptation{}, nil
		}
		name, ok := Guess(head)
		if !ok {
			return event.Adaptation{}, fmt.Errorf("expected records that are plainly of one of the formats %s, found none or several; name the format with --format", strings.Join(Names(), ", "))
		}
		a, _ := ByName(name)
		return a.Adaptation(options), nil
	}
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
