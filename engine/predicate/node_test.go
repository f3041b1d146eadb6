package predicate

import (
	"slices"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// is is the condition that a value is the given text.
func is(path, text string) *Node {
	return On(ParsePath(path), path+"="+text, func(v *canon.Value) bool { return v != nil && v.Text == text })
}

// unsure asks where the value is there.
func unsure(path string) *Node {
	return Of(&Test{Paths: []Path{ParsePath(path)}, Text: path + "?", Of: func(values []*canon.Value) Truth {
		if values[0] != nil {
			return Ask
		}
		return False
	}})
}

var asking = Untranslated("no reason")

func TestConditionsFold(t *testing.T) {
	a, b, u := is("a", "1"), is("b", "1"), unsure("u")
	for expected, n := range map[string]*Node{
		"true":                      And(),
		"false":                     Or(),
		"a=1":                       And(Always, a, Always),
		"(a=1 and b=1)":             And(a, And(b, Always)),
		"(a=1 and rego{no reason})": And(a, asking, b),
		"(u? and false)":            And(u, Never, a),
		"(a=1 or b=1)":              Or(a, Or(Never, b)),
		"(u? or true)":              Or(a, Always, u),
		"rego{no reason}":           Or(a, Always, asking),
		"not a=1":                   Not(a),
		"(a=1 else u?)":             first(Never, a, u),
		"(a=1 else true)":           first(a, Always, b),
		"(a=1 else b=1)":            cases(ordered, []*Node{a, Always, b, Always}, Never),
		"not (a=1 else b=1)":        cases(ordered, []*Node{a, Never, b, Never}, Always),
		"case(a=1: b=1; else: u?)":  cases(ordered, []*Node{Never, u, a, b}, u),
		"case(a=1: true; b=1: true; else: false)": cases(choice, []*Node{a, Always, b, Always}, Never),
		"b=1": cases(ordered, []*Node{Always, b, a, u}, u),
	} {
		if n.String() != expected {
			t.Errorf("expected %s, found %s", expected, n)
		}
	}
	for name, n := range map[string]*Node{"false before what does not ask": And(a, Never), "nothing": And(a, Never, u)} {
		if n != Never {
			t.Errorf("%s: expected Never, found %s", name, n)
		}
	}
	if n := Not(Not(a)); n != a {
		t.Errorf("expected the condition itself, found %s", n)
	}
}

func TestConditionsEvaluate(t *testing.T) {
	a, b, u := is("a", "1"), is("b", "1"), unsure("u")
	for _, c := range []struct {
		n        *Node
		event    string
		expected Truth
	}{
		{And(a, u), `{"a":2,"u":1}`, False},
		{And(a, u), `{"a":1,"u":1}`, Ask},
		{And(u, a), `{"a":2,"u":1}`, Ask}, // OPA meets the error first
		{Or(a, u), `{"a":1,"u":1}`, Ask},  // OPA tries all clauses
		{Or(a, u), `{"a":1}`, True},
		{first(a, u), `{"a":1,"u":1}`, True}, // OPA tries no further branch
		{first(u, a), `{"a":1,"u":1}`, Ask},
		{Not(u), `{"u":1}`, Ask},
		{Not(u), `{}`, True},
		{cases(choice, []*Node{a, Always, b, Always}, Never), `{"a":1,"b":1}`, Ask}, // two values
		{cases(choice, []*Node{a, Always, b, Never}, Always), `{"b":1}`, False},
		{cases(choice, []*Node{a, Always, b, Never}, Always), `{}`, True},
		{cases(ordered, []*Node{a, Never, b, Always}, u), `{"a":1,"b":1}`, False},
		{cases(ordered, []*Node{u, Never, b, Always}, u), `{"u":1,"b":1}`, Ask},
		{cases(ordered, []*Node{a, Never, b, Always}, u), `{"u":1}`, Ask},
	} {
		v := parsed(t, c.event)
		if got := c.n.EvalIn(&v); got != c.expected {
			t.Errorf("%s of %s: expected %v, found %v", c.n, c.event, c.expected, got)
		}
	}
}

func TestOnlyWhatNeverAsksIsExact(t *testing.T) {
	a, u := is("a", "1"), unsure("u")
	for n, expected := range map[*Node]bool{And(a, Not(a)): true, And(a, u): false, Or(a, asking): false, Not(u): false, cases(ordered, []*Node{a, a}, u): false, cases(choice, []*Node{a, a, Not(a), a}, a): false} {
		if n.Exact() != expected {
			t.Errorf("%s: expected exact %v", n, expected)
		}
	}
}

func TestEachTellsTestsAndReasons(t *testing.T) {
	var found []string
	And(is("a", "1"), cases(ordered, []*Node{is("b", "1"), Untranslated("first")}, Or(is("c", "1"), unsure("d"))), Untranslated("second")).
		Each(func(t *Test) { found = append(found, t.Text) }, func(why string) { found = append(found, why) })
	if got := strings.Join(found, " "); got != "a=1 b=1 first c=1 d? second" {
		t.Errorf("expected every part in order, found %s", got)
	}
}

func TestFixLeavesWhatAnotherPathDecides(t *testing.T) {
	v := parsed(t, `{"x":"1"}`)
	n := And(is("a.x", "1"), Or(is("a.y", "1"), is("b", "1")), Not(unsure("a.y")))
	if got := n.Fix(PathOf("a"), &v).String(); got != "b=1" {
		t.Errorf("expected b=1, found %s", got)
	}
	if got := n.Fix(PathOf("c"), &v).String(); got != n.String() {
		t.Errorf("expected %s, found %s", n, got)
	}
	v = parsed(t, `{"a":{"x":"1","y":"2"},"b":"1"}`)
	if got := n.Fix(Path{}, &v).String(); got != "rego{a.y?}" {
		t.Errorf("expected what the whole event says, found %s", got)
	}
}

func TestPaths(t *testing.T) {
	v := parsed(t, `{"a":{"":{"é":5},"b.c":6},"":7}`)
	for expected, p := range map[string]Path{"5": PathOf("a", "", "é"), "6": PathOf("a", "b.c"), "7": PathOf("")} {
		if got := p.In(&v); got == nil || got.Text != expected {
			t.Errorf("%v: expected %s, found %v", p, expected, got)
		}
		if again := PathOf(p.Keys()...); again != p {
			t.Errorf("expected %v from its names, found %v", p, again)
		}
	}
	for _, p := range []Path{PathOf("a", "b", "c"), PathOf("a", "", "é", "x"), PathOf("", ""), PathOf("é")} {
		if got := p.In(&v); got != nil {
			t.Errorf("%v: expected nothing, found %v", p, got)
		}
	}
	if p := (Path{}); p.In(&v) != &v || p.String() != "event" || len(p.Keys()) != 0 {
		t.Errorf("expected the event itself, found %v", p)
	}
	if name, rest := ParsePath("a.b.c").First(); name != "a" || rest != PathOf("b", "c") {
		t.Errorf("expected a and b.c, found %s and %v", name, rest)
	}
	if PathOf("a").contains(PathOf("ab")) || !PathOf("a").contains(PathOf("a", "b")) || PathOf("a", "b").contains(PathOf("a")) || !(Path{}).contains(PathOf("a")) {
		t.Error("expected a path to contain itself and what lies below it, and nothing else")
	}
}

func TestRows(t *testing.T) {
	for _, c := range []struct{ a, b, union, without []int32 }{
		{nil, nil, nil, nil},
		{[]int32{1, 3}, nil, []int32{1, 3}, []int32{1, 3}},
		{nil, []int32{2}, []int32{2}, nil},
		{[]int32{1, 3, 5}, []int32{2, 3, 9}, []int32{1, 2, 3, 5, 9}, []int32{1, 5}},
		{[]int32{1, 2}, []int32{1, 2}, []int32{1, 2}, nil},
		{[]int32{4}, []int32{1, 2, 3, 4, 5}, []int32{1, 2, 3, 4, 5}, nil},
	} {
		if got := Union(c.a, c.b); !slices.Equal(got, c.union) {
			t.Errorf("%v and %v: expected the union %v, found %v", c.a, c.b, c.union, got)
		}
		if got := Without(c.a, c.b); !slices.Equal(got, c.without) {
			t.Errorf("%v without %v: expected %v, found %v", c.a, c.b, c.without, got)
		}
		whole := Union(c.a, c.b)
		if got := merge(Without(c.a, c.b), c.b); !slices.Equal(got, whole) {
			t.Errorf("%v and %v: expected the parts to make %v, found %v", c.a, c.b, whole, got)
		}
	}
}

func parsed(t testing.TB, text string) canon.Value {
	t.Helper()
	v, err := canon.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
