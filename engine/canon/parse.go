package canon

import (
	"fmt"
	"strings"
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
	if err := p.item(); err != nil {
		return err
	}
	p.root = p.openI[0]
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

// peek is the byte at the present position, 0 at the end.
func (p *Parser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

// scalar reads what is neither array nor object into v, which is null.
func (p *Parser) scalar(v *Value) (err error) {
	switch c := p.peek(); {
	case c == '"':
		v.Kind = String
		v.Text, err = p.text()
		return err
	case c == '-' || (c >= '0' && c <= '9'):
		v.Kind = Number
		v.Text, err = p.number()
		return err
	case c == 't':
		v.Kind, v.Bool = Bool, true
		return p.word("true")
	case c == 'f':
		v.Kind = Bool
		return p.word("false")
	case c == 'n':
		return p.word("null")
	}
	return p.fail("expected a value, found %s", p.found())
}

func (p *Parser) number() (string, error) {
	text, length, err := number(p.s[p.pos:])
	if err == errNumber {
		p.pos += length
		return "", p.fail("expected a digit of a number, without leading zeros, found %s", p.found())
	}
	if err != nil {
		return "", p.fail("%s", err)
	}
	p.pos += length
	return text, nil
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

// item reads one value of the array under way. Slots are found by their index, for reading what is in them may move them.
func (p *Parser) item() (err error) {
	i := len(p.openI)
	p.openI = append(p.openI, Value{})
	switch p.peek() {
	case '{':
		var members []Member
		members, err = p.object()
		p.openI[i].Kind, p.openI[i].Members = Object, members
	case '[':
		var items []Value
		items, err = p.array()
		p.openI[i].Kind, p.openI[i].Items = Array, items
	default:
		err = p.scalar(&p.openI[i])
	}
	return err
}

func (p *Parser) array() ([]Value, error) {
	done, err := p.open(']')
	start := len(p.openI)
	for !done && err == nil {
		if err = p.item(); err == nil {
			done, err = p.next(']')
		}
	}
	if err != nil {
		return nil, err
	}
	from := len(p.items)
	p.items = append(p.items, p.openI[start:]...)
	p.openI = p.openI[:start]
	return p.items[from:len(p.items):len(p.items)], nil
}

func (p *Parser) object() ([]Member, error) {
	opened := p.pos
	done, err := p.open('}')
	start := len(p.openM)
	for !done && err == nil {
		if err = p.member(); err == nil {
			done, err = p.next('}')
		}
	}
	if err != nil {
		return nil, err
	}
	members, twice := p.settle(start)
	if twice != nil {
		p.pos = opened
		return nil, p.fail("the name %q stands twice in one object", twice.Key)
	}
	return members, nil
}

// settle copies the members from start on, in order and without nulls, to where they stay, or returns one whose name stands twice.
func (p *Parser) settle(start int) (members []Member, twice *Member) {
	open := p.openM[start:]
	var few [fewMembers]uint8 // sorting numbers moves less memory than sorting members
	order := few[:]
	if len(open) > fewMembers || (p.depth == 0 && len(p.more) > 0) {
		sortMembers(open)
		order = nil
	} else {
		order = order[:len(open)]
		sortNumbers(order, open)
	}
	at := func(i int) *Member {
		if order != nil {
			i = int(order[i])
		}
		return &open[i]
	}
	for i := 1; i < len(open); i++ {
		if at(i-1).Key == at(i).Key {
			return nil, at(i)
		}
	}
	if p.depth == 0 && len(p.more) > 0 {
		p.add(start)
		open = p.openM[start:]
	}
	from := len(p.members)
	for i := range open {
		if m := at(i); m.Value.Kind != Null {
			p.members = append(p.members, *m)
		}
	}
	p.openM = p.openM[:start]
	return p.members[from:len(p.members):len(p.members)], nil
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
	i := len(p.openM)
	p.openM = append(p.openM, Member{Key: key})
	switch p.peek() {
	case '{':
		var members []Member
		members, err = p.object()
		p.openM[i].Value.Kind, p.openM[i].Value.Members = Object, members
	case '[':
		var items []Value
		items, err = p.array()
		p.openM[i].Value.Kind, p.openM[i].Value.Items = Array, items
	default:
		err = p.scalar(&p.openM[i].Value)
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
