package predicate

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// symbol is what a term of a rule stands for: a constant, a value of the event, the value of a rule that depends on the event, or what
// only Rego knows.
type symbol struct {
	term     *ast.Term // a constant, or what stands in where the path is absent
	path     *Path
	opaque   bool
	isPath   bool
	fallback bool // term stands in

	kind       kind // ordered or choice, of a rule
	conditions []*Node
	values     []symbol
	otherwise  *symbol
}

// scope is what the variables of a body stand for, and by which expression each was bound.
type scope map[ast.Var]*binding

type binding struct {
	symbol
	expr *ast.Expr
}

// bound notes the expression that bound what is newly known.
func (s scope) bound(expr *ast.Expr) {
	for _, b := range s {
		if b.expr == nil {
			b.expr = expr
		}
	}
}

func pathSymbol(p Path) symbol { return symbol{path: &p, isPath: true} }

// isRule says that the symbol has clauses.
func (s *symbol) isRule() bool { return len(s.conditions) > 0 || s.otherwise != nil }

// defined is the condition on which there is a value. Of a path it does not say so: where a path is used, its definedness stands beside.
func (s *symbol) defined() *Node {
	if !s.isRule() {
		return Always
	}
	n, _ := s.apply(func(*symbol) (*Node, bool) { return Always, true })
	return n
}

// apply makes a condition on the value from f, which makes it for a constant or a path.
func (s *symbol) apply(f func(*symbol) (*Node, bool)) (*Node, bool) {
	if !s.isRule() {
		return f(s)
	}
	var pairs []*Node
	for i := range s.values {
		outcome, ok := s.values[i].apply(f)
		if !ok {
			return nil, false
		}
		pairs = append(pairs, s.conditions[i], outcome)
	}
	last := Never
	if s.otherwise != nil {
		var ok bool
		if last, ok = s.otherwise.apply(f); !ok {
			return nil, false
		}
	}
	return cases(s.kind, pairs, last), true
}

// same is the constant that every clause gives; nil where they differ.
func (s *symbol) same() *ast.Term {
	var out *ast.Term
	for i := range s.values {
		one := &s.values[i]
		if len(one.values) != 1 || one.values[0].term == nil || one.values[0].isPath || one.otherwise != nil {
			return nil
		}
		if out != nil && !out.Equal(one.values[0].term) {
			return nil
		}
		out = one.values[0].term
	}
	return out
}

// truthy is the condition that a value is neither absent nor false.
func truthy(s *symbol) (*Node, bool) {
	switch {
	case s.opaque:
		return nil, false
	case !s.isPath:
		return constantOf(truth(!isFalse(s.term))), true
	}
	return s.test("", true, func(v *canon.Value) Truth { return truth(v.Kind != canon.Bool || v.Bool) }), true
}

func isFalse(t *ast.Term) bool {
	b, ok := t.Value.(ast.Boolean)
	return ok && !bool(b)
}

// test is a condition on the value of a path, for which its fallback stands in. It does not hold where there is neither.
func (s *symbol) test(text string, total bool, f func(*canon.Value) Truth) *Node {
	name := s.path.String()
	var instead *canon.Value
	if s.fallback {
		name += " (else " + s.term.String() + ")"
		v, err := FromTerm(s.term)
		if err != nil {
			return Untranslated("what stands in for " + name + " is no JSON value")
		}
		instead = &v
	}
	return Of(&Test{Paths: []Path{*s.path}, Text: name + text, Total: total, Of: func(values []*canon.Value) Truth {
		v := values[0]
		if v == nil {
			v = instead
		}
		if v == nil {
			return False
		}
		return f(v)
	}})
}

// resolve finds what a term stands for and the condition on which it is defined; ok is false where the walk does not know.
func (r *Rego) resolve(t *ast.Term, s scope) (out symbol, defined *Node, ok bool) {
	switch v := t.Value.(type) {
	case ast.Var:
		if b := s[v]; b != nil {
			return b.symbol, Always, !b.opaque
		}
		return symbol{}, nil, false
	case ast.Ref:
		return r.reference(v, s)
	}
	if !t.IsGround() || ast.ContainsRefs(t) || ast.ContainsComprehensions(t) {
		return symbol{}, nil, false
	}
	return symbol{term: t}, Always, true
}

// eventRef is input.event.
var eventRef = ast.MustParseRef("input.event")

func (r *Rego) reference(ref ast.Ref, s scope) (out symbol, defined *Node, ok bool) {
	head, isVar := ref[0].Value.(ast.Var)
	if !isVar {
		return symbol{}, nil, false
	}
	switch b := s[head]; {
	case b != nil && b.isPath && !b.fallback:
		keys, ok := texts(ref[1:])
		if !ok {
			return symbol{}, nil, false
		}
		return existing(*b.path, keys)
	case b != nil:
		return symbol{}, nil, false
	case ref.HasPrefix(eventRef):
		keys, ok := texts(ref[2:])
		if !ok {
			return symbol{}, nil, false
		}
		return existing(Path{}, keys)
	case !ref.IsGround() || head != "input" && head != "data":
		return symbol{}, nil, false
	case r.independent(ref):
		value, ok := r.Value(ref)
		if !ok {
			return symbol{}, nil, false
		}
		if value == nil {
			return symbol{opaque: true}, Never, true
		}
		return symbol{term: value}, Always, true
	case head == "data":
		k := r.rule(ref)
		return k.value, k.defined, k.ok
	}
	return symbol{}, nil, false
}

// existing is the symbol of a path, with the condition that it is there.
func existing(p Path, keys []string) (symbol, *Node, bool) {
	for _, key := range keys {
		p = p.child(key)
	}
	if always[p] {
		return pathSymbol(p), Always, true
	}
	return pathSymbol(p), On(p, p.String()+" is there", func(v *canon.Value) bool { return v != nil }), true
}

// texts are the keys of a reference that is made of constant strings, such as a path can be made of.
func texts(terms []*ast.Term) ([]string, bool) {
	out := make([]string, len(terms))
	for i, t := range terms {
		s, ok := t.Value.(ast.String)
		if !ok || strings.Contains(string(s), separator) {
			return nil, false
		}
		out[i] = string(s)
	}
	return out, true
}

// independent says that nothing below the event is read.
func (r *Rego) independent(x any) bool {
	return !slices.ContainsFunc(r.reads(x), func(ref ast.Ref) bool {
		return len(ref) < 2 || ref.HasPrefix(eventRef) || !ref[1].IsGround()
	})
}

// reads lists what a part reads of the input, by itself and by rules, those included of which it names only the package.
func (r *Rego) reads(x any) []ast.Ref {
	out := r.Reads(x)
	ast.WalkRefs(x, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.DefaultRootRef) && !ref.IsGround() {
			for _, rule := range r.Compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true}) {
				out = append(out, r.Reads(rule.Ref().GroundPrefix())...)
			}
		}
		return false
	})
	return out
}
