package segment

import (
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

var objects = []string{
	`{}`, `{"a":1}`, `{"a":"","b":{"c":[1,"}",{"d":"]"}]},"e":true}`, `{"":"\\"}`, `{"a":"\\\"","b":"\"","c":"\\\\"}`, `{"\"":1,"\\":2}`,
	`{"long name of a member":"a text that is longer than eight bytes \" and goes on"}`, `{"a":-1.5e+30}`, `{"é":"𝄞"}`, `{"a":[[],{},[{}]]}`,
}

// TestMembersAreThoseOfTheParser splits objects, and holds what comes out against the JSON parser.
func TestMembersAreThoseOfTheParser(t *testing.T) {
	for _, object := range objects {
		compareMembers(t, object)
	}
	for _, bad := range []string{``, `{`, `}`, `[]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":"x}`, `{a:1}`, `{"a":{"b":1}`, `{"a":1 "b":2}x`, `{"a" :1}`, `{"a":"\"}`} {
		if found, err := members(nil, bad); err == nil {
			t.Errorf("%s: expected an error, found %v", bad, found)
		}
	}
}

// compareMembers splits an object that is in canonical form.
func compareMembers(t *testing.T, object string) {
	t.Helper()
	v, err := canon.Parse([]byte(object))
	if err != nil || v.Kind != canon.Object || string(canon.Append(nil, &v)) != object {
		return
	}
	found, err := members(nil, object)
	if err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	if len(found) != len(v.Members) {
		t.Fatalf("%s: expected %d members, found %v", object, len(v.Members), found)
	}
	for i, m := range v.Members {
		if value := string(canon.Append(nil, &m.Value)); found[i].name != m.Key || found[i].value != value {
			t.Fatalf("%s: expected %s: %s, found %s: %s", object, m.Key, value, found[i].name, found[i].value)
		}
	}
}

func FuzzMembers(f *testing.F) {
	for _, object := range objects {
		f.Add(object)
	}
	f.Add(`{"a":"\`)
	f.Fuzz(func(t *testing.T, object string) {
		_, _ = members(nil, object) // whatever it is, it must not panic
		compareMembers(t, object)
		v, err := canon.Parse([]byte(object))
		if err == nil && v.Kind == canon.Object {
			compareMembers(t, string(canon.Append(nil, &v)))
		}
	})
}
