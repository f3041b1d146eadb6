package predicate

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

const (
	// atomPaths is on how many values of the event a part may depend that OPA evaluates once for each combination.
	atomPaths = 3
	// atomMemory is how many combinations are remembered; others ask.
	atomMemory = 10_000
	// atomText is how long a combination may be to be remembered, in bytes.
	atomText = 1 << 10
)

// Remembered begins the text of a test that OPA evaluates once for each combination of values.
const Remembered = "rego once for each "

// ownValues are members that hardly two events have in common: a condition on them is not worth remembering.
var ownValues = []Path{PathOf("timestamp"), PathOf("id"), PathOf("sequence"), PathOf("ingested_at"), PathOf("correlation_id")}

// atom is the condition of the expression at i, or, where a later one uses what it binds, of the whole rest of the body. Where the rest
// is not worth remembering, that the expression has any solution is still necessary for it.
func (r *Rego) atom(body ast.Body, i int, s scope) (n *Node, whole bool) {
	if !usedLater(body, i, s) {
		return r.remembered(body, i, i+1, s), false
	}
	rest := r.remembered(body, i, len(body), s)
	if t, fixed := rest.Constant(); !fixed || t != Ask {
		return rest, true
	}
	return And(r.remembered(body, i, i+1, s), rest), true
}

// remembered is the condition that some expressions of a body hold, which OPA evaluates once for each combination of what they depend on.
func (r *Rego) remembered(body ast.Body, from, to int, s scope) *Node {
	part := append(s.binders(body, body[from:to]), body[from:to]...)
	text := source(body[from])
	paths, why := r.paths(part)
	switch {
	case why != "":
		return Untranslated(text + ": " + why)
	case len(paths) == 0:
		if t := r.Holds(part, nil, nil); t != Ask {
			return constantOf(t)
		}
		return Untranslated(text + ": evaluating it ends in an error")
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = p.String()
	}
	m := &memory{known: map[string]Truth{}, holds: func(values []*canon.Value) Truth { return r.Holds(part, paths, values) }}
	return Of(&Test{Paths: paths, Of: m.of, Text: fmt.Sprintf(Remembered+"%s{%s}", strings.Join(names, ", "), text)})
}

// usedLater says whether an expression binds a variable that a later one uses.
func usedLater(body ast.Body, i int, s scope) bool {
	fresh := map[ast.Var]bool{}
	for v := range variables(body[i]) {
		fresh[v] = s[v] == nil
	}
	for _, later := range body[i+1:] {
		for v := range variables(later) {
			if fresh[v] {
				return true
			}
		}
	}
	return false
}

// binders are the expressions of a body that bind what the part uses, directly or by way of others, in their order.
func (s scope) binders(body, part ast.Body) ast.Body {
	needed := map[*ast.Expr]bool{}
	todo := slices.Clone(part)
	for len(todo) > 0 {
		expr := todo[0]
		todo = todo[1:]
		for v := range variables(expr) {
			if b := s[v]; b != nil && b.expr != nil && !needed[b.expr] {
				needed[b.expr] = true
				todo = append(todo, b.expr)
			}
		}
	}
	var out ast.Body
	for _, expr := range body {
		if needed[expr] && !slices.Contains(part, expr) {
			out = append(out, expr)
		}
	}
	return out
}

// variables are those that stand in a part of the syntax tree, without input and data.
func variables(x any) map[ast.Var]bool {
	out := map[ast.Var]bool{}
	ast.WalkVars(x, func(v ast.Var) bool {
		if !ast.RootDocumentNames.Contains(ast.NewTerm(v)) {
			out[v] = true
		}
		return false
	})
	return out
}

// paths are the values of the event that a part depends on; why says that they are too many, or that they are not worth remembering.
func (r *Rego) paths(part ast.Body) (out []Path, why string) {
	for _, ref := range r.reads(part) {
		switch {
		case len(ref) < 2 || !ref[1].IsGround():
			return nil, "it reads the input as a whole"
		case !ref.HasPrefix(eventRef):
			continue
		}
		var p Path
		for _, t := range ref[2:] {
			key, ok := t.Value.(ast.String)
			if !ok || strings.Contains(string(key), separator) {
				break
			}
			p = p.child(string(key))
		}
		if p.text == "" {
			return nil, "it reads the event as a whole"
		}
		if !slices.ContainsFunc(out, func(q Path) bool { return q.contains(p) }) {
			out = append(slices.DeleteFunc(out, p.contains), p)
		}
	}
	slices.SortFunc(out, func(a, b Path) int { return strings.Compare(a.text, b.text) })
	if len(out) > atomPaths {
		return nil, fmt.Sprintf("it depends on %d values of the event", len(out))
	}
	for _, p := range out {
		if slices.Contains(ownValues, p) {
			return nil, fmt.Sprintf("it depends on %s, which differs from event to event", p)
		}
	}
	return out, ""
}

// source is an expression as its author wrote it, with its place.
func source(expr *ast.Expr) string {
	loc := expr.Location
	if loc == nil || loc.File == "" {
		return expr.String()
	}
	text, _, more := strings.Cut(string(loc.Text), "\n")
	if more {
		text += " …"
	}
	return fmt.Sprintf("%s:%d: %s", loc.File, loc.Row, text)
}

// memory remembers what OPA said of each combination of values.
type memory struct {
	lock  sync.Mutex
	known map[string]Truth
	holds func(values []*canon.Value) Truth
}

func (m *memory) of(values []*canon.Value) Truth {
	key := make([]byte, 0, 64)
	for _, v := range values {
		if v != nil {
			key = canon.Append(key, v)
		}
		key = append(key, 0)
	}
	if len(key) > atomText {
		return Ask
	}
	m.lock.Lock()
	t, ok := m.known[string(key)]
	full := len(m.known) >= atomMemory
	m.lock.Unlock()
	if ok || full {
		if !ok {
			return Ask
		}
		return t
	}
	t = m.holds(values)
	m.lock.Lock()
	m.known[string(key)] = t
	m.lock.Unlock()
	return t
}
