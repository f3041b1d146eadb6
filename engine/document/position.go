package document

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Pointer joins keys and indexes to a JSON pointer (RFC 6901).
func Pointer(parts ...any) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		switch p := part.(type) {
		case int:
			b.WriteString(strconv.Itoa(p))
		case string:
			b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
		}
	}
	return b.String()
}

func pointerParts(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
	}
	return parts
}

// Position is where the value at a JSON pointer stands, lines and columns from 1. Of a value that is not there it is the place of
// the nearest one around it; of a document that was not read from text it is 0, 0.
func (d *Document) Position(pointer string) (line, column int) {
	return d.at(place{pointer: pointer})
}

// Problem is a complaint about the value at a JSON pointer.
func (d *Document) Problem(pointer, expected, found, hint string) Problem {
	line, column := d.Position(pointer)
	return Problem{File: d.Name, Line: line, Column: column, Pointer: pointer, Expected: expected, Found: found, Hint: hint}
}

// place names a value of a document, or the key under which it stands.
type place struct {
	pointer string
	key     bool
}

func (d *Document) at(p place) (line, column int) {
	switch parts := pointerParts(p.pointer); {
	case d.yaml != nil:
		n := locateYAML(d.yaml, parts, p.key)
		return n.Line, n.Column
	case d.json != nil:
		s := scanner{data: d.json}
		s.locate(parts, p.key)
		return lineColumn(d.json, s.at)
	}
	return 0, 0
}

// places are the lines and columns of many values. JSON is walked once for all of them: a large document can be wrong in every
// item.
func (d *Document) places(list []place) [][2]int {
	out := make([][2]int, len(list))
	offsets := map[place]int{}
	if d.json != nil && len(list) > 1 {
		for _, p := range list {
			offsets[p] = -1
		}
		s := scanner{data: d.json}
		s.space()
		s.walk(nil, s.at, func(pointer []byte, value, key int) {
			if _, ok := offsets[place{pointer: string(pointer)}]; ok {
				offsets[place{pointer: string(pointer)}] = value
			}
			if _, ok := offsets[place{string(pointer), true}]; ok {
				offsets[place{string(pointer), true}] = key
			}
		})
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(offsets[list[a]], offsets[list[b]]) })
	count := counter{data: d.json}
	for _, i := range order {
		if offset, ok := offsets[list[i]]; ok && offset >= 0 {
			out[i][0], out[i][1] = count.lineColumn(offset)
			continue
		}
		out[i][0], out[i][1] = d.at(list[i])
	}
	return out
}

func locateYAML(n *yaml.Node, parts []string, key bool) *yaml.Node {
	for i, part := range parts {
		var next, at *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for j := 0; j+1 < len(n.Content); j += 2 {
				if n.Content[j].Value == part {
					at, next = n.Content[j], n.Content[j+1]
				}
			}
		case yaml.SequenceNode:
			if index, err := strconv.Atoi(part); err == nil && index >= 0 && index < len(n.Content) {
				next = n.Content[index]
				at = next
			}
		}
		if next == nil {
			return n
		}
		if key && i == len(parts)-1 {
			return at
		}
		n = next
	}
	return n
}

// scanner walks JSON that is known to be valid.
type scanner struct {
	data []byte
	at   int
}

// locate moves to the value that the parts name, or with key to its key; where there is none, to the value around it.
func (s *scanner) locate(parts []string, key bool) {
	s.space()
	for i, part := range parts {
		start := s.at
		keyAt, ok := s.enter(part)
		if !ok {
			s.at = start
			return
		}
		if key && i == len(parts)-1 {
			s.at = keyAt
		}
	}
}

// enter moves from an object or list to its member or item.
func (s *scanner) enter(part string) (keyAt int, ok bool) {
	object := s.peek() == '{'
	if !object && s.peek() != '[' {
		return 0, false
	}
	s.at++
	for i := 0; ; i++ {
		name := strconv.Itoa(i)
		if s.item(); s.closed() {
			return 0, false
		}
		keyAt = s.at
		if object {
			name = s.key()
		}
		if name == part {
			return keyAt, true
		}
		s.skip()
	}
}

// walk visits each value with its pointer and the offsets of itself and of its key (its own where it has none).
func (s *scanner) walk(pointer []byte, keyAt int, visit func(pointer []byte, value, key int)) {
	visit(pointer, s.at, keyAt)
	object := s.peek() == '{'
	if !object && s.peek() != '[' {
		s.skip()
		return
	}
	s.at++
	for i := 0; ; i++ {
		if s.item(); s.closed() {
			s.at++
			return
		}
		at := s.at
		if object {
			s.walk(append(pointer, Pointer(s.key())...), at, visit)
		} else {
			s.walk(strconv.AppendInt(append(pointer, '/'), int64(i), 10), at, visit)
		}
	}
}

// member passes over the next member of an object, and says its key and where that stands.
func (s *scanner) member() (key string, at int, ok bool) {
	if s.item(); s.closed() {
		return "", s.at, false
	}
	at = s.at
	key = s.key()
	s.skip()
	return key, at, true
}

// item moves to the next item or member.
func (s *scanner) item() {
	if s.space(); s.peek() == ',' {
		s.at++
		s.space()
	}
}

func (s *scanner) closed() bool {
	c := s.peek()
	return c == '}' || c == ']' || c == 0
}

// key reads a key and moves to its value.
func (s *scanner) key() string {
	at := s.at
	s.skip()
	name := unquoted(s.data[at:s.at])
	s.space()
	s.at++ // the colon
	s.space()
	return name
}

// skip moves past one value.
func (s *scanner) skip() {
	for depth := 0; s.at < len(s.data); {
		switch s.data[s.at] {
		case '"':
			s.skipText()
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		case ',', ':', ' ', '\t', '\r', '\n':
			s.at++
		default:
			for s.at < len(s.data) && !strings.ContainsRune(",:]} \t\r\n", rune(s.data[s.at])) {
				s.at++
			}
		}
		if depth == 0 {
			return
		}
	}
}

func (s *scanner) skipText() {
	for s.at++; s.at < len(s.data); s.at++ {
		switch s.data[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return
		}
	}
}

func (s *scanner) space() {
	for s.at < len(s.data) && strings.IndexByte(" \t\r\n", s.data[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

// unquoted is the text of a JSON string.
func unquoted(quoted []byte) string {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return ""
	}
	return text
}

// lineColumn turns an offset into a line and a column in characters, both from 1.
func lineColumn(data []byte, offset int) (line, column int) {
	c := counter{data: data}
	return c.lineColumn(offset)
}

// counter finds lines and columns of offsets in ascending order, in one walk over the text.
type counter struct {
	data         []byte
	from         int
	lines, runes int // before from, and between the begin of its line and it
}

func (c *counter) lineColumn(offset int) (line, column int) {
	offset = min(max(offset, c.from), len(c.data))
	passed := c.data[c.from:offset]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		c.lines += bytes.Count(passed, []byte("\n"))
		c.runes = 0
		passed = passed[last+1:]
	}
	c.runes += utf8.RuneCount(passed)
	c.from = offset
	return 1 + c.lines, 1 + c.runes
}
