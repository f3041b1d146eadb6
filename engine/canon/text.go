package canon

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string. Without escapes it is a part of the input.
func (p *Parser) text() (string, error) {
	opened := p.pos
	i := plainUntil(p.s, opened+1)
	if i < len(p.s) {
		switch p.s[i] {
		case '"':
			text := p.s[opened+1 : i]
			if !isASCII(text) && !utf8.ValidString(text) {
				return "", p.invalid(opened+1, i)
			}
			p.pos = i + 1
			return text, nil
		case '\\':
			return p.escaped(opened, i)
		}
	}
	p.pos = i
	if i < len(p.s) {
		return "", p.fail("the control character U+%04X stands in a string without being escaped", p.s[i])
	}
	return "", p.unclosed(opened)
}

// Eight bytes at a time, as one number: ones has 1 in each of them, highs the highest bit.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func eight(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// plainUntil finds the first byte from i on that does not stand for itself in a JSON string: a quote, a backslash, a control character; the
// length of s where there is none.
func plainUntil(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		x := eight(s, i)
		quote, backslash := x^ones*'"', x^ones*'\\'
		special := (x-ones*' ')&^x | (quote-ones)&^quote | (backslash-ones)&^backslash
		if special &= highs; special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

func isASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if eight(s, i)&highs != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
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
