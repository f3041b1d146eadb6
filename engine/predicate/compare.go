package predicate

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// comparisons are the builtins that compare any two values, of whatever types, in OPA's order of all values.
var comparisons = map[string]struct {
	word  string
	holds func(order int) bool
}{
	ast.Equal.Name:         {"==", func(o int) bool { return o == 0 }},
	ast.NotEqual.Name:      {"!=", func(o int) bool { return o != 0 }},
	ast.LessThan.Name:      {"<", func(o int) bool { return o < 0 }},
	ast.LessThanEq.Name:    {"<=", func(o int) bool { return o <= 0 }},
	ast.GreaterThan.Name:   {">", func(o int) bool { return o > 0 }},
	ast.GreaterThanEq.Name: {">=", func(o int) bool { return o >= 0 }},
}

// compare makes the condition that two values stand in an order.
func compare(a, b *symbol, word string, holds func(order int) bool) (*Node, bool) {
	switch {
	case a.opaque || b.opaque:
		return nil, false
	case !a.isPath && !b.isPath:
		return constantOf(truth(holds(a.term.Value.Compare(b.term.Value)))), true
	case a.isPath && b.isPath:
		return comparePaths(a, b, word, holds)
	case b.isPath:
		return compare(b, a, mirrored[word], func(order int) bool { return holds(-order) })
	}
	limit := b.term
	if s, ok := limit.Value.(ast.String); ok {
		return a.test(" "+word+" "+limit.String(), true, func(v *canon.Value) Truth {
			if v.Kind == canon.String {
				return truth(holds(order(v.Text, string(s))))
			}
			return truth(holds(Term(v).Value.Compare(limit.Value)))
		}), true
	}
	return a.test(" "+word+" "+limit.String(), true, func(v *canon.Value) Truth {
		return truth(holds(Term(v).Value.Compare(limit.Value)))
	}), true
}

var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func order(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func comparePaths(a, b *symbol, word string, holds func(order int) bool) (*Node, bool) {
	if a.fallback || b.fallback {
		return nil, false
	}
	return Of(&Test{Paths: []Path{*a.path, *b.path}, Total: true, Text: a.path.String() + " " + word + " " + b.path.String(),
		Of: func(values []*canon.Value) Truth {
			if values[0] == nil || values[1] == nil {
				return False
			}
			return truth(holds(Term(values[0]).Value.Compare(Term(values[1]).Value)))
		}}), true
}

// member makes the condition that a value of the event is an element of a constant collection.
func member(a, b *symbol) (*Node, bool) {
	if a.opaque || b.opaque || b.isPath {
		return nil, false
	}
	elements, ok := elementsOf(b.term)
	if !a.isPath {
		return nil, false // it depends on no event, and OPA tells
	}
	if !ok {
		return Never, true // nothing is in what is no collection
	}
	names := map[string]bool{}
	var others []*ast.Term
	for _, e := range elements {
		if s, ok := e.Value.(ast.String); ok {
			names[string(s)] = true
			continue
		}
		others = append(others, e)
	}
	return a.test(" in "+shown(b.term, len(elements)), true, func(v *canon.Value) Truth {
		if v.Kind == canon.String {
			return truth(names[v.Text])
		}
		if len(others) == 0 {
			return False
		}
		t := Term(v)
		for _, e := range others {
			if t.Value.Compare(e.Value) == 0 {
				return True
			}
		}
		return False
	}), true
}

// elementsOf are the elements of a set or an array, or the values of an object.
func elementsOf(t *ast.Term) (out []*ast.Term, ok bool) {
	switch v := t.Value.(type) {
	case ast.Set:
		return v.Slice(), true
	case *ast.Array:
		v.Foreach(func(e *ast.Term) { out = append(out, e) })
		return out, true
	case ast.Object:
		v.Foreach(func(_, e *ast.Term) { out = append(out, e) })
		return out, true
	}
	return nil, false
}

// shownElements is how many elements of a collection are written out.
const shownElements = 8

func shown(t *ast.Term, n int) string {
	if n > shownElements {
		return fmt.Sprintf("{%d values}", n)
	}
	return t.String()
}
