package document

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/keeptrusts/kt/engine/canon"
)

// MaxBytes is the largest document that is read: 64 MiB.
const MaxBytes = 64 << 20

// Document is one document with the places of its values. It does not change after it was read.
type Document struct {
	Name  string // the file, as the user knows it
	Value canon.Value

	json []byte     // of a JSON document: its text
	yaml *yaml.Node // of a YAML document: its root
}

// Parse reads a document as what the name's extension says (.json, .yaml, .yml); with another one, text that begins with
// { or [ is JSON and all else YAML. Errors are Problems.
func Parse(name string, data []byte) (*Document, error) {
	switch strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/"))) {
	case ".json":
		return ParseJSON(name, data)
	case ".yaml", ".yml":
		return ParseYAML(name, data)
	}
	if text := bytes.TrimLeft(withoutMark(data), " \t\r\n"); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return ParseJSON(name, data)
	}
	return ParseYAML(name, data)
}

// ParseJSON reads a JSON document (RFC 8259, UTF-8, no duplicate keys). Errors are Problems.
func ParseJSON(name string, data []byte) (*Document, error) {
	data = withoutMark(data)
	if err := readable(name, data, "a JSON document"); err != nil {
		return nil, err
	}
	value, err := canon.Parse(data)
	if err != nil {
		return nil, jsonProblem(name, data, err)
	}
	return &Document{Name: name, Value: value, json: data}, nil
}

// ParseYAML reads a YAML document. Errors are Problems.
func ParseYAML(name string, data []byte) (*Document, error) {
	data = withoutMark(data)
	if err := readable(name, data, "a YAML document"); err != nil {
		return nil, err
	}
	root, err := parseYAML(name, data)
	if err != nil {
		return nil, err
	}
	plain, err := plainYAML(name, root, 0)
	if err != nil {
		return nil, err
	}
	value, err := canon.FromAny(plain)
	if err != nil {
		return nil, Problems{{File: name, Line: root.Line, Column: root.Column, Expected: "plain data", Found: err.Error()}}
	}
	return &Document{Name: name, Value: value, yaml: root}, nil
}

// FromAny makes a document of Go values (maps, slices, strings, numbers, booleans); its values have no places. The name
// says where it came from.
func FromAny(name string, value any) (*Document, error) {
	v, err := canon.FromAny(value)
	if err != nil {
		return nil, Problems{{File: name, Expected: "plain data", Found: err.Error()}}
	}
	return &Document{Name: name, Value: v}, nil
}

// withoutMark drops the byte order mark with which some editors begin a file.
func withoutMark(data []byte) []byte {
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
}

// readable refuses what cannot be a document before a parser sees it.
func readable(name string, data []byte, what string) error {
	if len(data) > MaxBytes {
		return Problems{{File: name, Expected: fmt.Sprintf("at most %d MiB", MaxBytes>>20),
			Found: fmt.Sprintf("%d bytes", len(data)), Hint: "split it, or leave out what no check reads"}}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return Problems{{File: name, Expected: what, Found: "an empty file"}}
	}
	if at := invalidUTF8(data); at >= 0 {
		line, column := lineColumn(data, at)
		return Problems{{File: name, Line: line, Column: column, Expected: what + " in UTF-8",
			Found: fmt.Sprintf("the byte 0x%02x", data[at]), Hint: "is it a binary file, or in another encoding?"}}
	}
	return nil
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, -1 where all is.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// jsonProblem gives a syntax error its line and column.
func jsonProblem(name string, data []byte, err error) error {
	p := Problem{File: name, Found: "not valid JSON: " + err.Error()}
	var syntax *canon.SyntaxError
	if errors.As(err, &syntax) {
		at := syntax.Offset
		if second, ok := secondKey(data, at); ok {
			at = second
		}
		p.Line, p.Column = lineColumn(data, at)
		p.Found = "not valid JSON: " + syntax.Msg
	}
	return Problems{p}
}

// secondKey is where the object at an offset repeats a key. The parser sees that only when it has read the whole object, and complains
// of the object.
func secondKey(data []byte, offset int) (int, bool) {
	s := scanner{data: data, at: offset}
	if s.peek() != '{' {
		return 0, false
	}
	seen := map[string]bool{}
	for s.at++; ; {
		key, at, ok := s.member()
		if !ok || seen[key] {
			return at, ok
		}
		seen[key] = true
	}
}
