package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"

	"github.com/keeptrusts/kt/engine/clock"
)

// Validate holds the document against schemas/SCHEMA.json. A document that breaks it gives Problems, sorted by place.
func (d *Document) Validate(schema string) error {
	s, err := schemaNamed(schema)
	if err != nil {
		return err
	}
	return d.validate(s)
}

func (d *Document) validate(s *schema) error {
	result, err := s.compiled.Validate(gojsonschema.NewRawLoader(d.Value.Any()))
	if err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	var problems Problems
	var places []place
	for _, e := range result.Errors() {
		// These only say that a part of the schema failed; the part's own complaint is in the list.
		if !slices.Contains([]string{"number_all_of", "number_any_of", "number_one_of", "condition_then", "condition_else"}, e.Type()) {
			problem, where := d.word(s, e)
			problems, places = append(problems, problem), append(places, where)
		}
	}
	for i, at := range d.places(places) {
		problems[i].Line, problems[i].Column = at[0], at[1]
	}
	if len(problems) == 0 && !result.Valid() {
		problems = Problems{d.Problem("", "a document of this kind", "another", result.Errors()[0].Description())}
	}
	return problems.Err()
}

// word turns the library's complaint into ours, and says where to look for its place.
func (d *Document) word(s *schema, e gojsonschema.ResultError) (Problem, place) {
	const separator = "\x00" // stands in no key that a person would write
	parts := strings.Split(e.Context().String(separator), separator)[1:]
	where := s.at(parts)
	pointer := Pointer(texts(parts)...)
	detail := func(name string) string { return fmt.Sprint(e.Details()[name]) }
	p := Problem{File: d.Name, Pointer: pointer, Found: found(e.Value())}
	switch e.Type() {
	case "required":
		p.Expected, p.Found = fmt.Sprintf("the key %q", detail("property")), "none"
		p.Hint = purpose(s.at(append(parts, detail("property"))))
	case "additional_property_not_allowed":
		p.Expected, p.Found = "no other keys than "+keys(where), fmt.Sprintf("the unknown key %q", detail("property"))
		return p, place{pointer: pointer + Pointer(detail("property")), key: true}
	case "invalid_type":
		p.Expected = kinds(detail("expected"))
		if _, number := e.Value().(json.Number); number && detail("expected") == "string" {
			p.Hint = "put it in quotes"
		}
	case "enum", "const":
		p.Expected = "one of " + allowed(where, detail("allowed"))
	case "format":
		p.Expected, p.Found = misformed(detail("format"), e.Value())
	case "pattern":
		p.Expected = "text of the form " + detail("pattern")
		p.Hint = purpose(where)
	case "string_gte":
		p.Expected = "a text of at least " + several(detail("min"), "character")
	case "array_min_items":
		p.Expected = "at least " + several(detail("min"), "item")
	case "array_max_items":
		p.Expected = "at most " + several(detail("max"), "item")
	case "array_min_properties":
		p.Expected = "at least " + several(detail("min"), "key")
	case "unique":
		p.Expected, p.Found = "no item twice", fmt.Sprintf("items %s and %s are equal", detail("i"), detail("j"))
	case "number_gte":
		p.Expected = "a number of at least " + bound(where, "minimum")
	case "number_lte":
		p.Expected = "a number of at most " + bound(where, "maximum")
	default:
		p.Expected = e.Description()
	}
	return p, place{pointer: pointer}
}

// keys are the names of an object's known members.
func keys(where map[string]any) string {
	properties, _ := where["properties"].(map[string]any)
	return strings.Join(slices.Sorted(maps.Keys(properties)), ", ")
}

// found describes a value in a few words.
func found(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		if r := []rune(v); len(r) > 60 {
			return strconv.Quote(string(r[:60])) + "…"
		}
		return strconv.Quote(v)
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + v.String()
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case map[string]any:
		return "an object"
	}
	return fmt.Sprint(value)
}

// kinds words JSON Schema's types ("string", or "string/integer" where several are allowed).
func kinds(expected string) string {
	words := map[string]string{"string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
		"array": "a list", "object": "an object"}
	var out []string
	for _, kind := range strings.FieldsFunc(expected, func(r rune) bool { return strings.ContainsRune("/|,[] ", r) }) {
		if word, ok := words[kind]; ok {
			kind = word
		}
		out = append(out, kind)
	}
	return strings.Join(out, " or ")
}

// allowed lists the values of an enum in the schema's order.
func allowed(where map[string]any, fallback string) string {
	list, _ := where["enum"].([]any)
	if len(list) == 0 {
		return fallback
	}
	var out []string
	for _, value := range list {
		out = append(out, fmt.Sprint(value))
	}
	return strings.Join(out, ", ")
}

func several(count, what string) string {
	if count == "1" {
		return "1 " + what
	}
	return count + " " + what + "s"
}

func bound(where map[string]any, keyword string) string { return fmt.Sprint(where[keyword]) }

// purpose is a schema's description, which says what a field is for.
func purpose(where map[string]any) string {
	description, _ := where["description"].(string)
	return strings.TrimSuffix(description, ".")
}

// misformed says what a format wants and what is wrong with a value.
func misformed(name string, value any) (string, string) {
	f := formats[name]
	text, ok := value.(string)
	if !ok {
		return f.expected, found(value)
	}
	var form *clock.FormError
	if errors.As(f.check(text), &form) {
		return form.Expected, form.Found
	}
	return f.expected, found(value)
}

func texts(parts []string) []any {
	out := make([]any, len(parts))
	for i, part := range parts {
		out[i] = part
	}
	return out
}
