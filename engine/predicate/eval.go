package predicate

import "github.com/keeptrusts/kt/engine/canon"

// Eval says what holds for one event, of which value gives the values; it is asked for no more than the condition needs.
func (n *Node) Eval(value func(Path) *canon.Value) Truth {
	switch n.kind {
	case constant:
		return n.truth
	case test:
		var room [2]*canon.Value
		values := room[:0]
		for _, p := range n.test.Paths {
			values = append(values, value(p))
		}
		return n.test.Of(values)
	case and:
		for _, p := range n.parts {
			if t := p.Eval(value); t != True {
				return t
			}
		}
		return True
	case or:
		out := False
		for _, p := range n.parts {
			switch p.Eval(value) {
			case Ask:
				return Ask
			case True:
				out = True
			}
		}
		return out
	case chain:
		for _, p := range n.parts {
			if t := p.Eval(value); t != False {
				return t
			}
		}
		return False
	case not:
		return n.parts[0].Eval(value).not()
	case ordered:
		for i := 0; i < len(n.parts); i += 2 {
			switch n.parts[i].Eval(value) {
			case Ask:
				return Ask
			case True:
				return n.parts[i+1].Eval(value)
			}
		}
		return n.last.Eval(value)
	}
	return n.choose(value)
}

// choose finds the one condition that holds. Where two hold, OPA compares the rule's values, and that is left to it.
func (n *Node) choose(value func(Path) *canon.Value) Truth {
	outcome, found := n.last, false
	for i := 0; i < len(n.parts); i += 2 {
		switch n.parts[i].Eval(value) {
		case Ask:
			return Ask
		case True:
			if found {
				return Ask
			}
			outcome, found = n.parts[i+1], true
		}
	}
	return outcome.Eval(value)
}

// EvalIn is Eval over a whole event.
func (n *Node) EvalIn(event *canon.Value) Truth {
	return n.Eval(func(p Path) *canon.Value { return p.In(event) })
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
