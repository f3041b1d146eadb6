package predicate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// held are columns made by hand. What no column holds is looked up in the rows, and counted.
type held struct {
	rows    []string
	columns map[string]*Column
	looked  int
	parser  canon.Parser
}

func (h *held) Rows() int { return len(h.rows) }

func (h *held) Column(p Path) (*Column, error) {
	if p == PathOf("broken") {
		return nil, errors.New("a flipped bit")
	}
	return h.columns[p.String()], nil
}

func (h *held) Value(row int, p Path) (*canon.Value, error) {
	h.looked++
	v, err := h.parser.ParseString(h.rows[row])
	return p.In(v), err
}

func example() *held {
	return &held{
		rows: []string{`{"d":{"x":1}}`, `{"d":{"x":2}}`, `{}`, `{"d":{"x":1}}`},
		columns: map[string]*Column{
			"action":  {Codes: []int32{0, 1, 0, 2}, Texts: []string{"a", "b", "c"}},
			"outcome": {Codes: []int32{0, -1, 1, 0}, Texts: []string{"1", "denied"}},
			"n":       {Codes: []int32{0, 1, -1, 1}, Texts: []string{"1", `"1"`}, JSON: true},
			"id":      {Codes: []int32{0, 1, -1, 3}, Texts: []string{"x", "y", "", "x"}, Plain: true},
			"nowhere": {},
		},
	}
}

func TestGroupsEvaluateByColumn(t *testing.T) {
	number := On(PathOf("n"), "n is a number", func(v *canon.Value) bool { return v != nil && v.Kind == canon.Number })
	absent := func(path string) *Node {
		return On(ParsePath(path), path+" is absent", func(v *canon.Value) bool { return v == nil })
	}
	pair := Of(&Test{Paths: []Path{PathOf("d", "x"), PathOf("d")}, Text: "pair", Total: true, Of: func(v []*canon.Value) Truth {
		return truth(v[0] != nil && v[0].Text == "1" && v[1].Kind == canon.Object)
	}})
	for _, c := range []struct {
		n        *Node
		yes, ask []int32
		looked   int
	}{
		{n: is("outcome", "1"), yes: []int32{0, 3}},
		{n: absent("outcome"), yes: []int32{1}},
		{n: number, yes: []int32{0}},
		{n: absent("n"), yes: []int32{2}},
		{n: is("id", "x"), yes: []int32{0, 3}},
		{n: absent("nowhere"), yes: []int32{0, 1, 2, 3}},
		{n: is("nowhere", "x")},
		{n: unsure("outcome"), ask: []int32{0, 2, 3}},
		{n: unsure("nowhere")},
		{n: is("d.x", "1"), yes: []int32{0, 3}, looked: 4},
		{n: And(is("outcome", "1"), is("d.x", "1")), yes: []int32{0, 3}, looked: 2},
		{n: pair, yes: []int32{0, 3}, looked: 8},
		{n: Not(unsure("outcome")), yes: []int32{1}, ask: []int32{0, 2, 3}},
		{n: And(unsure("outcome"), Always), ask: []int32{0, 2, 3}},
		{n: Or(is("id", "y"), unsure("outcome"), is("id", "x")), yes: []int32{1}, ask: []int32{0, 2, 3}},
		{n: first(is("id", "x"), unsure("outcome")), yes: []int32{0, 3}, ask: []int32{2}},
		{n: cases(ordered, []*Node{is("id", "x"), number, unsure("outcome"), Always}, is("id", "y")), yes: []int32{0, 1}, ask: []int32{2}},
		{n: cases(choice, []*Node{is("d.x", "1"), Always, absent("d"), Always}, Never), yes: []int32{0, 2, 3}, looked: 8},
		{n: Untranslated(""), ask: []int32{0, 1, 2, 3}},
	} {
		h := example()
		yes, ask, err := NewGroup(h).Eval(c.n, []int32{0, 1, 2, 3})
		if err != nil || !slices.Equal(yes, c.yes) || !slices.Equal(ask, c.ask) || h.looked != c.looked {
			t.Errorf("%s: expected %v, ask %v, %d looks; found %v, ask %v, %d looks, %v", c.n, c.yes, c.ask, c.looked, yes, ask, h.looked, err)
		}
	}
}

func TestADistinctValueIsLookedAtOnce(t *testing.T) {
	calls := 0
	n := On(PathOf("outcome"), "counted", func(*canon.Value) bool { calls++; return true })
	g := NewGroup(example())
	for range 3 {
		if _, _, err := g.Eval(n, []int32{0, 1, 2, 3}); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 3 { // two values, and none
		t.Errorf("expected 3 looks, found %d", calls)
	}
}

func TestABrokenColumnIsAnError(t *testing.T) {
	_, _, err := NewGroup(example()).Eval(is("broken", "x"), []int32{0})
	if err == nil || !strings.Contains(err.Error(), "column broken") {
		t.Errorf("expected an error that names the column, found %v", err)
	}
	h := example()
	h.columns["n"].Texts[0] = "{"
	if _, _, err = NewGroup(h).Eval(is("n", "x"), []int32{0}); err == nil || !strings.Contains(err.Error(), "column of n") {
		t.Errorf("expected an error that names the column, found %v", err)
	}
	h.rows[1] = "{"
	if _, _, err = NewGroup(h).Eval(is("d.x", "x"), []int32{1}); err == nil || !strings.Contains(err.Error(), "row 1, d.x") {
		t.Errorf("expected an error that names the row, found %v", err)
	}
}

func TestAProgrammeKnowsWhatAnActionLeaves(t *testing.T) {
	p := NewProgramme([]*Node{And(is("action", "a"), is("id", "x")), Or(is("action", "b"), is("action", "c")), And(is("action", "a"), asking)})
	for action, expected := range map[string]string{"a": "[id=x false rego{no reason}]", "b": "[false true false]", "z": "[]"} {
		for range 2 {
			if got := fmt.Sprint(p.For(action)); got != expected {
				t.Errorf("%s: expected %s, found %s", action, expected, got)
			}
		}
	}
	for name, alter := range map[string]func(*held){
		"by dictionary": func(*held) {},
		"one by one": func(h *held) {
			h.columns["action"] = &Column{Codes: []int32{0, 1, 2, 3}, Texts: []string{"a", "b", "a", "c"}, Plain: true}
		},
		"as JSON": func(h *held) {
			h.columns["action"] = &Column{Codes: []int32{0, 1, 0, 2}, Texts: []string{`"a"`, `"b"`, `"c"`}, JSON: true}
		},
		"without a column": func(h *held) {
			delete(h.columns, "action")
			h.rows = []string{`{"action":"a"}`, `{"action":"b"}`, `{"action":"a"}`, `{"action":"c"}`}
		},
	} {
		h := example()
		alter(h)
		out, err := p.Columns(NewGroup(h), []int32{0, 1, 2, 3})
		if got := fmt.Sprint(out, err); got != "{[[0] [1 3] []] [[] [] [0 2]]} <nil>" {
			t.Errorf("%s: found %s", name, got)
		}
	}
	if _, err := p.Columns(NewGroup(&held{}), nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
}
