package predicate

import (
	"fmt"
	"strings"
)

// paths are the parts of events that random rules read; random events have some of them, of any type.
var paths = []string{
	"action", "action", "outcome", "outcome", "actor.id", "actor.id", "actor.type", "actor", "actor.asserted", "resource.id", "resource.type", "details", "details.a",
	"details.a", "details.a", "details.b", "details.b", "details.n", "details.n", "details.s", "details.s", "details.list", "details.list",
	"details.list[0]", "details.list[1]", "details.list[0].x", "details.obj", "details.obj.x", "details.obj.y", "details.obj.y.z", "details.when",
	"details.flag", `details["é"]`, `details[""]`, `details["a b"]`, "ip_address", "missing", "details.missing.deeper", "timestamp",
}

// texts are strings that look alike to who compares them carelessly: composed and decomposed, with an astral character, with an embedded
// NUL, a number's digits, letters of either case.
var someTexts = []string{
	`"a"`, `"a"`, `"A"`, `""`, `"abc"`, "\"\u00e9\"", "\"\u00e9\"", "\"e\u0301\"", "\"e\u0301\"", `"😀"`, "\"\uffff\"", `"a\u0000b"`, `"a\u0000b"`, `"1"`, `"9007199254740993"`, `" a "`, `"token.create"`,
	`"token.create"`, `"user.login"`, `"a.b"`, `"u1"`, `"u1"`, `"u2"`, `"success"`, `"denied"`, `"true"`, `"null"`, `"2026-06-01T00:00:00Z"`,
}

// someNumbers hold equal ones in different spellings, and neighbours that no double tells apart.
var someNumbers = []string{
	"1", "1", "1.0", "1e0", "2", "0", "-1", "0.5", "10", "9007199254740992", "9007199254740993", "9007199254740993.0", "-9007199254740993", "1e300", "123456789012345678901234567890",
}

func (g *generator) path() string {
	if g.chance(1) {
		return "input.event"
	}
	return "input.event." + g.one(paths...)
}

func (g *generator) text() string { return g.one(someTexts...) }

func (g *generator) scalar() string {
	switch g.r.IntN(10) {
	case 0, 1, 2:
		return g.one(someNumbers...)
	case 3:
		return g.one("true", "false", "null")
	}
	return g.text()
}

func (g *generator) constant() string {
	if g.chance(20) {
		return g.collection()
	}
	return g.scalar()
}

// collection is a constant array, object or set.
func (g *generator) collection() string {
	return g.one("[]", "{}", "set()", "["+g.scalar()+", "+g.scalar()+"]", "{"+g.scalar()+", "+g.scalar()+"}", `{"x": `+g.scalar()+"}",
		"{"+g.text()+": [1]}", `{"x": {"z": `+g.scalar()+"}}", "["+g.scalar()+"]", `[{"x": `+g.scalar()+`}]`, "{"+g.text()+", "+g.text()+", 1}")
}

// value is a term: something of the event, a constant, a variable, what another rule gives, a call.
func (g *generator) value(depth int) string {
	switch n := g.r.IntN(20); {
	case n < 7:
		return g.path()
	case n < 10:
		return g.scalar()
	case n < 13 && len(g.vars) > 0:
		v := g.one(g.vars...)
		if g.chance(20) {
			v += g.one(".x", ".a", "[0]", `["a b"]`, "[_]")
		}
		return v
	case n < 15:
		return g.known()
	case n < 16:
		return g.constant()
	case depth > 0:
		return g.call(depth - 1)
	}
	return g.path()
}

// open is a term of which OPA cannot tell the type beforehand.
func (g *generator) open(depth int) string {
	switch n := g.r.IntN(20); {
	case n < 4 && len(g.vars) > 0:
		return g.one(g.vars...)
	case n < 5:
		return g.value(depth)
	case n < 6:
		return g.get()
	}
	return g.path()
}

