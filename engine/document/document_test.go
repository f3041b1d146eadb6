package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
)

func text(t *testing.T, d *Document, err error) string {
	t.Helper()
	if err != nil {
		return err.Error()
	}
	return string(canon.Append(nil, &d.Value))
}

func TestYAMLIsReadAsPlainData(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"times stay texts", "a: 2026-06-30\nb: 2026-06-30T12:00:00Z\nc: 2026-06-30 12:00:00\n", `{"a":"2026-06-30","b":"2026-06-30T12:00:00Z","c":"2026-06-30 12:00:00"}`},
		{"numbers keep their digits", "a: 9007199254740993\nb: 1.50\nc: -3\n", `{"a":9007199254740993,"b":1.5,"c":-3}`},
		{"null members are dropped, null items stay", "a: ~\nb: {c: null, d: 1}\ne: [null, 1]\nf:\n", `{"b":{"d":1},"e":[null,1]}`},
		{"yes and no are texts", "a: yes\nb: no\nc: on\nd: true\n", `{"a":"yes","b":"no","c":"on","d":true}`},
		{"durations and digests are texts", "a: 60d\nb: 10:30\nc: sha256:00\n", `{"a":"60d","b":"10:30","c":"sha256:00"}`},
		{"a list at the top", "- 1\n- x\n", `[1,"x"]`},
		{"only a comment and an empty list", "# none yet\n[]\n", `[]`},
		{"a byte order mark", "\ufeffa: 1\n", `{"a":1}`},
		{"windows line ends", "a: 1\r\nb: x\r\n", `{"a":1,"b":"x"}`},
		{"a leading document mark", "---\na: 1\n", `{"a":1}`},
		{"keys that look like numbers", "2026: x\ntrue: y\n", `{"2026":"x","true":"y"}`},
		{"folded text", "a: >-\n  one\n  two\n", `{"a":"one two"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := ParseYAML("f.yaml", []byte(c.in))
			if got := text(t, d, err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestYAMLThatCanBeMisreadIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, c := range []struct{ name, in, want string }{
		{"a key twice", "a: 1\nb: 2\na: 3\n", `f.yaml:3:1: expected each key once, found a second "a" (the first is on line 1); keep one of them`},
		{"an anchor", "a: &x 1\n", `f.yaml:1:4: expected plain values, found the anchor &x; write the value out where it is needed`},
		{"an alias", "a: {b: *x}\n", `f.yaml: not valid YAML: unknown anchor 'x' referenced`},
		{"a merge key", "a:\n  <<: {b: 1}\n", `f.yaml:2:3: expected plain keys, found the merge key <<; write the members out`},
		{"a tag", "a: !!binary aGk=\n", `f.yaml:1:4: expected a value without a tag, found the tag !!binary; leave the tag out; quote what must be text`},
		{"an octal number", "a: 0755\n", `f.yaml:1:4: expected a number in decimal digits, found 0755; write it as such, or put it in quotes if it is text`},
		{"a number with underscores", "a: 1_000\n", `f.yaml:1:4: expected a number in decimal digits, found 1_000; write it as such, or put it in quotes if it is text`},
		{"infinity", "a: .inf\n", `f.yaml:1:4: expected a number in decimal digits, found .inf; write it as such, or put it in quotes if it is text`},
		{"a second document", "a: 1\n---\nb: 2\n", `f.yaml:2:1: expected one document in the file, found a second one; put it into a file of its own`},
		{"no document", "# nothing\n", `f.yaml: expected a YAML document, found nothing but comments`},
		{"an empty file", " \n", `f.yaml: expected a YAML document, found an empty file`},
		{"a binary file", "a: \xff\x00\n", `f.yaml:1:4: expected a YAML document in UTF-8, found the byte 0xff; is it a binary file, or in another encoding?`},
		{"a list as a key", "? [a]\n: 1\n", `f.yaml:1:3: expected a plain text as the key, found something else; put the key in quotes`},
		{"too deep", "a: " + deep, `f.yaml:1:67: expected at most 64 levels of nesting, found more`},
		{"a list that the file cuts off", "[1, 2\n", `f.yaml:2: not valid YAML: did not find expected ',' or ']'`},
		{"a colon too many", "a: 1\nb: c: d\n", `f.yaml:2: not valid YAML: mapping values are not allowed in this context`},
		{"a syntax error", "a: 1\nb: [1\n", `f.yaml:2: not valid YAML: did not find expected ',' or ']'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := ParseYAML("f.yaml", []byte(c.in))
			if got := text(t, d, err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNestingOf64IsRead(t *testing.T) {
	in := strings.Repeat("[", 64) + strings.Repeat("]", 64)
	for _, name := range []string{"f.yaml", "f.json"} {
		d, err := Parse(name, []byte(in))
		if got := text(t, d, err); got != in {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestJSONProblemsNameLineAndColumn(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"truncated", "{\n  \"a\": [1,\n", `f.json:3:1: not valid JSON: expected a value, found the end of the text`},
		{"a key twice", "{\"ä\": {},\n \"b\": [2, \"x\"], \"\\u0062\": 3}", `f.json:2:17: not valid JSON: the name "b" stands twice in one object`},
		{"trailing bytes", "{}\n{}", `f.json:2:1: not valid JSON: expected the end of the text, found '{'`},
		{"empty", "", `f.json: expected a JSON document, found an empty file`},
		{"binary", "{\"a\": \"\xff\"}", `f.json:1:8: expected a JSON document in UTF-8, found the byte 0xff; is it a binary file, or in another encoding?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseJSON("f.json", []byte(c.in))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAFileBeyondTheLimitIsRefused(t *testing.T) {
	_, err := Parse("big.json", make([]byte, MaxBytes+1))
	if err == nil || !strings.Contains(err.Error(), "expected at most 64 MiB, found 67108865 bytes") {
		t.Error(err)
	}
}

func TestTheFormatFollowsTheName(t *testing.T) {
	for name, in := range map[string]string{"a.json": `{"a":1}`, "A.YML": "a: 1", "stdin": ` {"a":1}`, "other": "a: 1"} {
		d, err := Parse(name, []byte(in))
		if got := text(t, d, err); got != `{"a":1}` {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, err := Parse("a.json", []byte("a: 1")); err == nil {
		t.Error("YAML was read under the name of a JSON file")
	}
}

// Every value of a document has the same place in YAML's and in JSON's reading of the same text.
func TestPlacesAgreeBetweenJSONAndYAML(t *testing.T) {
	in := "{\"a\": [1, {\"b c\": \"x\",\n   \"d/e\": [true, null,\n \"\\\\\\\"]\"]}],\n\t\"f~g\": {\"é\": {}}, \"last\": -1.5e3}"
	fromJSON, err := ParseJSON("f", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	fromYAML, err := ParseYAML("f", []byte(strings.ReplaceAll(in, "\t", " ")))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"": "1:1", "/a": "1:7", "/a/0": "1:8", "/a/1": "1:11", "/a/1/b c": "1:19", "/a/1/d~1e": "2:11", "/a/1/d~1e/1": "2:18", "/a/1/d~1e/2": "3:2",
		"/f~0g": "4:9", "/f~0g/é": "4:15", "/last": "4:28",
		"/a/7": "1:7", "/a/1/nothing/here": "1:11", "/nowhere": "1:1",
	} {
		for _, d := range []*Document{fromJSON, fromYAML} {
			if line, column := d.Position(pointer); fmt.Sprintf("%d:%d", line, column) != want {
				t.Errorf("%s: got %d:%d, want %s (yaml: %v)", pointer, line, column, want, d.yaml != nil)
			}
		}
	}
	for _, d := range []*Document{fromJSON, fromYAML} {
		if line, column := d.at(place{"/a/1/d~1e", true}); line != 2 || column != 4 {
			t.Errorf("key: got %d:%d, want 2:4", line, column)
		}
	}
}

const sampleSchema = `{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["captured_at"], "additionalProperties": false,
"definitions": {"policy": {"type": "object", "properties": {"status": {"enum": ["active", "disabled"]}, "digest": {"type": "string", "pattern": "^[0-9a-f]{4}$", "description": "Four hex digits."}}}},
"properties": {
  "captured_at": {"type": "string", "format": "date-time", "description": "When it was taken."},
  "grace": {"type": "string", "format": "duration"}, "from": {"type": "string", "format": "ip"},
  "name": {"type": "string", "minLength": 1}, "count": {"type": "integer", "minimum": 0}, "mixed": {"type": ["string", "integer"]},
  "on": {"type": "boolean"}, "subjects": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"}},
  "policies": {"type": "array", "items": {"$ref": "#/definitions/policy"}}}}`

func TestComplaintsSayWhereWhatAndWhy(t *testing.T) {
	s, err := compileSchema([]byte(sampleSchema))
	if err != nil {
		t.Fatal(err)
	}
	const ok = "captured_at: 2026-06-30T12:00:00Z\n"
	for _, c := range []struct{ name, in, want string }{
		{"valid", ok + "policies: [{status: active}]\nmixed: 4\n", ``},
		{"a month that is none", "captured_at: 2026-13-01\n", `f.yaml:1:14: /captured_at: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found "2026-13-01"`},
		{"an unquoted date", "captured_at: 2026-06-30\n", `f.yaml:1:14: /captured_at: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found "2026-06-30": a date without time and offset`},
		{"an offset of 24 hours", "captured_at: 2026-06-30T12:00:00+24:00\n", `f.yaml:1:14: /captured_at: expected an RFC 3339 time`},
		{"a duration of two units", ok + "grace: 1h30m\n", `f.yaml:2:8: /grace: expected a whole number and a unit`},
		{"an address", ok + "from: 300.1.1.1\n", `f.yaml:2:7: /from: expected an IPv4 or IPv6 address, found "300.1.1.1"`},
		{"an enum behind a reference", ok + "policies:\n  - status: active\n  - status: actve\n", `f.yaml:4:13: /policies/1/status: expected one of active, disabled, found "actve"`},
		{"a pattern", ok + "policies: [{digest: xyz}]\n", `f.yaml:2:21: /policies/0/digest: expected text of the form ^[0-9a-f]{4}$, found "xyz"; Four hex digits`},
		{"a number for a text", ok + "name: 12\n", `f.yaml:2:7: /name: expected a text, found the number 12; put it in quotes`},
		{"a text for a number", ok + "count: '12'\n", `f.yaml:2:8: /count: expected a whole number, found "12"`},
		{"a fraction", ok + "count: 1.5\n", `f.yaml:2:8: /count: expected a whole number, found the number 1.5`},
		{"a negative", ok + "count: -1\n", `f.yaml:2:8: /count: expected a number of at least 0, found the number -1`},
		{"one of two kinds", ok + "mixed: [1]\n", `f.yaml:2:8: /mixed: expected a text or a whole number, found a list of 1`},
		{"a text for a boolean", ok + "on: maybe\n", `f.yaml:2:5: /on: expected true or false, found "maybe"`},
		{"an empty text", ok + "name: ''\n", `f.yaml:2:7: /name: expected a text of at least 1 character, found ""`},
		{"an empty list", ok + "subjects: []\n", `f.yaml:2:11: /subjects: expected at least 1 item, found a list of 0`},
		{"equal items", ok + "subjects: [a, b, a]\n", `f.yaml:2:11: /subjects: expected no item twice, found items 0 and 2 are equal`},
		{"a missing key", "name: x\n", `f.yaml:1:1: expected the key "captured_at", found none; When it was taken`},
		{"a null is absent", "captured_at: ~\n", `f.yaml:1:1: expected the key "captured_at", found none; When it was taken`},
		{"an unknown key", ok + "naem: x\n", `f.yaml:2:1: expected no other keys than captured_at, count, from, grace, mixed, name, on, policies, subjects, found the unknown key "naem"`},
		{"a list for an object", "- 1\n", `f.yaml:1:1: expected an object, found a list of 1`},
		{"a control character is not printed", ok + "name: x\n\"a\\e[2J\": 1\n", `f.yaml:3:1: expected no other keys than captured_at, count, from, grace, mixed, name, on, policies, subjects, found the unknown key "a\x1b[2J"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := ParseYAML("f.yaml", []byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := d.validate(s); err != nil {
				got = err.Error()
			}
			if got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestProblemsComeInTheOrderOfTheirPlaces(t *testing.T) {
	s, err := compileSchema([]byte(sampleSchema))
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	in.WriteString("{\"captured_at\": 1,\n\"policies\": [\n")
	for i := range 30 {
		fmt.Fprintf(&in, "{\"status\": \"s%d\"},\n", i)
	}
	in.WriteString("{}], \"on\": 3}")
	d, err := ParseJSON("f.json", []byte(in.String()))
	if err != nil {
		t.Fatal(err)
	}
	var problems Problems
	if !errors.As(d.validate(s), &problems) || len(problems) != 32 {
		t.Fatalf("got %d problems, want 32", len(problems))
	}
	if !slices.IsSortedFunc(problems, func(a, b Problem) int { return a.Line - b.Line }) {
		t.Error("problems are not sorted by line")
	}
	lines := strings.Split(problems.Error(), "\n")
	if len(lines) != 21 || lines[20] != "and 12 more" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// The places of many problems are those that each would have alone.
func TestPlacesFoundTogetherAreThoseFoundAlone(t *testing.T) {
	in := "{\"a\": [1, {\"b c\": \"é\", \"d/e\": [true, null,\n \"\\\\\\\"]\"]}],\n \"f~g\": {\"é\": {}, \"x\": []}, \"last\": -1.5e3}"
	d, err := ParseJSON("f.json", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	var list []place
	for _, pointer := range []string{"/last", "/f~0g/é", "/a/1/d~1e/2", "/a/1/d~1e", "", "/a/1/b c", "/f~0g/x", "/nowhere", "/a/0"} {
		list = append(list, place{pointer, false}, place{pointer, true})
	}
	for i, got := range d.places(list) {
		if line, column := d.at(list[i]); got != [2]int{line, column} {
			t.Errorf("%+v: got %v, want %d:%d", list[i], got, line, column)
		}
	}
}

func TestManyProblemsInOneLineAreFoundFast(t *testing.T) {
	s, err := compileSchema([]byte(sampleSchema))
	if err != nil {
		t.Fatal(err)
	}
	in := `{"captured_at": "2026-06-30T12:00:00Z", "policies": [` + strings.Repeat(`{"status": "none", "digest": "é"}, `, 20000) + `{}]}`
	d, err := ParseJSON("f.json", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var problems Problems
	if !errors.As(d.validate(s), &problems) || len(problems) != 40000 {
		t.Fatalf("got %d problems, want 40000", len(problems))
	}
	// Found one by one they take minutes.
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	if last := problems[len(problems)-1]; last.Line != 1 || last.Column != 53+19999*35+30 {
		t.Errorf("the last problem is at %d:%d", last.Line, last.Column)
	}
}

func TestForeignSchemasAreRefused(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"another draft", `{"$schema": "https://json-schema.org/draft/2020-12/schema"}`, `$schema: expected "http://json-schema.org/draft-07/schema#"`},
		{"no draft", `{"type": "object"}`, `$schema: expected`},
		{"a reference to the network", `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"items": {"$ref": "http://192.0.2.1/x"}}}}`, `/properties/a/items/$ref: expected a reference inside the schema`},
		{"a reference to a file", `{"$schema": "http://json-schema.org/draft-07/schema#", "additionalProperties": {"$ref": "file:///etc/passwd"}}`, `/additionalProperties/$ref: expected a reference inside`},
		{"an unknown format", `{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"format": "email"}}}`, `/properties/a/format: expected date-time, duration or ip, found "email"`},
		{"an identifier", `{"$schema": "http://json-schema.org/draft-07/schema#", "$id": "x"}`, `/$id: expected no identifier`},
		{"no JSON", `{`, `expected a JSON Schema`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := compileSchema([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := compileSchema([]byte(`{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"$ref": {"type": "string"}, "id": {"type": "string"}, "examples": {"type": "string"}},
		"examples": [{"id": "x", "$ref": "http://192.0.2.1/x"}, {"id": "x"}]}`)); err != nil {
		t.Error("properties and examples named $ref and id were refused:", err)
	}
}

func TestADocumentOfGoValuesHasNoPlaces(t *testing.T) {
	d, err := FromAny("mappings/x.rego:3", map[string]any{"b": json.Number("1.0"), "a": nil, "c": []any{nil, true}})
	if got := text(t, d, err); got != `{"b":1,"c":[null,true]}` {
		t.Error(got)
	}
	if got := d.Problem("/b", "a text", "the number 1", "").String(); got != "mappings/x.rego:3: /b: expected a text, found the number 1" {
		t.Error(got)
	}
}

func TestPointersEscapeSlashAndTilde(t *testing.T) {
	if got := Pointer("a/b", 3, "c~d"); got != "/a~1b/3/c~0d" {
		t.Error(got)
	}
	if got := pointerParts("/a~1b/3/c~0d/~01"); !slices.Equal(got, []string{"a/b", "3", "c~d", "~1"}) {
		t.Errorf("%q", got)
	}
}
