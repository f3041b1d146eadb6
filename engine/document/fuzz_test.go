package document

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// Whatever the bytes: an error that names the file, or a value that survives its own canonical form and whose every place lies in
// the text.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"a: 1\nb: [x, {c: ~}]\n", `{"a":[1,{"b":"x"}]}`, "- &x 1\n- *x\n", "? [a]\n: b\n", "a: |\n  x\n# c\n", "%YAML 1.1\n---\n{}\n...\n",
		"a: !!binary x\n", "{a: 0x1F, b: .5, c: 1e5}", "<<: {a: 1}\n", `{"a":1,"a":2}`, "\ufeff{}", "a: \"\\u00e9\\x41\"\n", "[[[[[]]]]]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"f.json", "f.yaml"} {
			d, err := Parse(name, data)
			if err != nil {
				if !bytes.HasPrefix([]byte(err.Error()), []byte(name)) {
					t.Errorf("an error without the file: %v", err)
				}
				continue
			}
			form := canon.Append(nil, &d.Value)
			if !json.Valid(form) {
				t.Errorf("the canonical form is no JSON: %q", form)
			}
			again, err := ParseJSON("again.json", form)
			if err != nil || !bytes.Equal(canon.Append(nil, &again.Value), form) {
				t.Errorf("%q does not survive its canonical form %q: %v", data, form, err)
			}
			places(t, d, &d.Value, "", bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("\r"))+2)
		}
	})
}

func places(t *testing.T, d *Document, v *canon.Value, pointer string, lines int) {
	line, column := d.Position(pointer)
	if line < 1 || line > lines || column < 1 {
		t.Errorf("%q: place %d:%d lies outside of the text", pointer, line, column)
	}
	for i := range v.Items {
		places(t, d, &v.Items[i], pointer+Pointer(i), lines)
	}
	for i := range v.Members {
		places(t, d, &v.Members[i].Value, pointer+Pointer(v.Members[i].Key), lines)
	}
}
