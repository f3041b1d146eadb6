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

// snake writes words, CamelCase among them, as one name in lower case: "API Activity" is api_activity, MFADevice and mFADevice mfa_device.
func snake(s string) string {
	runes := []rune(s)
	if len(runes) > 1 && unicode.IsUpper(runes[1]) {
		runes[0] = unicode.ToUpper(runes[0]) // as AWS spells an abbreviation at the beginning of a parameter
	}
	var out []rune
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = '_'
		}
		begins := r == '_' || (unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || (i+1 < len(runes) && unicode.IsLower(runes[i+1]))))
		if begins && len(out) > 0 && out[len(out)-1] != '_' {
			out = append(out, '_')
		}
		if r != '_' {
			out = append(out, unicode.ToLower(r))
		}
	}
	return strings.TrimRight(string(out), "_")
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
