package segment

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"unsafe"

	"github.com/keeptrusts/kt/engine/canon"
)

// pair is a member of an object in canonical form: its name, and its value as it stands there.
type pair struct {
	name, value string
	plain       bool // the value is a text without escapes
}

// text is the member's text.
func (m *pair) text() (string, error) {
	if m.plain {
		return m.value[1 : len(m.value)-1], nil
	}
	return unquote(m.value)
}

// members appends the members of an object in canonical form. What comes here was made by kt, so that only its form is looked at.
func members(dst []pair, object string) ([]pair, error) {
	if len(object) < 2 || object[0] != '{' || object[len(object)-1] != '}' {
		return dst, fmt.Errorf("expected an object in canonical form, found %.40q", object)
	}
	rest := object[1 : len(object)-1]
	for rest != "" {
		end, plain := quoted(rest)
		if end < 0 || end >= len(rest) || rest[end] != ':' {
			return dst, fmt.Errorf("expected a member's name in canonical form, found %.40q", rest)
		}
		name := rest[1 : end-1]
		if !plain {
			var err error
			if name, err = unquote(rest[:end]); err != nil {
				return dst, err
			}
		}
		rest = rest[end+1:]
		if end, plain = item(rest); end <= 0 {
			return dst, fmt.Errorf("expected a member's value in canonical form, found %.40q", rest)
		}
		dst = append(dst, pair{name, rest[:end], plain})
		if rest = rest[end:]; rest != "" {
			if rest[0] != ',' || len(rest) == 1 {
				return dst, fmt.Errorf("expected another member, found %.40q", rest)
			}
			rest = rest[1:]
		}
	}
	return dst, nil
}

// item finds where the value at the beginning of a text ends, and whether it is a text without escapes; -1: it does not end.
func item(s string) (end int, plain bool) {
	if s == "" {
		return -1, false
	}
	switch s[0] {
	case '"':
		return quoted(s)
	case '{', '[':
		depth := 0
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '"':
				n, _ := quoted(s[i:])
				if n < 0 {
					return -1, false
				}
				i += n - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1, false
				}
			}
		}
		return -1, false
	}
	if end := strings.IndexByte(s, ','); end >= 0 {
		return end, false
	}
	return len(s), false
}

// Eight bytes at a time, as one number: ones has 1 in each of them, highs the highest bit.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// quoted is the length of the quoted text at the beginning, and whether it has no escapes; -1: there is none, or it does not end.
func quoted(s string) (end int, plain bool) {
	if s == "" || s[0] != '"' {
		return -1, false
	}
	b := unsafe.Slice(unsafe.StringData(s), len(s)) // it is only read
	plain = true
	for i := 1; ; {
		for ; i+8 <= len(b); i += 8 {
			x := binary.LittleEndian.Uint64(b[i:])
			quote, backslash := x^ones*'"', x^ones*'\\'
			if found := ((quote-ones)&^quote | (backslash-ones)&^backslash) & highs; found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' {
			i++
		}
		if i >= len(b) {
			return -1, false
		}
		if b[i] == '"' {
			return i + 1, plain
		}
		i, plain = i+2, false
	}
}

// unquote reads a JSON string with escapes.
func unquote(s string) (string, error) {
	v, err := canon.Parse([]byte(s))
	if err != nil || v.Kind != canon.String {
		return "", fmt.Errorf("expected a text, found %.40q", s)
	}
	return v.Text, nil
}

// appendMember appends a member to an object that is being written: dst is empty at first, and the caller closes it.
func appendMember(dst []byte, name, value string) []byte {
	if len(dst) == 0 {
		dst = append(dst, '{')
	} else {
		dst = append(dst, ',')
	}
	dst = append(canon.AppendString(dst, name), ':')
	return append(dst, value...)
}
