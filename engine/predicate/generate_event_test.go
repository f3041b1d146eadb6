package predicate

import (
	"fmt"
	"strings"
)

// event is a random event as the text of a log's line: what must be there is, of the rest anything of any type may be there or not.
func (g *generator) event() string {
	members := []string{
		`"action":` + g.one(`"token.create"`, `"token.create"`, `"token.rotate"`, `"user.login"`, `"gateway.request"`, `"a.b"`, "\"\u00e9.x\"", `""`),
		`"actor":` + g.reference("user", "service", ""),
		`"resource":` + g.reference("token", "gateway"),
		`"timestamp":"2026-06-15T00:00:00Z"`,
		`"outcome":` + g.one(`"success"`, `"success"`, `"failure"`, `"denied"`, `"unknown"`),
	}
	if g.chance(30) {
		members = append(members, `"ip_address":`+g.one(`"192.0.2.1"`, `"::1"`, `""`))
	}
	switch n := g.r.IntN(100); {
	case n < 84:
		members = append(members, `"details":`+g.details())
	case n < 90:
		members = append(members, `"details":`+g.json(1))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g *generator) reference(types ...string) string {
	out := `{"id":` + g.one(`"u1"`, `"u2"`, `"u3"`, `"a"`, `""`)
	if g.chance(80) {
		out += fmt.Sprintf(`,"type":%q`, g.one(types...))
	}
	if g.chance(20) {
		out += `,"asserted":` + g.json(0)
	}
	return out + "}"
}

func (g *generator) details() string {
	var members []string
	if g.chance(30) {
		members = append(members, `"a\u0000b":`+g.one("1", `["x"]`))
	}
	typed := g.chance(40)
	if typed {
		members = append(members, `"n":`+g.one(someNumbers...), `"s":`+g.text())
	}
	for _, key := range []string{"a", "b", "n", "s", "flag", "é", "", "a b"} {
		if g.chance(55) && !(typed && (key == "n" || key == "s")) {
			members = append(members, fmt.Sprintf("%q:%s", key, g.json(1)))
		}
	}
	if g.chance(60) {
		members = append(members, `"list":`+g.one(g.array(1), g.array(1), g.json(1)))
	}
	if g.chance(60) {
		members = append(members, `"obj":`+g.one(g.object(2), g.object(2), g.json(1)))
	}
	if g.chance(60) {
		members = append(members, `"when":`+g.one(`"2026-06-01T00:00:00Z"`, `"2026-06-20T10:00:00+02:00"`, `"never"`, `""`, g.json(0)))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g *generator) json(depth int) string {
	if depth > 0 && g.chance(25) {
		if g.chance(50) {
			return g.array(depth)
		}
		return g.object(depth)
	}
	return g.scalar()
}

func (g *generator) array(depth int) string {
	items := make([]string, g.r.IntN(4))
	for i := range items {
		items[i] = g.json(depth - 1)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (g *generator) object(depth int) string {
	var members []string
	for _, key := range []string{"x", "y", "z"} {
		if g.chance(50) {
			members = append(members, fmt.Sprintf("%q:%s", key, g.json(depth-1)))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// snapshot is a small configuration snapshot.
const snapshot = `{"as_of":"2026-06-30T00:00:00Z","period":{"from":"2026-06-01T00:00:00Z","to":"2026-06-30T00:00:00Z"},` +
	`"snapshot":{"users":[{"id":"u1","status":"active"},{"id":"u2","status":"departed"},{"id":"é"}]}}`