// known is what other rules and the snapshot give.
func (g *generator) known() string {
	switch g.r.IntN(8) {
	case 0:
		return g.one("input.snapshot.users", "input.snapshot.users[99]", "input.as_of", "input.snapshot.users[0].id", "input.period.from", "data.t.limit")
	case 1:
		return g.one(g.objects...) + "[" + g.one(g.path(), g.text()) + "]" + g.one("", ".status", "[0]", "[_]")
	case 2:
		if len(g.sets) > 0 {
			return g.one(g.sets...) + g.one("", "", "["+g.value(0)+"]", "[_]")
		}
	case 3:
		if len(g.functions) > 0 {
			return g.one(g.functions...) + "(" + g.value(0) + ")"
		}
	case 4:
		return g.one(g.objects...)
	}
	return g.one(g.complete...)
}

func (g *generator) get() string {
	key := g.one(`"a"`, `"b"`, `"n"`, `"list"`, `"asserted"`, `["obj", "x"]`, `["obj", "y", "z"]`, `["list", 0]`, `["list", "0"]`, `[]`, `["details", "a"]`, g.value(0))
	return fmt.Sprintf("object.get(%s, %s, %s)", g.one("input.event", "input.event.details", "input.event.details", "input.event.actor", g.path()), key,
		g.one(g.scalar(), g.constant(), `""`, "false", "set()", "null", g.value(0)))
}

// call is a call of a builtin, a comprehension, or arithmetic.
func (g *generator) call(depth int) string {
	a, b := g.open(depth), g.open(0)
	switch g.r.IntN(30) {
	case 0, 1, 2, 3:
		return g.get()
	case 4:
		return g.one("lower", "upper", "trim_space", "count", "sort", "sum", "max", "min", "abs", "floor", "type_name", "object.keys", "json.marshal") + "(" + a + ")"
	case 5:
		return g.one("lower", "count", "object.keys") + "(" + a + ")"
	case 6:
		return fmt.Sprintf("%s(%s, %s)", g.one("trim", "split", "trim_prefix", "indexof"), a, g.one(`"."`, `"a"`, b))
	case 7:
		return fmt.Sprintf(`concat(%s, %s)`, g.one(`"-"`, b), g.one(a, "["+a+", "+b+"]"))
	case 8, 9:
		return fmt.Sprintf("sprintf(%s, [%s, %s])", g.one(`"%v %s"`, `"%d%v"`, `"%.2f %q"`), a, b)
	case 10:
		return "to_number(" + a + ")"
	case 11, 12:
		return "time.parse_rfc3339_ns(" + g.one("input.event.details.when", "input.event.timestamp", a) + ")"
	case 13:
		return fmt.Sprintf("%s(%s, %s)", g.one("array.concat", "object.union", "array.concat"), a, b)
	case 14:
		return "union({" + a + ", {" + b + "}})"
	case 15:
		return "(" + a + g.one(" + ", " - ", " * ", " / ", " % ", " | ", " & ") + b + ")"
	case 16:
		return fmt.Sprintf("array.slice(%s, 0, 1)", a)
	case 17:
		return fmt.Sprintf("replace(%s, %s, %s)", a, g.text(), g.text())
	case 18:
		return fmt.Sprintf("substring(%s, 0, %s)", a, g.one("1", "-1"))
	case 19:
		return g.one("["+a+", "+b+"]", "{"+a+", "+b+"}", `{"x": `+a+"}", "{"+b+": 1}")
	case 20:
		return "(" + a + g.one(" == ", " != ", " < ", " in ") + b + ")"
	case 21:
		return fmt.Sprintf("$\"{%s} and {%s}\"", a, b)
	}
	return g.comprehension(depth)
}

func (g *generator) comprehension(depth int) string {
	of, v := g.open(depth), g.name()
	keep := g.vars
	g.vars = append(append([]string{}, keep...), v)
	condition := ""
	if g.chance(60) {
		condition = "; " + g.plain()
	}
	g.vars = keep
	each := fmt.Sprintf("some %s in %s%s", v, of, condition)
	if g.chance(20) {
		each = strings.Replace(each, "some ", "some _, ", 1)
	}
	out := g.one("["+v+" | "+each+"]", "{"+v+" | "+each+"}", "{"+v+": 1 | "+each+"}", `{"k": `+v+" | "+each+"}")
	if g.chance(40) {
		return "count(" + out + ")"
	}
	return out
}
