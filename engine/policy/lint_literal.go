package policy

import (
	"math/big"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

const thresholdsPackage = "data.kt.thresholds"

var (
	durationLiteral = regexp.MustCompile(`^[0-9]+(ns|us|µs|ms|s|m|h|d|w)$`)
	dateLiteral     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:.*)?$`)
)

// numbersAreNoLimits are functions whose numbers cut, count or format, and decide nothing.
var numbersAreNoLimits = []string{"array.slice", "substring", "sprintf", "format_int", "numbers.range", "numbers.range_step", "regex.find_n",
	"regex.find_all_string_submatch_n", "bits.and", "bits.or", "bits.lsh", "bits.rsh", "time.date", "time.clock", "time.diff"}

// literals finds thresholds that stand in a check instead of policies/thresholds: a text that is a duration or a date, and a number but -1, 0, 1
// and 2 that is no index, no argument of a function that cuts or formats, and no unit's factor beside *, / or %.
func (l *linter) literals() {
	const remedy = "move it to a rule of policies/thresholds, where one commit shows that it moved"
	l.checkModules(func(c *Check, m *ast.Module) {
		walk := &literalWalk{found: func(t *ast.Term, what string) {
			l.add(t.Location, remedy, "check %s: %s %s is a threshold inside the check", c.ID, what, t)
		}}
		for _, rule := range m.Rules {
			walk.rule(rule)
		}
	})
}

type literalWalk struct {
	found func(t *ast.Term, what string)
}

func (w *literalWalk) rule(rule *ast.Rule) {
	ast.NewGenericVisitor(w.visit).Walk(rule)
}

// visit reports literals below a node; true stops the walk there.
func (w *literalWalk) visit(x any) bool {
	switch x := x.(type) {
	case *ast.Expr:
		if x.IsCall() {
			w.call(x.Operator(), x.Operands())
			ast.WalkTerms(withs(x), func(t *ast.Term) bool { w.term(t, false); return true })
			return true
		}
	case *ast.Head:
		for _, part := range []*ast.Term{x.Key, x.Value} {
			if part != nil {
				w.term(part, false)
			}
		}
		return true
	case *ast.Term:
		w.term(x, false)
		return true
	}
	return false
}

func withs(x *ast.Expr) ast.Body {
	var out ast.Body
	for _, w := range x.With {
		out.Append(ast.NewExpr(w.Value))
	}
	return out
}

func (w *literalWalk) call(operator ast.Ref, operands []*ast.Term) {
	name := operator.String()
	if slices.Contains(numbersAreNoLimits, name) {
		for _, t := range operands {
			if _, ok := t.Value.(ast.Number); !ok {
				w.term(t, false)
			}
		}
		return
	}
	factor := slices.Contains([]string{ast.Multiply.Name, ast.Divide.Name, ast.Rem.Name}, name)
	for _, t := range operands {
		w.term(t, factor)
	}
}

// term reports a literal, or walks into what holds some. factor says that the term is multiplied or divided by.
func (w *literalWalk) term(t *ast.Term, factor bool) {
	switch v := t.Value.(type) {
	case ast.Number:
		if !small(v) && (!factor || !unit(v)) {
			w.found(t, "the number")
		}
	case ast.String:
		switch {
		case durationLiteral.MatchString(string(v)):
			w.found(t, "the duration")
		case dateLiteral.MatchString(string(v)) && !strings.HasPrefix(string(v), "2006-01-02"): // which is Go's layout
			w.found(t, "the date")
		}
	case ast.Call:
		w.call(v[0].Value.(ast.Ref), v[1:])
	case ast.Ref:
		for _, part := range v {
			if _, index := part.Value.(ast.Number); !index {
				if _, key := part.Value.(ast.String); !key {
					w.term(part, false)
				}
			}
		}
	case ast.Var, ast.Boolean, ast.Null:
	default:
		w.inside(t)
	}
}

// inside walks into arrays, sets, objects, comprehensions and templates.
func (w *literalWalk) inside(t *ast.Term) {
	first := true
	ast.NewGenericVisitor(func(x any) bool {
		if first {
			first = false
			return false
		}
		return w.visit(x)
	}).Walk(t)
}

func small(n ast.Number) bool {
	i, ok := n.Int()
	return ok && i >= -1 && i <= 2
}

// unit says whether a number converts units: 100 or more, and 1, 6, 36 or 864 (a minute's, an hour's and a day's seconds) times a power of
// ten or of 1024. Sixty is none: of days it would be a limit.
func unit(n ast.Number) bool {
	f, _, err := big.ParseFloat(n.String(), 10, 128, big.ToNearestEven)
	if err != nil || !f.IsInt() || f.Cmp(big.NewFloat(100)) < 0 {
		return false
	}
	i, _ := f.Int(nil)
	for _, base := range []int64{10, 1024} {
		rest := new(big.Int).Set(i)
		for {
			quotient, remainder := new(big.Int).QuoRem(rest, big.NewInt(base), new(big.Int))
			if remainder.Sign() != 0 {
				break
			}
			rest = quotient
		}
		for _, whole := range []int64{1, 6, 36, 864} {
			if rest.Cmp(big.NewInt(whole)) == 0 {
				return true
			}
		}
	}
	return false
}

// thresholdModules calls fn for each file of thresholds.
func (l *linter) thresholdModules(fn func(File, *ast.Module)) {
	for _, f := range l.lib.Files {
		if m := l.lib.Modules[f.Path]; m != nil && m.Package.Path.String() == thresholdsPackage {
			fn(f, m)
		}
	}
}

func (l *linter) thresholdsExplained() {
	l.thresholdModules(func(_ File, m *ast.Module) {
		above := map[int]bool{}
		for _, c := range m.Comments {
			above[c.Location.Row] = true
		}
		seen := map[string]bool{}
		for _, rule := range m.Rules {
			name := rule.Head.Ref().GroundPrefix().String()
			if !seen[name] && !above[rule.Location.Row-1] {
				l.add(rule.Location, "say above it what it limits, from when, and where it comes from", "nothing explains the threshold %s", name)
			}
			seen[name] = true
		}
	})
}

func (l *linter) thresholdsTested() {
	l.thresholdModules(func(f File, m *ast.Module) {
		test := strings.TrimSuffix(f.Path, ".rego") + "_test.rego"
		if !slices.ContainsFunc(l.tests, func(t File) bool { return t.Path == test }) {
			l.add(m.Package.Location, "write "+path.Base(test), "no tests lie beside the thresholds")
		}
	})
}

// thresholdsUsed finds a threshold that moves nothing. snapshot_age is read by kt itself.
func (l *linter) thresholdsUsed() {
	l.thresholdModules(func(_ File, m *ast.Module) {
		seen := map[string]bool{}
		for _, rule := range m.Rules {
			name := rule.Head.Ref().GroundPrefix().String()
			if seen[name] || name == "snapshot_age" {
				continue
			}
			seen[name] = true
			used := false
			for _, clause := range l.lib.Compiler.GetRulesExact(rule.Ref().GroundPrefix()) {
				used = used || len(l.lib.Compiler.Graph.Dependents(clause)) > 0
			}
			if !used {
				l.add(rule.Location, "remove it, or let the check that it is for read it", "no rule reads the threshold %s", name)
			}
		}
	})
}
