package predicate

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// Rego translates the rules of a compiled policy library into conditions on events.
//
// It walks the compiled bodies in the order in which OPA evaluates them. That keeps what partial evaluation (rego.Partial) loses: that a
// builtin's error in an earlier expression is reported although a later one does not hold, and that two clauses of a rule with different
// values are a conflict. What does not depend on the event is evaluated once, by OPA. What depends on a few of the event's values in a
// way that the walk does not know is evaluated by OPA for each distinct combination of them; all else asks.
type Rego struct {
	Compiler *ast.Compiler
	// Reads lists the references that begin with input, in a part of the syntax tree and in all rules that it calls.
	Reads func(x any) []ast.Ref
	// Value is what a reference that does not depend on the event stands for: nil where it is undefined. ok is false where evaluating it
	// ends in an error.
	Value func(ast.Ref) (value *ast.Term, ok bool)
	// Holds evaluates a body by plain OPA over an event that has only the given values. It may be called from several goroutines.
	Holds func(body ast.Body, paths []Path, values []*canon.Value) Truth

	rules map[string]*known
}

// known is a rule that was translated: what it stands for, and where it is defined.
type known struct {
	value   symbol
	defined *Node
	ok      bool
}

// Rule is the condition on which a rule of a package gives something: a complete rule a value other than false, a set an element.
func (r *Rego) Rule(ref ast.Ref) *Node {
	rules := r.Compiler.GetRulesExact(ref)
	switch all := len(r.Compiler.GetRulesWithPrefix(ref)); {
	case all == 0:
		return Never
	case all > len(rules):
		return Untranslated(fmt.Sprintf("rules below %v give parts of its value", ref))
	}
	for _, rule := range rules {
		if rule.Head.RuleKind() != ast.MultiValue {
			return r.complete(ref)
		}
	}
	bodies := make([]*Node, len(rules))
	for i, rule := range rules {
		bodies[i] = r.body(rule.Body, scope{})
	}
	return Or(bodies...)
}

// complete is the condition on which a complete rule gives a value other than false.
func (r *Rego) complete(ref ast.Ref) *Node {
	k := r.rule(ref)
	if !k.ok {
		return Untranslated(fmt.Sprintf("%v is not a rule of a kind that can be pushed down", ref))
	}
	n, ok := k.value.apply(truthy)
	if !ok {
		n = Untranslated(fmt.Sprintf("the value of %v is known to Rego only", ref))
	}
	return n
}

// rule translates the complete rule that a reference names.
func (r *Rego) rule(ref ast.Ref) *known {
	name := ref.String()
	if k := r.rules[name]; k != nil {
		return k
	}
	k := &known{}
	k.value, k.ok = r.clauses(r.Compiler.GetRulesExact(ref))
	if k.ok {
		k.defined = k.value.defined()
	}
	if r.rules == nil {
		r.rules = map[string]*known{}
	}
	r.rules[name] = k
	return k
}

// clauses is the value of a complete rule. Clauses of the same name are tried all, else branches in order, the default last.
func (r *Rego) clauses(rules []*ast.Rule) (symbol, bool) {
	out := symbol{kind: choice}
	for _, rule := range rules {
		if rule.Head.RuleKind() == ast.MultiValue || len(rule.Head.Args) > 0 || !rule.Head.Ref().IsGround() || len(rule.Head.Ref()) > 1 {
			return symbol{}, false
		}
		if rule.Default {
			out.otherwise = &symbol{term: rule.Head.Value}
			continue
		}
		one := r.branches(rule)
		out.conditions = append(out.conditions, one.defined())
		out.values = append(out.values, one)
	}
	if len(out.values) == 1 && out.otherwise == nil {
		return out.values[0], true
	}
	if same := out.same(); same != nil {
		return symbol{kind: ordered, conditions: []*Node{Or(out.conditions...)}, values: []symbol{{term: same}}, otherwise: out.otherwise}, true
	}
	if len(out.values) == 1 {
		out.kind = ordered
	}
	return out, len(rules) > 0
}

// branches is the value of one clause and the else branches that follow it.
func (r *Rego) branches(rule *ast.Rule) symbol {
	out := symbol{kind: ordered}
	for ; rule != nil; rule = rule.Else {
		s := scope{}
		condition := r.body(rule.Body, s)
		value, defined, ok := r.resolve(rule.Head.Value, s)
		if !ok {
			value, defined = symbol{opaque: true}, Always
			if several(rule.Body) { // values that differ are a conflict
				defined = Untranslated(source(rule.Body[0]) + ": it may have several solutions, and only Rego knows the values")
			}
		}
		out.conditions = append(out.conditions, And(condition, defined))
		out.values = append(out.values, value)
	}
	return out
}

// body is the condition on which a body has a solution. It binds variables in s.
func (r *Rego) body(body ast.Body, s scope) *Node {
	var parts []*Node
	for i, expr := range body {
		if n, ok := r.expression(expr, s); ok {
			s.bound(expr)
			parts = append(parts, n)
			continue
		}
		n, whole := r.atom(body, i, s)
		parts = append(parts, n)
		if truth, fixed := n.Constant(); whole || fixed && truth == Ask {
			break
		}
	}
	return And(parts...)
}

// several says whether a body may have more than one solution: it goes through what a variable that nothing has bound stands for, or
// calls a builtin that gives many results. What is closed in itself, such as a comprehension, has one.
func several(body ast.Body) bool {
	bound, found := map[ast.Var]bool{}, false
	visitor := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension, *ast.Every:
			return true
		case ast.Ref:
			for v := range variables(x[1:]) {
				found = found || !bound[v]
			}
		}
		return found
	})
	for _, expr := range body {
		if expr.IsCall() {
			b := ast.BuiltinMap[expr.Operator().String()]
			found = found || b != nil && b.Relation
		}
		if visitor.Walk(expr); found {
			return true
		}
		for v := range variables(expr) {
			bound[v] = true
		}
	}
	return false
}
