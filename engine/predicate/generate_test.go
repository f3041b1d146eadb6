package predicate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator writes random policies: rules that help each other, and tested rules r0, r1, … of every kind that a check may have. One line
// holds one clause, so that a clause which OPA refuses to compile can be taken out by its line.
type generator struct {
	r      *rand.Rand
	fresh  int
	simple bool // the policy under way keeps to what can be translated, and so finds what is translated wrongly
	// findings: the elements of sets are those of a check.
	findings bool
	vars     []string // that the body under way has bound
	// What the rules so far define: complete rules, partial sets, partial objects, functions of one argument.
	complete, sets, objects, functions []string
}

func (g *generator) one(of ...string) string { return of[g.r.IntN(len(of))] }

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) name() string {
	g.fresh++
	return fmt.Sprintf("v%d", g.fresh)
}

// tested is how many rules of a policy are evaluated.
const tested = 8

// policy is the lines of a random policy.
func (g *generator) policy() []string {
	lines := g.beginning()
	for i := range tested {
		lines = append(lines, g.rule(fmt.Sprintf("r%d", i))...)
	}
	return lines
}

// check is the lines of a policy whose tested rules are those of a check: selected, and three sets of findings.
func (g *generator) check() []string {
	lines := append(g.beginning(), g.clauses("selected")...)
	g.findings = true
	for _, name := range []string{"deviation", "warning", "unknown"} {
		lines = append(lines, g.set(name)...)
	}
	g.findings = false
	return lines
}

// beginning is the rules that others use.
func (g *generator) beginning() []string {
	lines := slices.Clone(given)
	g.simple = g.chance(50)
	g.complete = []string{"names", "limit", "nowhere", "erring", "torn"}
	g.objects = []string{"by_id", "words"}
	for i := range 2 + g.r.IntN(4) {
		lines = append(lines, g.helper(i)...)
	}
	return lines
}

// given are rules that depend on the snapshot and the clock only; two of them end in an error.
var given = []string{
	"package t",
	"names := {u.id | some u in input.snapshot.users}",
	"by_id := {u.id: u | some u in input.snapshot.users}",
	"limit := 2",
	"words := {\"token.create\": [\"a\", \"abc\"], \"é\": [1, 9007199254740993]}",
	"erring := to_number(input.as_of)",
	"nowhere := 1 if input.snapshot.users[99]",
	"torn := 1 if input.as_of",
	"torn := 2 if input.snapshot.users",
}

// helper is a rule that later ones may use.
func (g *generator) helper(i int) []string {
	switch g.r.IntN(8) {
	case 0, 1:
		name := fmt.Sprintf("s%d", i)
		lines := g.set(name)
		g.sets = append(g.sets, name)
		return lines
	case 2:
		name := fmt.Sprintf("o%d", i)
		lines := []string{fmt.Sprintf("%s[%s] := %s if { %s }", name, g.scalar(), g.value(1), g.body(2))}
		g.vars = nil
		g.objects = append(g.objects, name)
		return lines
	case 3, 4:
		name := fmt.Sprintf("f%d", i)
		lines := g.function(name)
		g.functions = append(g.functions, name)
		return lines
	}
	name := fmt.Sprintf("h%d", i)
	lines := g.clauses(name)
	g.complete = append(g.complete, name)
	return lines
}

// rule is a tested rule.
func (g *generator) rule(name string) []string {
	if g.chance(50) {
		return g.set(name)
	}
	return g.clauses(name)
}

func (g *generator) set(name string) []string {
	var lines []string
	for range 1 + g.r.IntN(3) {
		g.vars = nil
		body := g.body(1 + g.r.IntN(4))
		element := g.one(`"x"`, `{"reason": "x"}`, g.value(1))
		if g.findings {
			element = `{"reason": ` + g.one(`"x"`, `"y"`, `sprintf("%v", [`+g.value(0)+`])`, g.value(0)) + "}"
		}
		lines = append(lines, fmt.Sprintf("%s contains %s if { %s }", name, element, body))
	}
	g.vars = nil
	return lines
}

// clauses is a complete rule: with a default or without, one clause or several, with else branches or without.
func (g *generator) clauses(name string) []string {
	var lines []string
	if g.chance(25) {
		lines = append(lines, fmt.Sprintf("default %s := %s", name, g.one("false", "true", g.scalar(), "set()", "[]")))
	}
	same := ""
	if g.chance(60) {
		same = g.one("true", "true", "true", "false", g.scalar())
	}
	for range 1 + g.r.IntN(3) {
		lines = append(lines, g.clause(name, "", same))
	}
	return lines
}

func (g *generator) clause(name, argument, same string) string {
	var b strings.Builder
	head := func() string {
		switch {
		case same != "":
			return same
		case g.simple:
			return g.one("1", "2", `"a"`, "true", "false", g.path())
		case len(g.vars) > 0 && g.chance(35):
			return g.one(g.vars...)
		}
		return g.value(1)
	}
	keep := g.vars
	branches := 1
	if g.chance(30) {
		branches += 1 + g.r.IntN(3)
		same = ""
	}
	for i := range branches {
		g.vars = append([]string{}, keep...)
		body := g.body(1 + g.r.IntN(3))
		if i == 0 {
			fmt.Fprintf(&b, "%s%s := %s if { %s }", name, argument, head(), body)
			continue
		}
		if i == branches-1 && g.chance(40) {
			g.vars = append([]string{}, keep...)
			fmt.Fprintf(&b, " else := %s", head())
			continue
		}
		fmt.Fprintf(&b, " else := %s if { %s }", head(), body)
	}
	g.vars = nil
	return b.String()
}

