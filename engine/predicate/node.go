package predicate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// Node is a condition on an event. It is not changed once made, and may be a part of several others.
type Node struct {
	kind  kind
	truth Truth   // of a constant
	why   string  // of a constant Ask: what could not be translated, and why
	parts []*Node // of a case: condition, outcome, condition, outcome, …
	last  *Node   // of a case: the outcome where no condition holds
	test  *Test
	keys  [][]string // of its paths
}

type kind uint8

const (
	constant kind = iota
	and           // the first part that is not True decides
	or            // Ask where any part asks, else True where any holds
	chain         // the first part that is not False decides
	not
	ordered // the first condition that holds decides: else chains and defaults
	choice  // at most one condition may hold: clauses of one rule, whose values must not differ
	test
)

// Test is a condition on the values of one or a few paths.
type Test struct {
	Paths []Path
	// Of says what holds for the values, one for each path, nil where it is absent. It may be called from several goroutines, and does not keep the values.
	Of func(values []*canon.Value) Truth
	// Text is the condition as people read it. Tests with one text are the same.
	Text string
	// Total says that Of never gives Ask.
	Total bool
}

// Always and Never are the conditions that need no look.
var (
	Always = &Node{kind: constant, truth: True}
	Never  = &Node{kind: constant, truth: False}
)

// Untranslated is a condition that only Rego can tell; why says what hinders.
func Untranslated(why string) *Node { return &Node{kind: constant, truth: Ask, why: why} }

// Of is the condition of a test.
func Of(t *Test) *Node {
	n := &Node{kind: test, test: t}
	for _, p := range t.Paths {
		n.keys = append(n.keys, p.Keys())
	}
	return n
}

// On is the condition that f holds for the value of one path. The text names it.
func On(path Path, text string, f func(*canon.Value) bool) *Node {
	return Of(&Test{Paths: []Path{path}, Text: text, Total: true, Of: func(values []*canon.Value) Truth { return truth(f(values[0])) }})
}

// And holds where all parts do. They are looked at in order, and the first that does not hold decides.
func And(parts ...*Node) *Node {
	var kept []*Node
	for i, p := range parts {
		if p.kind == and {
			return And(slices.Concat(kept, p.parts, parts[i+1:])...)
		}
		if p == Always || p.kind == constant && p.truth == True {
			continue
		}
		if p.kind == constant {
			if p.truth == False && !slices.ContainsFunc(kept, (*Node).asks) {
				return Never
			}
			kept = append(kept, p)
			break
		}
		kept = append(kept, p)
	}
	return join(and, kept, Always)
}

// Or holds where any part does; where a part asks, it asks.
func Or(parts ...*Node) *Node {
	var kept []*Node
	sure := false
	for _, p := range flatten(or, parts) {
		if p.kind != constant {
			kept = append(kept, p)
			continue
		}
		switch p.truth {
		case Ask:
			return p
		case True:
			sure = true
		}
	}
	if sure {
		kept = slices.DeleteFunc(kept, func(p *Node) bool { return !p.asks() })
		if len(kept) == 0 {
			return Always
		}
		kept = append(kept, Always)
	}
	return join(or, kept, Never)
}

func flatten(k kind, parts []*Node) []*Node {
	var out []*Node
	for _, p := range parts {
		if p.kind == k {
			out = append(out, p.parts...)
			continue
		}
		out = append(out, p)
	}
	return out
}

func join(k kind, parts []*Node, none *Node) *Node {
	switch len(parts) {
	case 0:
		return none
	case 1:
		return parts[0]
	}
	return &Node{kind: k, parts: parts}
}

// first holds where the first part that is not False holds.
func first(parts ...*Node) *Node {
	var kept []*Node
	for _, p := range parts {
		if p.kind == constant && p.truth == False {
			continue
		}
		kept = append(kept, p)
		if p.kind == constant {
			break
		}
	}
	return join(chain, kept, Never)
}

