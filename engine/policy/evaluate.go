package policy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// evaluate gives the value of a reference that needs no input; nil where it is undefined.
func (l *Library) evaluate(ctx context.Context, ref string) (ast.Value, error) {
	body, err := l.Compiler.QueryCompiler().Compile(ast.MustParseBody("x = " + ref))
	if err != nil {
		return nil, l.regoError(err)
	}
	var value ast.Value
	err = storage.Txn(ctx, l.Store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		return topdown.NewQuery(body).WithCompiler(l.Compiler).WithStore(l.Store).WithTransaction(txn).
			Iter(ctx, func(r topdown.QueryResult) error {
				value = r[ast.Var("x")].Value
				return nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return value, nil
}

// Thresholds are the values of data.kt.thresholds in force, by name, as canonical JSON text.
func (l *Library) Thresholds(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	value, err := l.evaluate(ctx, "data.kt.thresholds")
	if err != nil {
		return nil, err
	}
	object, ok := value.(ast.Object)
	if !ok {
		return out, nil
	}
	object.Foreach(func(k, v *ast.Term) {
		if name, ok := k.Value.(ast.String); ok {
			out[string(name)] = v.String()
		}
	})
	return out, nil
}

// ruleFile is the file of the rule that defines a member of a package, for messages.
func (l *Library) ruleFile(pkg, member string) string {
	rules := l.Compiler.GetRulesWithPrefix(ast.MustParseRef(pkg))
	sort.Slice(rules, func(i, j int) bool { return rules[i].Location.File < rules[j].Location.File })
	for _, r := range rules {
		if r.Head.Ref().HasPrefix(ast.MustParseRef(pkg).Append(ast.StringTerm(member))) || string(r.Head.Name) == member {
			return r.Location.File
		}
	}
	if len(rules) > 0 {
		return rules[0].Location.File
	}
	return pkg
}

// Recompile compiles the library once more with rules added to one package: what add returns (nil: nothing) for each rule in it.
func (l *Library) Recompile(pkg string, add func(*ast.Rule) *ast.Rule) (*ast.Compiler, error) {
	modules := make(map[string]*ast.Module, len(l.Modules))
	for _, f := range l.Files {
		m := l.Modules[f.Path]
		if m == nil {
			continue
		}
		if m.Package.Path.String() == "data."+pkg {
			m = m.Copy()
			for _, rule := range m.Rules {
				if extra := add(rule); extra != nil {
					m.Rules = append(m.Rules, extra)
				}
			}
		}
		modules[f.Path] = m
	}
	compiler := newCompiler()
	compiler.Compile(modules)
	if compiler.Failed() {
		return nil, l.regoError(compiler.Errors)
	}
	return compiler, nil
}

// NamedRule is a rule by its name, with its place.
type NamedRule struct {
	Name string
	At   Position
}

// ThresholdsOf are the rules of kt.thresholds that a check's rules use, sorted by name.
func (l *Library) ThresholdsOf(c *Check) []NamedRule {
	var roots []*ast.Rule
	for _, name := range ruleNames {
		roots = append(roots, l.RulesOf(c, name)...)
	}
	places := map[string]Position{}
	for rule := range l.Closure(roots) {
		if rule.Module.Package.Path.String() == "data.kt.thresholds" {
			places[string(rule.Head.Name)] = Position{File: rule.Location.File, Line: rule.Location.Row}
		}
	}
	out := make([]NamedRule, 0, len(places))
	for _, name := range slices.Sorted(maps.Keys(places)) {
		out = append(out, NamedRule{Name: name, At: places[name]})
	}
	return out
}

// RulesOf are the compiled clauses of one of a check's rules. The slice is the compiler's own: it must not be written to.
func (l *Library) RulesOf(c *Check, rule string) []*ast.Rule {
	return l.Compiler.GetRulesExact(ast.MustParseRef("data." + c.Package).Append(ast.StringTerm(rule)))
}