func (g *generator) function(name string) []string {
	argument := g.name()
	var lines []string
	same := g.one("", "true")
	for range 1 + g.r.IntN(2) {
		pattern := argument
		g.vars = []string{argument}
		if g.chance(20) {
			pattern, g.vars = g.scalar(), nil
		}
		lines = append(lines, g.clause(name, "("+pattern+")", same))
	}
	return lines
}

// body is some expressions.
func (g *generator) body(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = g.statement()
	}
	return strings.Join(parts, "; ")
}

// statement is an expression that may bind variables for those after it.
func (g *generator) statement() string {
	if g.simple {
		return g.test()
	}
	switch g.r.IntN(14) {
	case 0, 1, 2:
		value, v := g.one(g.value(2), g.value(2), g.value(2), g.one(g.complete...)), g.name()
		g.vars = append(g.vars, v)
		return v + " := " + value
	case 3:
		value, v := g.open(1), g.name()
		g.vars = append(g.vars, v)
		return "some " + v + " in " + value
	case 4:
		value, k, v := g.open(1), g.name(), g.name()
		g.vars = append(g.vars, k, v)
		return "some " + k + ", " + v + " in " + value
	case 5:
		value, a, b := g.open(1), g.name(), g.name()
		g.vars = append(g.vars, a)
		if g.chance(50) {
			return fmt.Sprintf(`some %s; {"x": %s} = %s`, a, a, value)
		}
		g.vars = append(g.vars, b)
		return fmt.Sprintf("[%s, %s] := %s", a, b, value)
	}
	return g.condition()
}

// test is an expression of a shape that is translated, on a value that is often there.
func (g *generator) test() string {
	negated := g.one("", "", "", "not ")
	value := g.one("input.event.details.a", "input.event.details.n", "input.event.details.s", "input.event.action", "input.event.outcome", "input.event.actor.id", g.path(), g.get())
	switch g.r.IntN(8) {
	case 0:
		return negated + g.one(g.complete...)
	case 1, 2:
		return negated + g.one(g.complete...) + g.one(" == ", " != ", " > ") + g.one("1", "2", `"a"`, "true", "false")
	case 3:
		return negated + value + " in {" + g.scalar() + ", " + g.scalar() + ", " + g.scalar() + "}"
	case 4:
		return negated + fmt.Sprintf("%s(%s, %s)", g.one("startswith", "endswith", "contains"), g.one("input.event.action", "input.event.details.s", value), g.text())
	case 5:
		return negated + value
	}
	return negated + value + g.one(" == ", " == ", " != ", " < ", " <= ", " > ", " >= ") + g.one(g.scalar(), g.scalar(), g.text(), g.one(someNumbers...))
}

// condition is an expression that binds nothing.
func (g *generator) condition() string {
	switch g.r.IntN(12) {
	case 0, 1, 2, 3:
		return "not " + g.plain()
	case 4:
		return g.every()
	case 5:
		return g.with(g.one("", "", "not ") + g.plain())
	}
	return g.plain()
}

func (g *generator) every() string {
	of, v := g.open(1), g.name()
	keep := g.vars
	g.vars = append(append([]string{}, keep...), v)
	out := fmt.Sprintf("every %s in %s { %s }", v, of, g.one(v+g.one(" != ", " == ", " < ")+g.value(0), g.plain()+"; "+v+" != 5", "is_string("+v+")"))
	g.vars = keep
	return out
}

func (g *generator) with(inner string) string {
	target := g.one("input.event.action", "input.event.details.a", "input.event.details.obj.x", "input.event.details", "input.snapshot.users",
		"input.as_of", "data.t.limit", "input.event", "data.t.names")
	value := g.constant()
	switch target {
	case "input.event":
		value = `{"action": "a.b", "actor": {"id": "u1"}, "resource": {}}`
	case "data.t.names":
		value = `{"u1"}`
	}
	return inner + " with " + target + " as " + value
}

// plain is an expression without anything around it.
func (g *generator) plain() string {
	switch g.r.IntN(13) {
	case 0, 1, 2, 3:
		return g.value(2) + g.one(" == ", " == ", " != ", " < ", " <= ", " > ", " >= ") + g.value(1)
	case 4, 5:
		return g.value(1) + " in " + g.one(g.value(1), g.collection(), "names", "input.event.details.list", `{"token.create", "user.login", 1, "é"}`)
	case 6:
		return fmt.Sprintf("%s(%s, %s)", g.one("startswith", "endswith", "contains"), g.open(1), g.one(g.text(), g.text(), g.open(0)))
	case 7:
		return fmt.Sprintf("%s(%s)", g.one("is_string", "is_number", "is_boolean", "is_array", "is_object", "is_set", "is_null"), g.value(1))
	case 8:
		return g.get() + g.one(" == ", " != ", " < ", " >= ") + g.value(0)
	case 9:
		if len(g.complete) > 0 && g.chance(70) {
			return g.one(g.complete...)
		}
		return g.path()
	case 10:
		return g.one(fmt.Sprintf("regex.match(%q, %s)", g.one("^a", "^token\\\\.", "é", "[", ".*"), g.open(0)),
			fmt.Sprintf(`glob.match(%q, ["."], %s)`, g.one("a*", "token.*", "**", "["), g.open(0)))
	case 11:
		return g.value(1) + " = " + g.value(1)
	}
	return g.value(2)
}
