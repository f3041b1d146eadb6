package predicate

import (
	"maps"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// expression translates one expression; ok is false where the walk does not know it, and nothing is bound then.
func (r *Rego) expression(expr *ast.Expr, s scope) (*Node, bool) {
	if len(expr.With) > 0 {
		return nil, false
	}
	if expr.Negated {
		n, ok := r.positive(expr, maps.Clone(s))
		if !ok {
			return nil, false
		}
		return Not(n), true
	}
	return r.positive(expr, s)
}

func (r *Rego) positive(expr *ast.Expr, s scope) (*Node, bool) {
	switch terms := expr.Terms.(type) {
	case *ast.Term:
		value, defined, ok := r.resolve(terms, s)
		if !ok || defined == Never {
			return Never, ok
		}
		return value.apply(truthy)
	case []*ast.Term:
		return r.call(terms[0].String(), terms[1:], s)
	}
	return nil, false
}

// call translates a call of a builtin, by the number of operands: with one more, the last takes the result.
func (r *Rego) call(name string, operands []*ast.Term, s scope) (*Node, bool) {
	if name == ast.Equality.Name || name == ast.Assign.Name {
		return r.unify(operands[0], operands[1], s)
	}
	if name == ast.ObjectGet.Name && len(operands) == 4 {
		return r.objectGet(operands, s)
	}
	if known, ok := comparisons[name]; ok && len(operands) == 2 {
		return r.two(operands, s, func(a, b *symbol) (*Node, bool) { return compare(a, b, known.word, known.holds) })
	}
	if name == ast.Member.Name && len(operands) == 2 {
		return r.two(operands, s, member)
	}
	if known, ok := textTests[name]; ok && len(operands) == 2 {
		return r.two(operands, s, func(a, b *symbol) (*Node, bool) { return textTest(a, b, known.word, known.holds) })
	}
	if name == ast.Sprintf.Name && len(operands) == 3 {
		return r.sprintf(operands, s)
	}
	if kind, ok := kindTests[name]; ok && len(operands) == 1 {
		value, defined, ok := r.resolve(operands[0], s)
		if !ok || defined == Never {
			return Never, ok
		}
		return value.apply(func(v *symbol) (*Node, bool) { return kindTest(v, name, kind) })
	}
	return nil, false
}

// two translates a call with two operands of which the walk knows what they stand for. A test does not hold where an operand is absent.
func (r *Rego) two(operands []*ast.Term, s scope, f func(a, b *symbol) (*Node, bool)) (*Node, bool) {
	a, definedA, ok := r.resolve(operands[0], s)
	if !ok {
		return nil, false
	}
	b, definedB, ok := r.resolve(operands[1], s)
	if !ok {
		return nil, false
	}
	if definedA == Never {
		return Never, true
	}
	if definedB == Never {
		return And(definedA, Never), true
	}
	return a.apply(func(x *symbol) (*Node, bool) {
		return b.apply(func(y *symbol) (*Node, bool) { return f(x, y) })
	})
}

// unify translates a = b: it binds an unbound variable, else compares.
func (r *Rego) unify(a, b *ast.Term, s scope) (*Node, bool) {
	for range 2 {
		if v, ok := a.Value.(ast.Var); ok && s[v] == nil {
			if from, ok := b.Value.(ast.Var); ok && s[from] != nil && s[from].opaque {
				s[v] = &binding{symbol: symbol{opaque: true}}
				return Always, true
			}
			value, defined, ok := r.resolve(b, s)
			if !ok {
				return nil, false
			}
			s[v] = &binding{symbol: value}
			return defined, true
		}
		a, b = b, a
	}
	return r.two([]*ast.Term{a, b}, s, func(x, y *symbol) (*Node, bool) {
		return compare(x, y, "==", func(order int) bool { return order == 0 })
	})
}

// objectGet translates object.get(object, key, default, out) with constant keys below a value of the event.
func (r *Rego) objectGet(operands []*ast.Term, s scope) (*Node, bool) {
	of, defined, ok := r.resolve(operands[0], s)
	if !ok || !of.isPath || of.fallback {
		return nil, false
	}
	keys, ok := keysOf(operands[1])
	if !ok {
		return nil, false
	}
	instead, sure, ok := r.resolve(operands[2], s)
	if !ok || sure != Always || instead.term == nil || instead.isPath || instead.isRule() {
		return nil, false
	}
	// What JSON does not have, or kt spells otherwise, could not stand in for itself: a set, a null member, a long number with a fraction.
	if v, err := FromTerm(instead.term); err != nil || !Term(&v).Equal(instead.term) {
		return nil, false
	}
	p := *of.path
	if !always[p] {
		defined = And(defined, of.test(" is an object", false, func(v *canon.Value) Truth {
			if v.Kind != canon.Object {
				return Ask // OPA reports an error of type
			}
			return True
		}))
	}
	for _, key := range keys {
		p = p.child(key)
	}
	got := symbol{path: &p, isPath: true, fallback: true, term: instead.term}
	if out, ok := operands[3].Value.(ast.Var); ok && s[out] == nil {
		s[out] = &binding{symbol: got}
		return defined, true
	}
	out, there, ok := r.resolve(operands[3], s)
	if !ok {
		return nil, false
	}
	n, ok := out.apply(func(y *symbol) (*Node, bool) {
		return compare(&got, y, "==", func(order int) bool { return order == 0 })
	})
	if !ok {
		return nil, false
	}
	return And(defined, there, n), true
}

// always are the paths that are objects in every event.
var always = map[Path]bool{{}: true, PathOf("actor"): true, PathOf("resource"): true}

func keysOf(t *ast.Term) ([]string, bool) {
	switch v := t.Value.(type) {
	case ast.String:
		return texts([]*ast.Term{t})
	case *ast.Array:
		if v.Len() == 0 {
			return nil, false
		}
		keys := make([]*ast.Term, v.Len())
		for i := range keys {
			keys[i] = v.Elem(i)
		}
		return texts(keys)
	}
	return nil, false
}

// kindTests are the builtins that ask for the type of a value.
var kindTests = map[string]canon.Kind{
	ast.IsString.Name: canon.String, ast.IsNumber.Name: canon.Number, ast.IsBoolean.Name: canon.Bool, ast.IsArray.Name: canon.Array,
	ast.IsObject.Name: canon.Object,
}

func kindTest(s *symbol, name string, kind canon.Kind) (*Node, bool) {
	if s.opaque {
		return nil, false
	}
	if !s.isPath {
		v, err := FromTerm(s.term)
		if _, set := s.term.Value.(ast.Set); err != nil || set {
			return Never, err == nil
		}
		return constantOf(truth(v.Kind == kind)), true
	}
	return s.test(" "+name, true, func(v *canon.Value) Truth { return truth(v.Kind == kind) }), true
}

// textTests are the builtins on two strings, which fail on anything else.
var textTests = map[string]struct {
	word  string
	holds func(s, part string) bool
}{
	ast.StartsWith.Name: {"starts with", strings.HasPrefix},
	ast.EndsWith.Name:   {"ends with", strings.HasSuffix},
	ast.Contains.Name:   {"contains", strings.Contains},
}

func textTest(a, b *symbol, word string, holds func(s, part string) bool) (*Node, bool) {
	if a.opaque || b.opaque || !a.isPath || b.isPath {
		return nil, false
	}
	part, ok := b.term.Value.(ast.String)
	if !ok {
		return nil, false
	}
	return a.test(" "+word+" "+b.term.String(), false, func(v *canon.Value) Truth {
		if v.Kind != canon.String {
			return Ask
		}
		return truth(holds(v.Text, string(part)))
	}), true
}

// sprintf translates a call that cannot fail: a constant format and an array of what is bound. Its text is known to Rego only.
func (r *Rego) sprintf(operands []*ast.Term, s scope) (*Node, bool) {
	_, format := operands[0].Value.(ast.String)
	values, array := operands[1].Value.(*ast.Array)
	out, fresh := operands[2].Value.(ast.Var)
	if !format || !array || !fresh || s[out] != nil {
		return nil, false
	}
	for i := range values.Len() {
		v, isVar := values.Elem(i).Value.(ast.Var)
		if isVar && s[v] == nil || !isVar && !values.Elem(i).IsGround() {
			return nil, false
		}
	}
	s[out] = &binding{symbol: symbol{opaque: true}}
	return Always, true
}