// Not holds where the part does not; where it asks, it asks.
func Not(p *Node) *Node {
	switch {
	case p.kind == constant && p.truth == Ask:
		return p
	case p.kind == constant:
		return constantOf(p.truth.not())
	case p.kind == not:
		return p.parts[0]
	}
	return &Node{kind: not, parts: []*Node{p}}
}

func constantOf(t Truth) *Node {
	switch t {
	case True:
		return Always
	case False:
		return Never
	}
	return Untranslated("it asks")
}

// cases is the outcome that belongs to the condition that holds, else otherwise. Pairs are condition, outcome, condition, outcome, ….
func cases(k kind, pairs []*Node, otherwise *Node) *Node {
	var kept []*Node
	for i := 0; i < len(pairs); i += 2 {
		condition, outcome := pairs[i], pairs[i+1]
		if condition.kind == constant && condition.truth == False {
			continue
		}
		if len(kept) == 0 && condition.kind == constant && (k == ordered || i == len(pairs)-2) {
			if condition.truth == Ask {
				return condition
			}
			return outcome
		}
		kept = append(kept, condition, outcome)
		if k == ordered && condition.kind == constant {
			break
		}
	}
	if len(kept) == 0 {
		return otherwise
	}
	if n := plainCases(k, kept, otherwise); n != nil {
		return n
	}
	return &Node{kind: k, parts: kept, last: otherwise}
}

// plainCases is what cases come to that only say whether a condition holds; nil where they say more.
func plainCases(k kind, pairs []*Node, otherwise *Node) *Node {
	if otherwise.kind != constant || k == choice && len(pairs) > 2 {
		return nil
	}
	var conditions []*Node
	for i := 0; i < len(pairs); i += 2 {
		outcome := pairs[i+1]
		if outcome.kind != constant || outcome.truth != otherwise.truth.not() {
			return nil
		}
		conditions = append(conditions, pairs[i])
	}
	n := first(conditions...)
	switch otherwise.truth {
	case False:
		return n
	case True:
		return Not(n)
	}
	return nil
}

// asks says whether the node may give Ask for any event.
func (n *Node) asks() bool {
	switch n.kind {
	case constant:
		return n.truth == Ask
	case test:
		return !n.test.Total
	case choice:
		return true
	case ordered:
		return slices.ContainsFunc(n.parts, (*Node).asks) || n.last.asks()
	}
	return slices.ContainsFunc(n.parts, (*Node).asks)
}

// Constant says whether the condition is the same for every event, and what it is.
func (n *Node) Constant() (Truth, bool) { return n.truth, n.kind == constant }

// Exact says that the condition never asks, so that counting by it is counting by Rego.
func (n *Node) Exact() bool { return !n.asks() }

// Each calls fn with every test, and with every reason why a part could not be translated, in the order of evaluation.
func (n *Node) Each(onTest func(*Test), onAsk func(why string)) {
	switch n.kind {
	case constant:
		if n.truth == Ask {
			onAsk(n.why)
		}
	case test:
		onTest(n.test)
	}
	for _, p := range n.parts {
		p.Each(onTest, onAsk)
	}
	if n.last != nil {
		n.last.Each(onTest, onAsk)
	}
}

// String is the condition in one line.
func (n *Node) String() string {
	list := func(word string) string {
		texts := make([]string, len(n.parts))
		for i, p := range n.parts {
			texts[i] = p.String()
		}
		return "(" + strings.Join(texts, word) + ")"
	}
	switch n.kind {
	case constant:
		if n.truth == Ask {
			return "rego{" + n.why + "}"
		}
		return n.truth.String()
	case test:
		return n.test.Text
	case not:
		return "not " + n.parts[0].String()
	case and:
		return list(" and ")
	case or:
		return list(" or ")
	case chain:
		return list(" else ")
	}
	var b strings.Builder
	b.WriteString("case(")
	for i := 0; i < len(n.parts); i += 2 {
		fmt.Fprintf(&b, "%s: %s; ", n.parts[i], n.parts[i+1])
	}
	fmt.Fprintf(&b, "else: %s)", n.last)
	return b.String()
}
