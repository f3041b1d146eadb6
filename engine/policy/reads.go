package policy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What input holds for each kind of check.
var inputOf = map[string][]string{
	ReadsSnapshot: {"as_of", "period", "snapshot", "log"},
	ReadsEvent:    {"as_of", "period", "event", "snapshot"},
	ReadsEvents:   {"as_of", "period", "event", "events", "snapshot", "log"},
	ReadsChanges:  {"as_of", "period", "event", "events", "changes", "snapshot", "log"},
}

// Members of the snapshot that are no lists.
var snapshotScalars = map[string]bool{"captured_at": true, "organization": true}

// Closure is the set of rules that the given rules call, themselves included.
func (l *Library) Closure(of []*ast.Rule) map[*ast.Rule]bool {
	rules := slices.Clone(of) // the compiler's own slice must not be written to
	seen := map[*ast.Rule]bool{}
	for len(rules) > 0 {
		rule := rules[len(rules)-1]
		rules = rules[:len(rules)-1]
		if seen[rule] {
			continue
		}
		seen[rule] = true
		for node := range l.Compiler.Graph.Dependencies(rule) {
			if next, ok := node.(*ast.Rule); ok {
				rules = append(rules, next)
			}
		}
	}
	return seen
}

// InputRefs calls fn for each reference that begins with input in a part of the syntax tree, of a rule its else branches included.
func InputRefs(of any, fn func(ast.Ref, *ast.Location)) {
	visitor := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Term:
			if ref, ok := x.Value.(ast.Ref); ok && ref.HasPrefix(ast.InputRootRef) {
				fn(ref, x.Location)
			}
			if v, ok := x.Value.(ast.Var); ok && v == ast.InputRootDocument.Value.(ast.Var) {
				fn(ast.InputRootRef, x.Location)
				return true
			}
		case ast.Ref:
			// The head of a reference is visited as a term of its own: step over it.
			for _, t := range x[1:] {
				ast.WalkRefs(t, func(r ast.Ref) bool {
					if r.HasPrefix(ast.InputRootRef) {
						fn(r, t.Location)
					}
					return false
				})
			}
			return true
		}
		return false
	})
	visitor.Walk(of)
}

// deriveReads finds what a check's rules read below input, and refuses what would hide it: an absent list and an empty
// one look alike to a rule, so the engine must know each list by name.
func (l *Library) deriveReads(c *Check, rules []*ast.Rule) Diagnostics {
	var out Diagnostics
	lists := map[string]bool{}
	for rule := range l.Closure(rules) {
		InputRefs(rule, func(ref ast.Ref, loc *ast.Location) {
			if loc == nil || loc.File == "" {
				loc = rule.Location
			}
			if message := c.read(ref, lists); message != "" {
				out = append(out, l.at(loc, message))
			}
		})
	}
	c.Lists = slices.Sorted(maps.Keys(lists))
	return append(out, l.undefined(rules)...)
}

// undefined finds references to rules that are not there, such as a threshold's misspelt name: OPA takes them for data that may
// come later, and what compares with them would silently never hold.
func (l *Library) undefined(rules []*ast.Rule) Diagnostics {
	var out Diagnostics
	for rule := range l.Closure(rules) {
		ast.WalkRefs(rule, func(ref ast.Ref) bool {
			path := ref.ConstantPrefix()
			if len(path) < 3 || !path.HasPrefix(ownData) || given[path[2].Value.String()] || l.defined(path) {
				return false
			}
			loc := ref[0].Location
			if loc == nil || loc.File == "" {
				loc = rule.Location
			}
			out = append(out, l.at(loc, fmt.Sprintf("%v is not defined by any rule of the library: it would be undefined, and look like nothing found; correct the name, or define it", path)))
			return false
		})
	}
	return out
}

var (
	ownData = ast.MustParseRef("data.kt")
	given   = map[string]bool{`"mappings"`: true, `"waivers"`: true} // from YAML, whatever rules there are
)

// defined says whether a rule gives the value at a path, or something above or below it.
func (l *Library) defined(path ast.Ref) bool {
	node := l.Compiler.RuleTree
	for _, t := range path {
		if node = node.Child(t.Value); node == nil {
			return false
		}
		if len(node.Values) > 0 {
			return true
		}
	}
	return true
}

// read notes what one reference reads; a message says why it is refused.
func (c *Check) read(ref ast.Ref, lists map[string]bool) string {
	if len(ref) < 2 {
		return "input as a whole hides what the check reads; name the member, such as input.snapshot.tokens"
	}
	top, ok := ref[1].Value.(ast.String)
	if !ok {
		return fmt.Sprintf("%v: input must be read by name, such as input.snapshot.tokens", ref)
	}
	if !slices.Contains(inputOf[c.Reads], string(top)) {
		return fmt.Sprintf("a check that reads %q has no input.%s (it has %v); correct the field or custom.reads in its METADATA", c.Reads, string(top), inputOf[c.Reads])
	}
	switch top {
	case "log":
		c.ReadsLog = true
	case "events":
		c.ReadsEvents = true
	case "changes":
		c.ReadsChanges = true
	case "snapshot":
		c.ReadsSnap = true
		if len(ref) < 3 {
			return "input.snapshot as a whole hides which lists the check reads; name the list, such as input.snapshot.tokens"
		}
		list, ok := ref[2].Value.(ast.String)
		if !ok {
			return fmt.Sprintf("%v: a list of the snapshot must be read by name, such as input.snapshot.tokens", ref)
		}
		if !snapshotScalars[string(list)] {
			lists[string(list)] = true
		}
	}
	return ""
}
