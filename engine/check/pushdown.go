package check

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
)

// conditions are what is looked at of an event before Rego is: whether it is in the population, and whether the check can find anything.
type conditions struct {
	selected *predicate.Node
	finds    *predicate.Node
}

func (r *run) translator(ctx context.Context) *predicate.Rego {
	return &predicate.Rego{Compiler: r.lib.Compiler, Reads: newReads(r.lib).of,
		Value: func(ref ast.Ref) (*ast.Term, bool) {
			a := r.ask(ctx, ref, r.base)
			return a.value, a.err == nil && len(a.builtin) == 0
		},
		Holds: func(body ast.Body, paths []predicate.Path, values []*canon.Value) predicate.Truth {
			return r.holds(ctx, body, paths, values)
		},
	}
}

// push translates the rules of the checks that are evaluated over one event. Where somebody watches the evaluation, nothing is: what
// Rego does not evaluate cannot be watched.
func (r *run) push(ctx context.Context, checks []*policy.Check) []conditions {
	rego := r.translator(ctx)
	out := make([]conditions, len(checks))
	for i, c := range checks {
		out[i] = conditions{selected: predicate.Never, finds: predicate.Never}
		for _, rule := range eventRules(c) {
			if len(c.Rules[rule]) == 0 {
				continue
			}
			n := predicate.Untranslated("the evaluation is watched")
			if r.opt.Tracer == nil {
				n = rego.Rule(ruleRef(c, rule))
			}
			if rule == policy.RuleSelected {
				out[i].selected = n
				continue
			}
			out[i].finds = predicate.Or(out[i].finds, n)
		}
	}
	return out
}

// holds evaluates a body of the library over an event that has only some values. An error is for the whole event's evaluation to report.
func (r *run) holds(ctx context.Context, body ast.Body, paths []predicate.Path, values []*canon.Value) predicate.Truth {
	partial := canon.Value{Kind: canon.Object}
	for i, p := range paths {
		if values[i] != nil {
			partial = placed(partial, p.Keys(), *values[i])
		}
	}
	input := r.with([2]*ast.Term{eventKey, predicate.Term(&partial)})
	var builtin []topdown.Error
	out := predicate.False
	err := r.query(ctx, r.lib.Compiler, body, input, &builtin, func(topdown.QueryResult) { out = predicate.True })
	if err != nil || len(builtin) > 0 {
		return predicate.Ask
	}
	return out
}

// placed is an object with a value at a path.
func placed(object canon.Value, keys []string, v canon.Value) canon.Value {
	if len(keys) == 0 {
		return v
	}
	below := canon.Value{Kind: canon.Object}
	for i := range object.Members {
		if object.Members[i].Key == keys[0] {
			object.Members[i].Value = placed(object.Members[i].Value, keys[1:], v)
			return object
		}
	}
	object.Members = append(object.Members, canon.Member{Key: keys[0], Value: placed(below, keys[1:], v)})
	return object
}

// reads finds which parts of the input something reads, by itself and by the rules that it calls.
type reads struct {
	lib   *policy.Library
	rules map[*ast.Rule][]ast.Ref
}

func newReads(lib *policy.Library) *reads { return &reads{lib: lib, rules: map[*ast.Rule][]ast.Ref{}} }

func (r *reads) of(x any) []ast.Ref {
	var out []ast.Ref
	policy.InputRefs(x, func(ref ast.Ref, _ *ast.Location) { out = append(out, ref) })
	seen := map[*ast.Rule]bool{}
	ast.WalkRefs(x, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.DefaultRootRef) {
			for _, rule := range r.lib.Compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true}) {
				if !seen[rule] {
					seen[rule] = true
					out = append(out, r.rule(rule)...)
				}
			}
		}
		return false
	})
	return out
}

// rule is what a rule and all that it calls read.
func (r *reads) rule(rule *ast.Rule) []ast.Ref {
	if refs, ok := r.rules[rule]; ok {
		return refs
	}
	var out []ast.Ref
	seen := map[string]bool{}
	for called := range r.lib.Closure([]*ast.Rule{rule}) {
		policy.InputRefs(called, func(ref ast.Ref, _ *ast.Location) {
			if name := ref.String(); !seen[name] {
				seen[name] = true
				out = append(out, ref)
			}
		})
	}
	r.rules[rule] = out
	return out
}
