package predicate

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// traps are policies whose translation is easily wrong; each meets random events like any other.
var traps = map[string][]string{
	"a rule with two values, bound":           {`h := v if some v in input.event.details.list`, `r0 contains sprintf("%v", [v]) if { v := h }`, `r1 contains "x" if { v := h; w := v }`},
	"a rule with two values, passed on":       {`h := v if some v in input.event.details.list`, `g := h if input.event.action`, `r0 contains v if { v := g }`, `r1 := g`},
	"a rule with two values, negated":         {`h := v if some v in input.event.details.list`, `r0 contains "x" if not h`, `r1 := true if { v := h; not v == 1 }`},
	"a rule with many results of walk":        {`h := v if walk(input.event.details.obj, [_, v])`, `r0 contains "x" if { v := h; w := v }`},
	"a rule with two elements of a set":       {`s contains [v, 1] if some v in input.event.details.list`, `h := v if s[[v, 1]]`, `r0 contains "x" if { v := h; w := v }`},
	"two clauses that differ":                 {`h := input.event.details.a`, `h := input.event.details.b`, `r0 contains "x" if { v := h }`, `r1 contains "x" if h == 1`, `r2 contains "x" if not h`},
	"an error before what fails":              {`r0 contains "x" if { to_number(input.event.details.a) > 1; input.event.action == "no" }`, `r1 contains "x" if { startswith(input.event.details.a, "t"); false }`},
	"what fails before an error":              {`r0 contains "x" if { input.event.action == "no"; to_number(input.event.details.a) > 1 }`},
	"an error in one clause":                  {`r0 contains "x" if startswith(input.event.details.a, "a")`, `r0 contains "y" if input.event.action`},
	"an error below a negation":               {`r0 contains "x" if not startswith(input.event.details.a, "a")`, `h if startswith(input.event.details.a, "a")`, `r1 contains "x" if not h`},
	"an error in a branch that is not tried":  {`h := 1 if { input.event.action } else := 2 if { to_number(input.event.details.a) }`, `r0 contains "x" if h == 1`, `r1 contains "x" if h == 2`},
	"an error in the first branch":            {`h := 1 if { to_number(input.event.details.a) > 0 } else := 2 if { input.event.action }`, `r0 contains "x" if h == 2`},
	"a value that is false":                   {`h := input.event.details.flag`, `r0 contains "x" if h`, `r1 contains "x" if not h`, `default r2 := false`, `r2 := input.event.details.flag`},
	"a composite value":                       {`h := {"x": input.event.details.a}`, `r0 contains "x" if h`, `r1 contains "x" if h.x`, `r2 := [input.event.details.b]`, `r3 contains "x" if { v := h; v.x == 1 }`},
	"names that no path can have":             {`r0 contains "x" if input.event.details[""]`, `r1 contains "x" if input.event.details["a\u0000b"]`, `r2 contains "x" if object.get(input.event.details, "", 1) == 1`, `r3 contains "x" if object.get(input.event.details, "a\u0000b", 1) == 1`, `r4 contains "x" if count(input.event.details["a\u0000b"]) == 1`},
	"a default that is a set":                 {`r0 contains "x" if object.get(input.event.details, "a", set()) == set()`, `r1 contains "x" if object.get(input.event.details, "a", []) == []`},
	"a default that kt would spell otherwise": {`r0 contains "x" if object.get(input.event.details, "a", 9007199254740993.0) == 9007199254740993`, `r1 contains "x" if object.get(input.event.details, "a", {"x": null}) == {"x": null}`, `r2 contains "x" if object.get(input.event.details, "a", [{1}]) == [{1}]`, `r3 contains "x" if object.get(input.event.details, "a", 1.0) == 1`},
	"constants that JSON does not have":       {`r0 contains "x" if input.event.details.a == {"x": null}`, `r1 contains "x" if is_array({1})`, `r2 contains "x" if input.event.details.list in {{1}, [1]}`, `r3 contains "x" if input.event.details.obj != {1: 2}`},
	"rules below a name":                      {`r0.y contains "x" if input.event.action`, `r1[input.event.action] := 1`, `r2.y := 1 if input.event.details.a`, `h.y := 1 if input.event.details.a`, `r3 contains "x" if h`, `r4 contains "x" if h.y == 1`, `r5 contains "x" if not h.y`},
	"object.get of what is no object":         {`r0 contains "x" if object.get(input.event.details.a, "x", 1) == 1`, `r1 contains "x" if object.get(input.event.details, ["a", "x"], 1) == 1`, `r2 contains "x" if not object.get(input.event.details.a, "x", 1) == 1`},
	"object.get against another value":        {`r0 contains "x" if object.get(input.event.details, "a", 1) == object.get(input.event.details, "b", 1)`, `r1 contains "x" if object.get(input.event.details, "a", "success") == input.event.outcome`},
	"object.get into an array":                {`r0 contains "x" if object.get(input.event.details, ["list", 0], 1) == 1`, `r1 contains "x" if object.get(input.event.details, ["list", "0"], 1) == 1`, `r2 contains "x" if object.get(input.event.details.list, 0, 1) == 1`},
	"object.get with nothing to return":       {`r0 contains "x" if object.get(input.event.details, "a", input.event.details.b) == 1`, `r1 contains "x" if object.get(input.event.details, input.event.details.s, 1) == 1`, `r2 contains "x" if object.get(input.event.details, [], 1) == 1`},
	"members of different kinds":              {`r0 contains "x" if input.event.details.a in {1, "1", null, true}`, `r1 contains "x" if not input.event.details.a in {1}`, `r2 contains "x" if input.event.details.a in input.event.details.list`, `r3 contains "x" if "a" in input.event.details.obj`, `r4 contains "x" if 1 in input.event.details.a`, `r5 contains "x" if input.event.details.a in "abc"`},
	"big numbers in sets":                     {`r0 contains "x" if input.event.details.n in {9007199254740993}`, `r1 contains "x" if input.event.details.n in [9007199254740992]`, `r2 contains "x" if input.event.details.n == 9007199254740992.0`, `r3 contains "x" if input.event.details.n < 9007199254740993`, `r4 contains "x" if input.event.details.n in {1.0, 1e300}`},
	"numbers and strings":                     {`r0 contains "x" if input.event.details.a == "1"`, `r1 contains "x" if input.event.details.a > 1`, `r2 contains "x" if input.event.details.a != "a"`, `r3 contains "x" if input.event.details.a < "b"`, `r4 contains "x" if input.event.details.a <= null`},
	"two paths":                               {`r0 contains "x" if input.event.details.a == input.event.details.b`, `r1 contains "x" if input.event.details.a != input.event.details.b`, `r2 contains "x" if not input.event.details.a == input.event.details.b`, `r3 contains "x" if { v := input.event.details; v.a < v.b }`},
	"unification of what has parts":           {`r0 contains "x" if { [a, b] := input.event.details.list; a == b }`, `r1 contains "x" if { {"x": a} = input.event.details.obj; a == 1 }`, `r2 contains "x" if [1] = input.event.details.list`, `r3 contains "x" if { some a; [a, a] = input.event.details.list }`},
	"a part of a value":                       {`r0 contains "x" if { v := input.event.details.obj; w := v.x; w == 1 }`, `r1 contains "x" if { v := object.get(input.event.details, "obj", {}); v.x == 1 }`, `r2 contains "x" if { v := input.event; v.action == "a.b" }`, `r3 contains "x" if { v := input; v.event.action == "a.b" }`},
	"every and what is no list":               {`r0 contains "x" if { every v in input.event.details.list { v == 1 } }`, `r1 contains "x" if { every v in input.event.details.a { v == 1 } }`, `r2 contains "x" if { not input.event.details.list; every v in input.event.details.list { v == 1 } }`},
	"with":                                    {`h if input.event.details.a == 1`, `r0 contains "x" if { h with input.event.details.a as 1 }`, `r1 contains "x" if { h with input.event.details.obj as 1 }`, `r2 contains "x" if { h with input.event as {"details": {"a": 1}} }`, `r3 contains "x" if { not h with input.event.details.a.x as 1 }`, `r4 contains "x" if { input.event.details.b with input.event.details.a as 1 }`},
	"what stands in for a rule":               {`h := 1 if input.event.details.a`, `r0 contains "x" if { h == 2 with data.t.h as 2 }`, `g if h == 2`, `r1 contains "x" if { g with data.t.h as 2 }`, `r2 contains "x" if { startswith(input.event.action, "a") with startswith as f }`, `f(_, _) := true`},
	"sets that depend on the event":           {`s contains v if some v in input.event.details.list`, `r0 contains "x" if 1 in s`, `r1 contains "x" if count(s) == 1`, `r2 contains "x" if s`, `r3 contains "x" if not s[1]`, `r4 contains "x" if input.event.details.a in s`, `r5 := s`},
	"functions":                               {`f(v) := 1 if v == 1`, `f(v) := 2 if v == "a"`, `r0 contains "x" if f(input.event.details.a) == 1`, `r1 contains "x" if not f(input.event.details.a)`, `g(e) if e.details.a == 1`, `r2 contains "x" if g(input.event)`, `k(1) := 2`, `k(v) := v if v != "a"`, `r3 contains "x" if k(input.event.details.a)`},
	"only constants":                          {`r0 contains "x" if 1 == 1`, `r1 contains "x" if erring == 1`, `r2 contains "x" if not nowhere`, `r3 contains "x" if { input.as_of > "2026"; input.event.action }`, `r4 := true if not torn`, `r5 := false`, `r6 := null`, `default r7 := true`},
	"a name bound below a negation":           {`r0 contains "x" if { not input.event.details.a == 1; v := input.event.details.a; v != 2 }`, `r1 contains "x" if { v := input.event.details.a; not v == 1; not v in {2} }`},
	"texts that look alike":                   {"r0 contains \"x\" if input.event.details.s == \"\u00e9\"", "r1 contains \"x\" if contains(input.event.details.s, \"\u0301\")", `r2 contains "x" if input.event.details.s < "😀"`, "r3 contains \"x\" if input.event.details.s > \"\uffff\"", `r4 contains "x" if startswith(input.event.details.s, "a\u0000")`, `r5 contains "x" if startswith(input.event.details.s, "")`},
}

func TestTrapsGiveExactlyOPAsVerdicts(t *testing.T) {
	for name, rules := range traps {
		t.Run(name, func(t *testing.T) {
			g := &generator{r: rand.New(rand.NewPCG(7, 7))}
			lines := append(slices.Clone(given), rules...)
			c, err := compile(lines)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.lines) != len(lines) {
				t.Fatalf("OPA refuses a part of\n%s\nand leaves\n%s", strings.Join(rules, "\n"), c.source())
			}
			for range 6 {
				one, err := c.over(g)
				if err != nil {
					t.Fatal(err)
				}
				if _, difference := one.differ(g, unaltered); difference != "" {
					t.Fatal(difference)
				}
			}
		})
	}
}
