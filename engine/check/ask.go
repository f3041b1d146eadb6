package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/policy"
)

// answer is what OPA said of one reference: its value (nil: undefined), the builtin errors met on the way, and the error that ended it.
type answer struct {
	value   *ast.Term
	builtin []topdown.Error
	err     error
}

// ask evaluates one rule by itself.
func (r *run) ask(ctx context.Context, ref ast.Ref, input *ast.Term) answer {
	return r.askWith(ctx, r.lib.Compiler, ref, input)
}

func (r *run) askWith(ctx context.Context, compiler *ast.Compiler, ref ast.Ref, input *ast.Term) answer {
	body := ast.NewBody(ast.Equality.Expr(ast.VarTerm("x"), ast.NewTerm(ref)))
	var a answer
	a.err = r.query(ctx, compiler, body, input, &a.builtin, func(result topdown.QueryResult) {
		a.value = result[ast.Var("x")]
	})
	return a
}

// query runs a prepared body until it ends, the context ends or the check's limit is over.
func (r *run) query(ctx context.Context, compiler *ast.Compiler, body ast.Body, input *ast.Term, builtin *[]topdown.Error, each func(topdown.QueryResult)) error {
	cancel := topdown.NewCancel()
	limited, stop := context.WithTimeoutCause(ctx, r.limit, errTimeout)
	defer stop()
	defer context.AfterFunc(limited, cancel.Cancel)()
	err := r.prepared(body, compiler, input, cancel, builtin).Iter(limited, func(result topdown.QueryResult) error {
		each(result)
		return nil
	})
	if err != nil && limited.Err() != nil {
		return context.Cause(limited)
	}
	return err
}

// prepared is a query over an input, with what is already known.
func (r *run) prepared(body ast.Body, compiler *ast.Compiler, input *ast.Term, cancel topdown.Cancel, builtin *[]topdown.Error) *topdown.Query {
	q := topdown.NewQuery(body).WithCompiler(compiler).WithStore(r.lib.Store).WithTransaction(r.txn).WithMetrics(metrics.NoOp()).
		WithInput(input).WithCancel(cancel).WithBuiltinErrorList(builtin).WithVirtualCache(newKnown(r.constants))
	if r.opt.Tracer != nil {
		q = q.WithQueryTracer(r.opt.Tracer)
	}
	return q
}

var errTimeout = errors.New("timed out")

const tookLonger = "took longer than"

// ruleSet is what one of a check's rules gave, with all that went wrong.
type ruleSet struct {
	value  *ast.Term
	errors []RuleError
}

// askRule evaluates one rule of a check. Where a conflict ends the rule, its clauses are evaluated one by one, so that what the others
// found is not lost.
func (r *run) askRule(ctx context.Context, c *policy.Check, rule string, input *ast.Term) ruleSet {
	if len(c.Rules[rule]) == 0 {
		return ruleSet{}
	}
	a := r.ask(ctx, ruleRef(c, rule), input)
	out := ruleSet{value: a.value, errors: r.ruleErrors(c, rule, a)}
	if a.err == nil || errors.Is(a.err, errTimeout) || ctx.Err() != nil || len(c.Rules[rule]) < 2 || rule == policy.RuleSelected {
		return out
	}
	clauses, err := r.clausesOf(c)
	if err != nil {
		return out
	}
	var found []*ast.Term
	for i := range c.Rules[rule] {
		one := r.askWith(ctx, clauses, ruleRef(c, clauseName(rule, i)), input)
		out.errors = append(out.errors, r.ruleErrors(c, rule, one)...)
		if set, ok := setOf(one.value); ok {
			found = append(found, set.Slice()...)
		}
	}
	out.value = ast.SetTerm(found...)
	return out
}

func setOf(t *ast.Term) (ast.Set, bool) {
	if t == nil {
		return nil, false
	}
	set, ok := t.Value.(ast.Set)
	return set, ok
}

func ruleRef(c *policy.Check, rule string) ast.Ref {
	return ast.MustParseRef("data." + c.Package).Append(ast.StringTerm(rule))
}

func clauseName(rule string, i int) string { return fmt.Sprintf("%s__clause_%d", rule, i) }

// clausesOf compiles the library once more, with each clause of the check's sets under a name of its own.
func (r *run) clausesOf(c *policy.Check) (*ast.Compiler, error) {
	r.clauseLock.Lock()
	defer r.clauseLock.Unlock()
	if compiler := r.clauses[c.ID]; compiler != nil {
		return compiler, nil
	}
	number := map[string]int{}
	compiler, err := r.lib.Recompile(c.Package, func(rule *ast.Rule) *ast.Rule {
		name := string(rule.Head.Name)
		if rule.Head.RuleKind() != ast.MultiValue || len(rule.Head.Ref()) != 1 || len(c.Rules[name]) < 2 {
			return nil
		}
		clause := rule.Copy()
		renamed := clauseName(name, number[name])
		number[name]++
		clause.Head.Name = ast.Var(renamed)
		clause.Head.SetRef(ast.Ref{ast.VarTerm(renamed)})
		return clause
	})
	if err != nil {
		return nil, err
	}
	r.clauses[c.ID] = compiler
	return compiler, nil
}

// ruleErrors words what went wrong, with the place in the library.
func (r *run) ruleErrors(c *policy.Check, rule string, a answer) []RuleError {
	var out []RuleError
	first := policy.Position{File: c.File, Line: c.Line}
	if places := c.Rules[rule]; len(places) > 0 {
		first = places[0]
	}
	add := func(loc *ast.Location, message string) {
		e := RuleError{Rule: rule, File: first.File, Line: first.Line, Message: message, Times: 1}
		if loc != nil && loc.File != "" {
			e.File, e.Line = loc.File, loc.Row
		}
		out = append(out, e)
	}
	for i := range a.builtin {
		add(a.builtin[i].Location, a.builtin[i].Message)
	}
	var failure *topdown.Error
	switch {
	case a.err == nil:
	case errors.Is(a.err, errTimeout):
		add(nil, fmt.Sprintf("%s %s and was stopped", tookLonger, r.limit))
	case errors.As(a.err, &failure):
		add(failure.Location, failure.Message)
	default:
		add(nil, a.err.Error())
	}
	return out
}

func (e RuleError) String() string {
	message := strings.ReplaceAll(e.Message, "\n", " ")
	if e.Times > 1 {
		message = fmt.Sprintf("%s (%d times)", message, e.Times)
	}
	return fmt.Sprintf("rule %s could not be evaluated: %s:%d: %s", e.Rule, e.File, e.Line, message)
}
