package predicate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
)

// compiled is a random policy that OPA compiles.
type compiled struct {
	lines    []string
	compiler *ast.Compiler
	base     [][2]*ast.Term // the input without the event
}

func (c *compiled) source() string { return strings.Join(c.lines, "\n") + "\n" }

// compile compiles a policy. A clause that OPA refuses is taken out, and so is what then calls a rule that is not there.
func compile(lines []string) (*compiled, error) {
	for range len(lines) {
		c := &compiled{lines: lines}
		bad, err := c.compile()
		if err == nil {
			return c, nil
		}
		if len(bad) == 0 {
			return nil, err
		}
		var kept []string
		for i, line := range lines {
			if !bad[i+1] {
				kept = append(kept, line)
			}
		}
		lines = kept
	}
	return nil, errors.New("nothing of the policy compiles")
}

func (c *compiled) compile() (bad map[int]bool, err error) {
	bad = map[int]bool{}
	failed := func(err error) (map[int]bool, error) {
		var errs ast.Errors
		if errors.As(err, &errs) {
			for _, e := range errs {
				if e.Location != nil && e.Location.Row > 1 {
					bad[e.Location.Row] = true
				}
			}
		}
		return bad, err
	}
	module, err := ast.ParseModuleWithOpts("t.rego", c.source(), ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		return failed(err)
	}
	c.compiler = ast.NewCompiler().WithDefaultRegoVersion(ast.RegoV1)
	c.compiler.SetErrorLimit(len(c.lines))
	if c.compiler.Compile(map[string]*ast.Module{"t.rego": module}); c.compiler.Failed() {
		return failed(c.compiler.Errors)
	}
	base, err := ast.ValueFromReader(strings.NewReader(snapshot))
	if err != nil {
		return nil, err
	}
	base.(ast.Object).Foreach(func(k, v *ast.Term) { c.base = append(c.base, [2]*ast.Term{k, v}) })
	return nil, nil
}

// translator is what the engine gives the package, made here by other means: topdown without any cache between events.
func (c *compiled) translator() *Rego {
	return &Rego{Compiler: c.compiler, Reads: c.reads,
		Value: func(ref ast.Ref) (value *ast.Term, ok bool) {
			builtin, err := c.query(ast.NewBody(ast.Equality.Expr(ast.VarTerm("x"), ast.NewTerm(ref))), nil, func(r topdown.QueryResult) { value = r["x"] })
			return value, err == nil && len(builtin) == 0
		},
		Holds: func(body ast.Body, paths []Path, values []*canon.Value) Truth {
			out, event := False, ast.NewObject()
			for i, p := range paths {
				if values[i] != nil {
					event, _ = event.Merge(nested(p.Keys(), Term(values[i])))
				}
			}
			builtin, err := c.query(body, ast.NewTerm(event), func(topdown.QueryResult) { out = True })
			if err != nil || len(builtin) > 0 {
				return Ask
			}
			return out
		}}
}

func nested(keys []string, v *ast.Term) ast.Object {
	if len(keys) > 1 {
		v = ast.NewTerm(nested(keys[1:], v))
	}
	return ast.NewObject([2]*ast.Term{ast.StringTerm(keys[0]), v})
}

// empty is a store without data.
var empty = inmem.New()

func (c *compiled) query(body ast.Body, event *ast.Term, each func(topdown.QueryResult)) (builtin []topdown.Error, err error) {
	pairs := c.base
	if event != nil {
		pairs = append(pairs[:len(pairs):len(pairs)], [2]*ast.Term{ast.StringTerm("event"), event})
	}
	ctx := context.Background()
	txn, err := empty.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer empty.Abort(ctx, txn)
	err = topdown.NewQuery(body).WithCompiler(c.compiler).WithStore(empty).WithTransaction(txn).WithInput(ast.ObjectTerm(pairs...)).WithBuiltinErrorList(&builtin).
		Iter(ctx, func(r topdown.QueryResult) error {
			each(r)
			return nil
		})
	return builtin, err
}

// reads lists what a part of the tree reads below input, and all rules that it may call.
func (c *compiled) reads(x any) (out []ast.Ref) {
	seen := map[*ast.Rule]bool{}
	var walk func(any)
	walk = func(x any) {
		whole := map[*ast.Term]bool{}
		ast.WalkTerms(x, func(t *ast.Term) bool {
			switch v := t.Value.(type) {
			case ast.Ref:
				if v.HasPrefix(ast.InputRootRef) {
					out = append(out, v)
					whole[v[0]] = true
				}
				if v.HasPrefix(ast.DefaultRootRef) {
					for _, rule := range c.compiler.GetRulesDynamicWithOpts(v, ast.RulesOptions{}) {
						if !seen[rule] {
							seen[rule] = true
							walk(rule)
						}
					}
				}
			case ast.Var:
				if v.Equal(ast.InputRootDocument.Value) && !whole[t] {
					out = append(out, ast.InputRootRef)
				}
			}
			return false
		})
	}
	if ref, ok := x.(ast.Ref); ok {
		x = ast.NewTerm(ref)
	}
	walk(x)
	return out
}

// verdict is what plain OPA says of a rule over one event: whether it gives something, and whether it reports an error.
type verdict struct {
	gives bool
	err   error
}

func (v verdict) String() string {
	return fmt.Sprintf("gives something: %v, error: %v", v.gives, v.err)
}

// asked is a rule, as OPA's own rego package evaluates it.
type asked struct {
	name  string
	ref   ast.Ref
	isSet bool
	query rego.PreparedEvalQuery
}

// tested are the rules r0, r1, … that compiled.
func (c *compiled) tested() (out []asked, err error) {
	for i := range tested {
		a := asked{name: fmt.Sprintf("r%d", i), ref: ast.MustParseRef(fmt.Sprintf("data.t.r%d", i))}
		if len(c.compiler.GetRulesWithPrefix(a.ref)) == 0 {
			continue
		}
		rules := c.compiler.GetRulesExact(a.ref)
		a.isSet = len(rules) > 0 && rules[0].Head.RuleKind() == ast.MultiValue
		a.query, err = rego.New(rego.Query(a.ref.String()), rego.Compiler(c.compiler)).PrepareForEval(context.Background())
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// judge evaluates a rule over an input that OPA's own parser read.
func (c *compiled) judge(a asked, event ast.Value) verdict {
	input := ast.NewObject(append(c.base[:len(c.base):len(c.base)], [2]*ast.Term{ast.StringTerm("event"), ast.NewTerm(event)})...)
	var builtin []topdown.Error
	set, err := a.query.Eval(context.Background(), rego.EvalParsedInput(input), rego.EvalBuiltinErrorList(&builtin))
	v := verdict{err: err}
	if err == nil && len(builtin) > 0 {
		v.err = &builtin[0]
	}
	if len(set) == 0 {
		return v
	}
	value := set[0].Expressions[0].Value
	if items, ok := value.([]any); ok && a.isSet {
		v.gives = len(items) > 0
		return v
	}
	v.gives = value != false
	return v
}
