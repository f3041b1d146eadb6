package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"

	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/schemas"
)

const draft07 = "http://json-schema.org/draft-07/schema"

// schema is a JSON Schema, compiled, and as plain data to word complaints from.
type schema struct {
	compiled *gojsonschema.Schema
	plain    map[string]any
}

// formats are the values of the keyword "format" that kt knows, with what to tell a person who missed one. The
// library's own date-time is looser (it takes +24:00 and a comma), and a format that it does not know it accepts.
var formats = map[string]struct {
	check    func(string) error
	expected string
}{
	"date-time": {func(s string) error { _, err := clock.Parse(s); return err }, "a time with an offset (RFC 3339) such as 2026-06-30T12:00:00Z"},
	"duration":  {func(s string) error { _, err := clock.ParseDuration(s); return err }, "a duration such as 60d, 4h, 15m or 30s"},
	"ip":        {func(s string) error { _, err := netip.ParseAddr(s); return err }, "an IPv4 or IPv6 address"},
}

type format string

// IsFormat tells whether a text has the format; what is no text has none to break.
func (f format) IsFormat(input any) bool {
	text, ok := input.(string)
	return !ok || formats[string(f)].check(text) == nil
}

var registerFormats = sync.OnceFunc(func() {
	for name := range formats {
		gojsonschema.FormatCheckers.Add(name, format(name))
	}
})

// compiled holds the embedded schemas that were asked for, by name: compiling one takes longer than most documents.
var compiled sync.Map

// schemaNamed is the schema schemas/NAME.json.
func schemaNamed(name string) (*schema, error) {
	if s, ok := compiled.Load(name); ok {
		return s.(*schema), nil
	}
	data, err := fs.ReadFile(schemas.FS, name+".json")
	if err != nil {
		return nil, fmt.Errorf("schemas/%s.json: %w", name, err)
	}
	s, err := compileSchema(data)
	if err != nil {
		return nil, fmt.Errorf("schemas/%s.json: %w", name, err)
	}
	compiled.Store(name, s)
	return s, nil
}

// compileSchema compiles a draft-07 schema. Other drafts, references that leave the schema and unknown formats are refused: the library would
// ignore the first and the last, and fetch the second from the network.
func compileSchema(data []byte) (*schema, error) {
	registerFormats()
	var plain map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&plain); err != nil {
		return nil, fmt.Errorf("expected a JSON Schema: %w", err)
	}
	if found, _ := plain["$schema"].(string); strings.TrimSuffix(found, "#") != draft07 {
		return nil, fmt.Errorf("$schema: expected %q, found %q", draft07+"#", found)
	}
	if err := refuseForeign(plain, "", true); err != nil {
		return nil, err
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.AutoDetect, loader.Draft = false, gojsonschema.Draft7
	// The library takes an id inside an example for a schema's own, and two equal ones for a conflict. NewGoLoader copies what it is given, so
	// that the references which the library rewrites are not ours.
	c, err := loader.Compile(gojsonschema.NewGoLoader(withoutExamples(plain)))
	if err != nil {
		return nil, err
	}
	return &schema{compiled: c, plain: plain}, nil
}

// refuseForeign looks at a schema and those below it.
func refuseForeign(node any, at string, top bool) error {
	object, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	if ref, ok := object["$ref"].(string); ok && !strings.HasPrefix(ref, "#/") {
		return fmt.Errorf("%s/$ref: expected a reference inside the schema such as #/definitions/x, found %q", at, ref)
	}
	if name, ok := object["format"].(string); ok && formats[name].check == nil {
		return fmt.Errorf("%s/format: expected date-time, duration or ip, found %q", at, name)
	}
	for _, key := range []string{"$id", "id", "$schema"} {
		if _, ok := object[key].(string); ok && (!top || key != "$schema") {
			return fmt.Errorf("%s/%s: expected no identifier: the schema stands for itself", at, key)
		}
	}
	for key, below := range object {
		var err error
		switch key {
		case "const", "enum", "default", "required", "type", "examples":
		case "properties", "definitions", "patternProperties", "dependencies":
			err = refuseForeignIn(below, at+"/"+key)
		case "allOf", "anyOf", "oneOf", "items":
			if list, ok := below.([]any); ok {
				for i, item := range list {
					if err == nil {
						err = refuseForeign(item, fmt.Sprintf("%s/%s/%d", at, key, i), false)
					}
				}
				break
			}
			err = refuseForeign(below, at+"/"+key, false)
		default:
			err = refuseForeign(below, at+"/"+key, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func refuseForeignIn(named any, at string) error {
	object, _ := named.(map[string]any)
	for name, below := range object {
		if err := refuseForeign(below, at+"/"+name, false); err != nil {
			return err
		}
	}
	return nil
}

// withoutExamples is a schema without the keyword "examples", at every depth; a property of that name stays.
func withoutExamples(node any) any {
	object, ok := node.(map[string]any)
	if !ok {
		return node
	}
	out := make(map[string]any, len(object))
	for key, below := range object {
		switch key {
		case "examples":
		case "properties", "definitions":
			named, _ := below.(map[string]any)
			kept := make(map[string]any, len(named))
			for name, schema := range named {
				kept[name] = withoutExamples(schema)
			}
			out[key] = kept
		default:
			out[key] = withoutExamples(below)
		}
	}
	return out
}

// at is the schema that governs the value with these keys and indexes, nil where none is named.
func (s *schema) at(parts []string) map[string]any {
	node := s.resolve(s.plain)
	for _, part := range parts {
		if node == nil {
			return nil
		}
		properties, _ := node["properties"].(map[string]any)
		next, ok := properties[part].(map[string]any)
		if !ok {
			next, ok = node["items"].(map[string]any)
		}
		if !ok {
			next, _ = node["additionalProperties"].(map[string]any)
		}
		node = s.resolve(next)
	}
	return node
}

// resolve follows a local reference.
func (s *schema) resolve(node map[string]any) map[string]any {
	for range 8 {
		ref, ok := node["$ref"].(string)
		if !ok {
			return node
		}
		var target any = s.plain
		for _, part := range pointerParts(strings.TrimPrefix(ref, "#")) {
			object, _ := target.(map[string]any)
			target = object[part]
		}
		node, _ = target.(map[string]any)
	}
	return node
}
