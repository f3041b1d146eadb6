package adapters

import (
	"strings"
	"unicode"

	"github.com/keeptrusts/kt/engine/canon"
)

// get follows members, one below the other; nil where there is none.
func get(v *canon.Value, path ...string) *canon.Value {
	for _, key := range path {
		v = v.Get(key)
	}
	return v
}

// plainText is a text that can stand for something: a string or a number, neither empty nor longer than what is mapped; "" for anything
// else.
func plainText(v *canon.Value) string {
	if v == nil || (v.Kind != canon.String && v.Kind != canon.Number) || len(v.Text) > maxText {
		return ""
	}
	return v.Text
}

// text is the text of a member of the record.
func (d *draft) text(path ...string) string { return plainText(get(d.in, path...)) }

// first is the first item of an array, nil where there is none.
func first(v *canon.Value) *canon.Value {
	if v == nil || len(v.Items) == 0 {
		return nil
	}
	return &v.Items[0]
}

// onlyObject is v where it is an object, else nil.
func onlyObject(v *canon.Value) *canon.Value {
	if v == nil || v.Kind != canon.Object {
		return nil
	}
	return v
}

// snake writes words, CamelCase among them, as one name in lower case: "API Activity" is api_activity.
func snake(s string) string {
	var b strings.Builder
	lower := false // the last rune was a small letter or a digit
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = '_'
			if b.Len() == 0 || strings.HasSuffix(b.String(), "_") {
				continue
			}
		case unicode.IsUpper(r) && lower:
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimRight(b.String(), "_")
}

// pick is the first value that is there.
func pick(values ...*canon.Value) *canon.Value {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}

func isTrue(v *canon.Value) bool { return v != nil && v.Kind == canon.Bool && v.Bool }
