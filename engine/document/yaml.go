package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/keeptrusts/kt/engine/canon"
)

var (
	yamlErrorLine = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)
	// The parser counts the lines of these complaints from 0, and leaves a 0 out; those of its scanner from 1.
	yamlFromZero = regexp.MustCompile(`^did not find expected (node content|key|',' or '[\]}]'|'-' indicator|<document start>)`)
	jsonNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// parseYAML reads the one document of a file into nodes.
func parseYAML(name string, data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF), err == nil && len(first.Content) == 0:
		return nil, Problems{{File: name, Expected: "a YAML document", Found: "nothing but comments"}}
	case err != nil:
		return nil, yamlProblem(name, err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, yamlProblem(name, err)
	default:
		return nil, Problems{{File: name, Line: second.Line, Column: second.Column, Expected: "one document in the file",
			Found: "a second one", Hint: "put it into a file of its own"}}
	}
	return first.Content[0], nil
}

// yamlProblem takes the line out of the parser's message.
func yamlProblem(name string, err error) error {
	m := yamlErrorLine.FindStringSubmatch(err.Error())
	if m == nil {
		return Problems{{File: name, Found: "not valid YAML: " + err.Error()}}
	}
	line, err := strconv.Atoi(m[1])
	if err != nil {
		line = 0
	}
	if yamlFromZero.MatchString(m[2]) {
		line++
	}
	return Problems{{File: name, Line: line, Found: "not valid YAML: " + m[2]}}
}

// plainYAML turns nodes into maps, lists, texts, json.Numbers and booleans. Texts that look like times stay texts.
func plainYAML(name string, n *yaml.Node, depth int) (any, error) {
	refuse := func(expected, found, hint string) (any, error) {
		return nil, Problems{{File: name, Line: n.Line, Column: n.Column, Expected: expected, Found: found, Hint: hint}}
	}
	switch {
	case n.Anchor != "":
		return refuse("plain values", "the anchor &"+n.Anchor, "write the value out where it is needed")
	case n.Style&yaml.TaggedStyle != 0:
		return refuse("a value without a tag", "the tag "+n.ShortTag(), "leave the tag out; quote what must be text")
	case n.Kind != yaml.ScalarNode && depth == canon.MaxDepth:
		return refuse(fmt.Sprintf("at most %d levels of nesting", canon.MaxDepth), "more", "")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return plainObject(name, n, depth)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			value, err := plainYAML(name, item, depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!int", "!!float":
		return plainNumber(n, refuse)
	}
	return refuse("a text, number, true, false or null", strconv.Quote(n.Value), "put it in quotes")
}

func plainNumber(n *yaml.Node, refuse func(expected, found, hint string) (any, error)) (any, error) {
	if !jsonNumber.MatchString(n.Value) {
		return refuse("a number in decimal digits", n.Value, "write it as such, or put it in quotes if it is text")
	}
	return json.Number(n.Value), nil
}

func plainObject(name string, n *yaml.Node, depth int) (any, error) {
	object := make(map[string]any, len(n.Content)/2)
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		problem := Problem{File: name, Line: key.Line, Column: key.Column}
		switch {
		case key.ShortTag() == "!!merge":
			problem.Expected, problem.Found, problem.Hint = "plain keys", "the merge key <<", "write the members out"
			return nil, Problems{problem}
		case key.Kind != yaml.ScalarNode, key.ShortTag() == "!!null", key.Anchor != "", key.Style&yaml.TaggedStyle != 0:
			problem.Expected, problem.Found, problem.Hint = "a plain text as the key", "something else", "put the key in quotes"
			return nil, Problems{problem}
		}
		if line, ok := seen[key.Value]; ok {
			problem.Expected = "each key once"
			problem.Found = fmt.Sprintf("a second %q (the first is on line %d)", key.Value, line)
			problem.Hint = "keep one of them"
			return nil, Problems{problem}
		}
		seen[key.Value] = key.Line
		value, err := plainYAML(name, n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if value != nil {
			object[key.Value] = value
		}
	}
	return object, nil
}
