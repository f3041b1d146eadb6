package canon

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says why a text is not one JSON value that kt reads.
type SyntaxError struct {
	Offset int // in bytes from the beginning of the text
	Msg    string
	Cut    bool // the text ends too early, as a truncated one does
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg) }

// Parse reads data as exactly one JSON value. It is strict where RFC 8259 leaves room and readers therefore differ: valid UTF-8 without a
// byte order mark, no name twice in one object, no lone surrogate, no number beyond the range of a double, no nesting deeper than
// MaxDepth. Members that are null are dropped. Errors are *SyntaxError.
func Parse(data []byte) (Value, error) {
	var p Parser
	v, err := p.Parse(data)
	if err != nil {
		return Value{}, err
	}
	return *v, nil
}

// Parser parses many texts in the same memory. The zero Parser is ready. It is not safe for concurrent use.
type Parser struct {
	s       string
	pos     int
	depth   int
	root    Value
	more    []Member
	items   []Value  // what arrays of the present value hold
	members []Member // what objects of the present value hold
	openI   []Value  // of arrays not yet closed
	openM   []Member // of objects not yet closed
}

// Parse is as the function Parse, but the Value and all in it are valid only until the parser is used again. Its strings are not part of
// that memory and may be kept; they may keep a copy of data alive.
func (p *Parser) Parse(data []byte) (*Value, error) { return p.ParseString(string(data)) }

// ParseString is as Parse; strings of the Value are parts of s.
func (p *Parser) ParseString(s string) (*Value, error) { return p.ParseObject(s) }

// ParseObject is as ParseString, but adds members to the object that s is, in place of those of the same name. The members' values are
// not copied, and null ones are dropped.
func (p *Parser) ParseObject(s string, more ...Member) (*Value, error) {
	const keep = 1 << 16 // a single huge text does not pin its memory for ever
	if cap(p.items) > keep || cap(p.members) > keep || cap(p.openI) > keep || cap(p.openM) > keep {
		*p = Parser{}
	}
	p.s, p.pos, p.depth, p.more = s, 0, 0, more
	p.items, p.members, p.openI, p.openM = p.items[:0], p.members[:0], p.openI[:0], p.openM[:0]
	err := p.document()
	p.s, p.more = "", nil
	if err != nil {
		return nil, err
	}
	return &p.root, nil
}

func (p *Parser) document() error {
	p.space()
	var err error
	if p.root, err = p.value(); err != nil {
		return err
	}
	p.space()
	if p.pos < len(p.s) {
		return p.fail("expected the end of the text, found %s", p.found())
	}
	if len(p.more) > 0 && p.root.Kind != Object {
		p.pos = 0
		return p.fail("expected an object, found %s", p.root.Kind)
	}
	return nil
}

func (p *Parser) fail(format string, args ...any) error {
	return &SyntaxError{Offset: p.pos, Msg: fmt.Sprintf(format, args...), Cut: p.pos >= len(p.s)}
}

// found says in words what stands at the present position.
func (p *Parser) found() string {
	if p.pos >= len(p.s) {
		return "the end of the text"
	}
	r, size := utf8.DecodeRuneInString(p.s[p.pos:])
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("the byte 0x%02x", p.s[p.pos])
	}
	return fmt.Sprintf("%q", r)
}

