package check

import (
	"context"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/policy"
)

// actions is a necessary condition on an event's action: an event that it does not allow cannot be of interest to a rule. It only ever allows
// too much.
type actions struct {
	any      bool
	exact    map[string]bool
	prefixes []string
}

func (a *actions) allows(action string) bool {
	if a.any || a.exact[action] {
		return true
	}
	for _, p := range a.prefixes {
		if strings.HasPrefix(action, p) {
			return true
		}
	}
	return false
}

func (a *actions) or(b actions) {
	a.any = a.any || b.any
	for name := range b.exact {
		if a.exact == nil {
			a.exact = map[string]bool{}
		}
		a.exact[name] = true
	}
	a.prefixes = append(a.prefixes, b.prefixes...)
}

// actionsOf finds which actions can interest a check, by partial evaluation of its rules with an unknown input: every residual query is a
// conjunction, so one condition on the action in it is necessary for the whole.
func (r *run) actionsOf(ctx context.Context, c *policy.Check) actions {
	var out actions
	for _, rule := range eventRules(c) {
		if len(c.Rules[rule]) == 0 {
			continue
		}
		ref := ruleRef(c, rule)
		if rule != policy.RuleSelected {
			ref = ref.Append(ast.VarTerm("x"))
		}
		out.or(r.residualActions(ctx, ref))
	}
	return out
}

func (r *run) residualActions(ctx context.Context, ref ast.Ref) actions {
	ctx, stop := context.WithTimeout(ctx, r.limit)
	defer stop()
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	bodies, support, err := topdown.NewQuery(ast.NewBody(ast.NewExpr(ast.NewTerm(ref)))).
		WithCompiler(r.lib.Compiler).WithStore(r.lib.Store).WithTransaction(r.txn).WithCancel(cancel).
		WithUnknowns([]*ast.Term{ast.NewTerm(ast.InputRootRef)}).PartialRun(ctx)
	if err != nil {
		return actions{any: true}
	}
	s := residual{rules: map[string][]*ast.Rule{}}
	for _, m := range support {
		for _, rule := range m.Rules {
			path := m.Package.Path.Extend(rule.Head.Ref().GroundPrefix()).String()
			s.rules[path] = append(s.rules[path], rule)
		}
	}
	return s.anyOf(bodies, 0)
}

// residual is the support that partial evaluation left over.
type residual struct {
	rules map[string][]*ast.Rule
}

func (s residual) anyOf(bodies []ast.Body, depth int) actions {
	var out actions
	for _, body := range bodies {
		out.or(s.all(body, depth))
	}
	return out
}

// all is the narrowest condition that one of the expressions gives.
func (s residual) all(body ast.Body, depth int) actions {
	for _, expr := range body {
		if expr.Negated || len(expr.With) > 0 {
			continue
		}
		if a, ok := s.condition(expr, depth); ok {
			return a
		}
	}
	return actions{any: true}
}

var actionRef = ast.MustParseRef("input.event.action")

func isAction(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	return ok && ref.Equal(actionRef)
}

// condition reads one expression; ok only where it limits the action.
func (s residual) condition(expr *ast.Expr, depth int) (actions, bool) {
	if term, ok := expr.Terms.(*ast.Term); ok {
		return s.supported(term, depth)
	}
	operands := expr.Operands()
	if !expr.IsCall() || len(operands) < 2 {
		return actions{}, false
	}
	switch expr.Operator().String() {
	case ast.Equality.Name, ast.Equal.Name:
		for i, t := range operands[:2] {
			if name, ok := operands[1-i].Value.(ast.String); ok && isAction(t) {
				return actions{exact: map[string]bool{string(name): true}}, true
			}
		}
	case ast.Member.Name:
		if len(operands) == 2 && isAction(operands[0]) {
			return oneOf(operands[1])
		}
	case ast.StartsWith.Name:
		if prefix, ok := operands[1].Value.(ast.String); ok && len(operands) == 2 && isAction(operands[0]) {
			return actions{prefixes: []string{string(prefix)}}, true
		}
	}
	return actions{}, false
}

// oneOf reads a constant set or array; elements that are no texts cannot equal an action.
func oneOf(t *ast.Term) (actions, bool) {
	out := actions{exact: map[string]bool{}}
	if !t.IsGround() || ast.ContainsRefs(t) || ast.ContainsComprehensions(t) {
		return out, false
	}
	add := func(e *ast.Term) {
		if name, ok := e.Value.(ast.String); ok {
			out.exact[string(name)] = true
		}
	}
	switch v := t.Value.(type) {
	case ast.Set:
		v.Foreach(add)
	case *ast.Array:
		v.Foreach(add)
	default:
		return out, false
	}
	return out, true
}

// supported follows a reference into the rules that partial evaluation made: it holds only where one of their bodies does.
func (s residual) supported(term *ast.Term, depth int) (actions, bool) {
	ref, ok := term.Value.(ast.Ref)
	if !ok || depth > 8 {
		return actions{}, false
	}
	rules := s.rules[ref.GroundPrefix().String()]
	if len(rules) == 0 {
		return actions{}, false
	}
	var out actions
	for _, rule := range rules {
		if rule.Default || rule.Else != nil || len(rule.Head.Args) > 0 {
			return actions{}, false
		}
		out.or(s.all(rule.Body, depth+1))
	}
	return out, !out.any
}
