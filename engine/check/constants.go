package check

import (
	"context"
	"sort"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/policy"
)

// known is OPA's cache of rule values, begun with values that hold for every query of a run: the thresholds that the
// caller replaces and, for event checks, the rules that do not depend on the event. OPA looks here before it evaluates
// a rule, and evaluates it as ever where it finds nothing. Below a `with` the values might differ, so there it is not asked.
type known struct {
	topdown.VirtualCache
	constants topdown.VirtualCache
	depth     int
}

func newKnown(constants topdown.VirtualCache) *known {
	return &known{VirtualCache: topdown.NewVirtualCache(), constants: constants}
}

func (k *known) Push() { k.depth++; k.VirtualCache.Push() }
func (k *known) Pop()  { k.depth--; k.VirtualCache.Pop() }

func (k *known) Get(ref ast.Ref) (*ast.Term, bool) {
	if k.depth == 0 {
		if value, undefined := k.constants.Get(ref); value != nil || undefined {
			return value, undefined
		}
	}
	return k.VirtualCache.Get(ref)
}

// fold evaluates each rule that the event rules of the checks call and that does not depend on the event, and notes its value. A rule
// with an error is left for OPA to evaluate (and to fail) event by event.
func (r *run) fold(ctx context.Context, checks []*policy.Check) {
	var roots []*ast.Rule
	for _, c := range checks {
		for _, name := range eventRules(c) {
			roots = append(roots, r.lib.RulesOf(c, name)...)
		}
	}
	paths := map[string]ast.Ref{}
	for rule := range r.lib.Closure(roots) {
		if len(rule.Head.Args) == 0 && rule.Head.Ref().IsGround() && rule.Ref().IsGround() {
			paths[rule.Ref().String()] = rule.Ref()
		}
	}
	names := make([]string, 0, len(paths))
	for name := range paths {
		names = append(names, name)
	}
	sort.Strings(names)
	folded := topdown.NewVirtualCache()
	for name, value := range r.overrides {
		folded.Put(ast.MustParseRef("data.kt.thresholds").Append(ast.StringTerm(name)), value)
	}
	for _, name := range names {
		if _, replaced := r.constants.Get(paths[name]); replaced || r.dependsOnEvent(paths[name]) {
			continue
		}
		a := r.ask(ctx, paths[name], r.base)
		if a.err == nil && len(a.builtin) == 0 {
			folded.Put(paths[name], a.value)
		}
	}
	r.constants = folded
}

func (r *run) dependsOnEvent(path ast.Ref) bool {
	depends := false
	for rule := range r.lib.Closure(r.lib.Compiler.GetRulesExact(path)) {
		policy.InputRefs(rule, func(ref ast.Ref, _ *ast.Location) {
			if len(ref) < 2 {
				depends = true
				return
			}
			switch ref[1].Value.String() {
			case `"as_of"`, `"period"`, `"snapshot"`:
			default:
				depends = true
			}
		})
	}
	return depends
}

// eventRules names the rules of a check that are evaluated over one event.
func eventRules(c *policy.Check) []string {
	if c.Reads == policy.ReadsEvent {
		return []string{policy.RuleSelected, policy.RuleDeviation, policy.RuleWarning, policy.RuleUnknown}
	}
	return []string{policy.RuleSelected}
}