func (p *Parser) space() {
	for p.pos < len(p.s) {
		switch p.s[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *Parser) value() (Value, error) {
	if p.pos >= len(p.s) {
		return Value{}, p.fail("expected a value, found the end of the text")
	}
	switch c := p.s[p.pos]; c {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		text, err := p.text()
		return Value{Kind: String, Text: text}, err
	case 't':
		return Value{Kind: Bool, Bool: true}, p.word("true")
	case 'f':
		return Value{Kind: Bool}, p.word("false")
	case 'n':
		return Value{}, p.word("null")
	default:
		if c != '-' && (c < '0' || c > '9') {
			return Value{}, p.fail("expected a value, found %s", p.found())
		}
	}
	text, length, err := number(p.s[p.pos:])
	if err == errNumber {
		p.pos += length
		return Value{}, p.fail("expected a digit of a number, without leading zeros, found %s", p.found())
	}
	if err != nil {
		return Value{}, p.fail("%s", err)
	}
	p.pos += length
	return Value{Kind: Number, Text: text}, nil
}

func (p *Parser) word(w string) error {
	if !strings.HasPrefix(p.s[p.pos:], w) {
		if strings.HasPrefix(w, p.s[p.pos:]) {
			p.pos = len(p.s)
		}
		return p.fail("expected %s", w)
	}
	p.pos += len(w)
	return nil
}

// open enters an array or object and says whether it is closed at once.
func (p *Parser) open(closing byte) (empty bool, err error) {
	if p.depth++; p.depth > MaxDepth {
		return false, p.fail("nested deeper than %d arrays and objects", MaxDepth)
	}
	p.pos++
	p.space()
	if p.pos < len(p.s) && p.s[p.pos] == closing {
		p.pos++
		p.depth--
		return true, nil
	}
	return false, nil
}

// next passes over the comma between two elements, or over the closing bracket.
func (p *Parser) next(closing byte) (done bool, err error) {
	p.space()
	if p.pos < len(p.s) {
		switch p.s[p.pos] {
		case ',':
			p.pos++
			p.space()
			return false, nil
		case closing:
			p.pos++
			p.depth--
			return true, nil
		}
	}
	return false, p.fail("expected ',' or '%c', found %s", closing, p.found())
}

func (p *Parser) array() (Value, error) {
	done, err := p.open(']')
	start := len(p.openI)
	for !done && err == nil {
		var item Value
		if item, err = p.value(); err == nil {
			p.openI = append(p.openI, item)
			done, err = p.next(']')
		}
	}
	if err != nil {
		return Value{}, err
	}
	from := len(p.items)
	p.items = append(p.items, p.openI[start:]...)
	p.openI = p.openI[:start]
	return Value{Kind: Array, Items: p.items[from:len(p.items):len(p.items)]}, nil
}

func (p *Parser) object() (Value, error) {
	opened := p.pos
	done, err := p.open('}')
	start := len(p.openM)
	for !done && err == nil {
		if err = p.member(); err == nil {
			done, err = p.next('}')
		}
	}
	if err != nil {
		return Value{}, err
	}
	open := p.openM[start:]
	sortMembers(open)
	for i := 1; i < len(open); i++ {
		if open[i-1].Key == open[i].Key {
			p.pos = opened
			return Value{}, p.fail("the name %q stands twice in one object", open[i].Key)
		}
	}
	if p.depth == 0 && len(p.more) > 0 {
		p.add(start)
		open = p.openM[start:]
	}
	from := len(p.members)
	for i := range open {
		if open[i].Value.Kind != Null {
			p.members = append(p.members, open[i])
		}
	}
	p.openM = p.openM[:start]
	return Value{Kind: Object, Members: p.members[from:len(p.members):len(p.members)]}, nil
}

// member reads one name and value of the object under way.
func (p *Parser) member() error {
	if p.pos >= len(p.s) || p.s[p.pos] != '"' {
		return p.fail("expected a name in double quotes, found %s", p.found())
	}
	key, err := p.text()
	if err != nil {
		return err
	}
	p.space()
	if p.pos >= len(p.s) || p.s[p.pos] != ':' {
		return p.fail("expected ':' after the name %q, found %s", key, p.found())
	}
	p.pos++
	p.space()
	value, err := p.value()
	if err == nil {
		p.openM = append(p.openM, Member{Key: key, Value: value})
	}
	return err
}

// add puts the additional members to the outermost object.
func (p *Parser) add(start int) {
	own := len(p.openM)
next:
	for _, m := range p.more {
		for i := start; i < own; i++ {
			if p.openM[i].Key == m.Key {
				p.openM[i].Value = m.Value
				continue next
			}
		}
		p.openM = append(p.openM, m)
	}
	sortMembers(p.openM[start:])
}

// text reads a string. Without escapes it is a part of the input.
func (p *Parser) text() (string, error) {
	opened := p.pos
	s, i := p.s, p.pos+1
	var seen byte // all bytes or-ed
	for ; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			text := s[opened+1 : i]
			if seen >= utf8.RuneSelf && !utf8.ValidString(text) {
				return "", p.invalid(opened+1, i)
			}
			p.pos = i + 1
			return text, nil
		}
		if c == '\\' {
			return p.escaped(opened, i)
		}
		if c < ' ' {
			break
		}
		seen |= c
	}
	p.pos = i
	if i < len(s) {
		return "", p.fail("the control character U+%04X stands in a string without being escaped", s[i])
	}
	return "", p.unclosed(opened)
}

func (p *Parser) unclosed(opened int) error {
	err := p.fail("the string that begins at byte %d is not closed", opened)
	return err
}

// invalid points at the first byte between two positions that is not UTF-8.
func (p *Parser) invalid(from, to int) error {
	for p.pos = from; p.pos < to; {
		r, size := utf8.DecodeRuneInString(p.s[p.pos:to])
		if r == utf8.RuneError && size == 1 {
			break
		}
		p.pos += size
	}
	return p.fail("the byte 0x%02x is not UTF-8", p.s[p.pos])
}

// escaped reads on from the first backslash of a string.
func (p *Parser) escaped(opened, i int) (string, error) {
	s := p.s
	out := append(make([]byte, 0, i-opened+32), s[opened+1:i]...)
	for i < len(s) {
		switch c := s[i]; {
		case c == '"':
			if !utf8.Valid(out) { // escapes give valid runes only, so that the fault is in what stands there literally
				return "", p.invalid(opened+1, i)
			}
			p.pos = i + 1
			return string(out), nil
		case c == '\\':
			p.pos = i
			r, size, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			i += size
		case c < ' ':
			p.pos = i
			return "", p.fail("the control character U+%04X stands in a string without being escaped", c)
		default:
			out = append(out, c)
			i++
		}
	}
	p.pos = i
	return "", p.unclosed(opened)
}

// escape reads the escape sequence at the present position.
func (p *Parser) escape() (r rune, size int, err error) {
	s := p.s[p.pos:]
	if len(s) < 2 {
		p.pos = len(p.s)
		return 0, 0, p.fail("the text ends in an escape")
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2, nil
	case 'b':
		return '\b', 2, nil
	case 'f':
		return '\f', 2, nil
	case 'n':
		return '\n', 2, nil
	case 'r':
		return '\r', 2, nil
	case 't':
		return '\t', 2, nil
	case 'u':
		r, ok := hex4(s[2:])
		if !ok {
			return 0, 0, p.fail(`expected four hex digits after \u`)
		}
		if !utf16.IsSurrogate(r) {
			return r, 6, nil
		}
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if low, ok := hex4(s[8:]); ok {
				if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
					return both, 12, nil
				}
			}
		}
		return 0, 0, p.fail("%s is a surrogate without its other half", s[:6])
	}
	return 0, 0, p.fail(`expected one of \" \\ \/ \b \f \n \r \t \u, found %q`, s[:2])
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
