package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/mapping"
)

// Verdict is what the roll-up in Rego says of one control. Status is "" where it says nothing. Rule is the
// clause that gave the verdict.
type Verdict struct {
	Status  string
	Reasons []string
	Rule    Position
}

// Verdicts evaluates data.kt.controls.verdict over one framework and the statuses of its checks.
func (l *Library) Verdicts(ctx context.Context, f *mapping.Framework, statuses map[string]string) (map[string]Verdict, error) {
	input, err := l.rollupInput(f, statuses)
	if err != nil {
		return nil, err
	}
	out := map[string]Verdict{}
	places := &places{byControl: map[string]Position{}}
	body := ast.NewBody(ast.Equality.Expr(ast.VarTerm("x"), ast.NewTerm(ast.MustParseRef("data.kt.controls.verdict"))))
	err = storage.Txn(ctx, l.Store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		return topdown.NewQuery(body).WithCompiler(l.Compiler).WithStore(l.Store).WithTransaction(txn).WithInput(input).
			WithStrictBuiltinErrors(true).WithQueryTracer(places).
			Iter(ctx, func(r topdown.QueryResult) error { return readVerdicts(r[ast.Var("x")], out) })
	})
	if err != nil {
		return nil, fmt.Errorf("policies/controls: the roll-up of %s could not be evaluated: %w", f.ID, err)
	}
	for id, v := range out {
		v.Rule = places.byControl[id]
		out[id] = v
	}
	return out, nil
}

func (l *Library) rollupInput(f *mapping.Framework, statuses map[string]string) (*ast.Term, error) {
	checks := map[string]any{}
	for _, c := range f.Controls {
		for _, link := range c.Checks {
			if status, ok := statuses[link.ID]; ok {
				checks[link.ID] = map[string]any{"id": link.ID, "status": status}
			}
		}
	}
	value, err := ast.InterfaceToValue(map[string]any{"mapping": frameworkData(f), "checks": checks})
	if err != nil {
		return nil, err
	}
	return ast.NewTerm(value), nil
}

func readVerdicts(t *ast.Term, out map[string]Verdict) error {
	if t == nil {
		return nil
	}
	text, err := ast.JSON(t.Value)
	if err != nil {
		return err
	}
	data, err := json.Marshal(text)
	if err != nil {
		return err
	}
	var verdicts map[string]struct {
		Status  string   `json:"status"`
		Reasons []string `json:"reasons"`
	}
	if err := json.Unmarshal(data, &verdicts); err != nil {
		return fmt.Errorf(`data.kt.controls.verdict: expected {control: {"status", "reasons"}}: %w`, err)
	}
	for id, v := range verdicts {
		out[id] = Verdict{Status: v.Status, Reasons: v.Reasons}
	}
	return nil
}

// places notes, for each control, the last rule of policies/controls that ended with it as its key: the clause of verdict, or of a set of
// refinements that verdict takes over.
type places struct {
	byControl map[string]Position
	own       map[string]bool
}

func (p *places) Enabled() bool               { return true }
func (p *places) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

func (p *places) TraceEvent(e topdown.Event) {
	rule, ok := e.Node.(*ast.Rule)
	if e.Op != topdown.ExitOp || !ok || !strings.HasPrefix(rule.Ref().String(), "data.kt.controls.") {
		return
	}
	ref := rule.Head.Ref()
	if len(ref) < 2 {
		return
	}
	key := ref[1].Value
	if v, isVar := key.(ast.Var); isVar && e.Locals != nil {
		key = e.Locals.Get(v)
	}
	id, ok := key.(ast.String)
	if !ok {
		return
	}
	refinement := string(rule.Head.Name) != "verdict"
	if p.own == nil {
		p.own = map[string]bool{}
	}
	if p.own[string(id)] && !refinement {
		return // the refinement's own clause says more than the one that takes it over
	}
	p.own[string(id)] = refinement
	p.byControl[string(id)] = Position{File: rule.Location.File, Line: rule.Location.Row}
}

// frameworkData is a framework as Rego sees it: the document, with applicable always present.
func frameworkData(f *mapping.Framework) map[string]any {
	controls := make([]any, len(f.Controls))
	for i, c := range f.Controls {
		links := make([]any, len(c.Checks))
		for j, link := range c.Checks {
			links[j] = map[string]any{"id": link.ID, "covers": link.Covers, "why": link.Why}
		}
		controls[i] = map[string]any{"id": c.ID, "title": c.Title, "checks": links, "evidence": texts(c.Evidence),
			"applicable": c.Applicable, "reason": c.Reason, "aliases": texts(c.Aliases), "manual": texts(c.Manual)}
	}
	return map[string]any{"framework": f.ID, "title": f.Title, "edition": f.Edition, "version": f.Version, "controls": controls}
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
