package document

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/keeptrusts/kt/schemas"
)

// data are the files of schemas/ that hold facts instead of a schema.
var data = map[string]bool{"actions.json": true, "catalogues.json": true}

func eachSchema(t *testing.T, do func(t *testing.T, name string, text []byte)) {
	t.Helper()
	names, err := fs.Glob(schemas.FS, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if data[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			text, err := fs.ReadFile(schemas.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			do(t, name, text)
		})
	}
}

func TestEverySchemaCompilesAndFollowsDraft07(t *testing.T) {
	eachSchema(t, func(t *testing.T, name string, text []byte) {
		s, err := compileSchema(text)
		if err != nil {
			t.Fatal(err)
		}
		loader := gojsonschema.NewSchemaLoader()
		loader.Validate = true
		if _, err := loader.Compile(gojsonschema.NewGoLoader(withoutExamples(s.plain))); err != nil {
			t.Error(err)
		}
	})
}

// Documentation of the formats is made from the schemas: each field says what it is, each single value has an example that its own schema
// accepts.
func TestEveryFieldIsDescribedWithAValidExample(t *testing.T) {
	eachSchema(t, func(t *testing.T, name string, text []byte) {
		s, err := compileSchema(text)
		if err != nil {
			t.Fatal(err)
		}
		if s.plain["title"] == nil || s.plain["description"] == nil {
			t.Error("the schema has no title or no description")
		}
		describe(t, s.plain, strings.TrimSuffix(name, ".json"))
	})
}

func describe(t *testing.T, node map[string]any, at string) {
	properties, _ := node["properties"].(map[string]any)
	for key, below := range properties {
		field, ok := below.(map[string]any)
		if !ok || field["$ref"] != nil {
			continue
		}
		if field["description"] == nil {
			t.Errorf("%s.%s has no description", at, key)
		}
		examples, _ := field["examples"].([]any)
		if len(examples) == 0 && single(field) {
			t.Errorf("%s.%s has no example", at, key)
		}
		for _, example := range examples {
			accepts(t, field, example, at+"."+key)
		}
		describe(t, field, at+"."+key)
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if below, ok := node[key].(map[string]any); ok {
			describe(t, below, at+"[]")
		}
	}
	definitions, _ := node["definitions"].(map[string]any)
	for key, below := range definitions {
		if definition, ok := below.(map[string]any); ok {
			describe(t, definition, at+"#"+key)
		}
	}
}

// single tells whether a field holds one value: texts, numbers and booleans, not lists and objects.
func single(field map[string]any) bool {
	kind, _ := field["type"].(string)
	return kind != "array" && kind != "object"
}

func accepts(t *testing.T, field map[string]any, example any, at string) {
	registerFormats()
	s, err := gojsonschema.NewSchema(gojsonschema.NewGoLoader(withoutExamples(field)))
	if err != nil {
		t.Errorf("%s: %v", at, err)
		return
	}
	result, err := s.Validate(gojsonschema.NewGoLoader(example))
	if err != nil || !result.Valid() {
		t.Errorf("%s: its example %v is not valid: %v %v", at, example, err, result)
	}
}
