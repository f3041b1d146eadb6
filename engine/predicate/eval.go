package predicate

import "github.com/keeptrusts/kt/engine/canon"

// Eval says what holds for one event, of which value gives the values; it is asked for no more than the condition needs.
func (n *Node) Eval(value func(Path) *canon.Value) Truth {
	e := evaluation{value: value}
	return e.of(n)
}

// EvalIn is Eval over a whole event.
func (n *Node) EvalIn(event *canon.Value) Truth {
	e := evaluation{event: event}
	return e.of(n)
}

// evaluation is the evaluation of conditions over one event, given as a whole or by its values.
type evaluation struct {
	event *canon.Value
	value func(Path) *canon.Value
	room  []*canon.Value // of a test's values; tests are not nested
}

func (e *evaluation) of(n *Node) Truth {
	switch n.kind {
	case constant:
		return n.truth
	case test:
		return e.test(n)
	case and:
		for _, p := range n.parts {
			if t := e.of(p); t != True {
				return t
			}
		}
		return True
	case or:
		out := False
		for _, p := range n.parts {
			switch e.of(p) {
			case Ask:
				return Ask
			case True:
				out = True
			}
		}
		return out
	case chain:
		for _, p := range n.parts {
			if t := e.of(p); t != False {
				return t
			}
		}
		return False
	case not:
		return e.of(n.parts[0]).not()
	case ordered:
		for i := 0; i < len(n.parts); i += 2 {
			switch e.of(n.parts[i]) {
			case Ask:
				return Ask
			case True:
				return e.of(n.parts[i+1])
			}
		}
		return e.of(n.last)
	}
	return e.choose(n)
}

func (e *evaluation) test(n *Node) Truth {
	e.room = e.room[:0]
	for i, p := range n.test.Paths {
		if e.event == nil {
			e.room = append(e.room, e.value(p))
			continue
		}
		v := e.event
		for _, key := range n.keys[i] {
			v = v.Get(key)
		}
		e.room = append(e.room, v)
	}
	return n.test.Of(e.room)
}

// choose finds the one condition that holds. Where two hold, OPA compares the rule's values, and that is left to it.
func (e *evaluation) choose(n *Node) Truth {
	outcome, found := n.last, false
	for i := 0; i < len(n.parts); i += 2 {
		switch e.of(n.parts[i]) {
		case Ask:
			return Ask
		case True:
			if found {
				return Ask
			}
			outcome, found = n.parts[i+1], true
		}
	}
	return e.of(outcome)
}

// Fix is what remains of the condition where one path's value is known: the tests on it alone are carried out.
func (n *Node) Fix(path Path, v *canon.Value) *Node {
	switch n.kind {
	case constant:
		return n
	case test:
		if len(n.test.Paths) != 1 || !path.contains(n.test.Paths[0]) {
			return n
		}
		below := Path{n.test.Paths[0].text[len(path.text):]}
		t := n.test.Of([]*canon.Value{below.In(v)})
		if t == Ask {
			return Untranslated(n.test.Text)
		}
		return constantOf(t)
	}
	parts := make([]*Node, len(n.parts))
	for i, p := range n.parts {
		parts[i] = p.Fix(path, v)
	}
	switch n.kind {
	case and:
		return And(parts...)
	case or:
		return Or(parts...)
	case chain:
		return first(parts...)
	case not:
		return Not(parts[0])
	}
	return cases(n.kind, parts, n.last.Fix(path, v))
}
