// Package canon reads JSON strictly and writes it canonically, as RFC 8785 says, so that equal documents have equal bytes and one hash.
//
// It differs from RFC 8785 in two points, both of which the event format wants: an integer literal keeps its digits however long it is
// (RFC 8785 would round it to the nearest IEEE 754 double beyond ±2^53), and members whose value is null are dropped, for absent and null
// are the same thing.
package canon

import (
	"slices"
)

// MaxDepth is how deep arrays and objects may be nested; a scalar has depth 0, [] and {} have depth 1.
const MaxDepth = 64

// Kind is what a Value is.
type Kind uint8

// The kinds of JSON. The zero Value is null.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// Value is one JSON value.
type Value struct {
	Kind    Kind
	Bool    bool
	Text    string   // of a String its decoded text, of a Number its canonical digits
	Items   []Value  // of an Array
	Members []Member // of an Object, in the order of RFC 8785 (by UTF-16 code units), without nulls
}

// Member is one name and value of an object.
type Member struct {
	Key   string
	Value Value
}

// Get returns the member of that name, nil where there is none, or where v is nil or no object.
func (v *Value) Get(key string) *Value {
	if v == nil || v.Kind != Object {
		return nil
	}
	for i := range v.Members {
		if v.Members[i].Key == key {
			return &v.Members[i].Value
		}
	}
	return nil
}

// Set gives an object a member, in place of the one of that name if there is one. It does nothing where v is nil or no object.
func (v *Value) Set(key string, to Value) {
	if v == nil || v.Kind != Object {
		return
	}
	i, found := slices.BinarySearchFunc(v.Members, key, func(m Member, key string) int { return CompareKeys(m.Key, key) })
	if found {
		v.Members[i].Value = to
		return
	}
	v.Members = slices.Insert(slices.Clip(v.Members), i, Member{Key: key, Value: to})
}

// CompareKeys orders as RFC 8785 §3.2.3 does, by UTF-16 code units. That is the order of the UTF-8 bytes, but that characters beyond
// U+FFFF (UTF-8 from F0) come before U+E000 to U+FFFF (EE and EF), because in UTF-16 they begin with a surrogate.
func CompareKeys(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if (x >= 0xF0) != (y >= 0xF0) && min(x, y) >= 0xEE {
			x, y = y, x
		}
		if x < y {
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}

func sortMembers(m []Member) {
	slices.SortFunc(m, func(a, b Member) int { return CompareKeys(a.Key, b.Key) })
}

// fewMembers is how many members an object may have to be sorted by sortNumbers.
const fewMembers = 32

// sortNumbers fills numbers with those of the members, in the members' order. Objects are small and often almost sorted.
func sortNumbers(numbers []uint8, m []Member) {
	for i := range m {
		j := i
		for ; j > 0 && CompareKeys(m[numbers[j-1]].Key, m[i].Key) > 0; j-- {
			numbers[j] = numbers[j-1]
		}
		numbers[j] = uint8(i)
	}
}

// Append appends the canonical bytes of v.
func Append(dst []byte, v *Value) []byte {
	switch v.Kind {
	case Bool:
		if v.Bool {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case Number:
		return append(dst, v.Text...)
	case String:
		return AppendString(dst, v.Text)
	case Array:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(dst, &v.Items[i])
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i := range v.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, v.Members[i].Key)
			dst = append(dst, ':')
			dst = Append(dst, &v.Members[i].Value)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

const hexDigits = "0123456789abcdef"

// AppendString appends a canonical JSON string: only what must be escaped is, in the shortest way.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); i++ {
		if i = plainUntil(s, i); i == len(s) {
			break
		}
		c := s[i]
		dst = append(dst, s[done:i]...)
		done = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}
