package predicate

import (
	"fmt"
	"slices"

	"github.com/keeptrusts/kt/engine/canon"
)

// Group evaluates conditions over a group of events by column. What it finds of a column's distinct values serves all conditions. It is
// not safe for concurrent use.
type Group struct {
	columns Columns
	known   map[Path]*Column
	tables  map[*Test][]answer
	absent  map[*Column]bool
	parser  canon.Parser
}

// answer is a Truth that may not be known yet: 0, or one more than the Truth.
type answer uint8

// NewGroup begins with the columns of one group of events.
func NewGroup(c Columns) *Group {
	return &Group{columns: c, known: map[Path]*Column{}, tables: map[*Test][]answer{}, absent: map[*Column]bool{}}
}

// Eval divides rows, which ascend, into those where the condition holds and those where it asks, both ascending; it holds for no other.
func (g *Group) Eval(n *Node, rows []int32) (yes, ask []int32, err error) {
	switch n.kind {
	case constant:
		switch n.truth {
		case True:
			return rows, nil, nil
		case Ask:
			return nil, rows, nil
		}
		return nil, nil, nil
	case test:
		return g.test(n.test, rows)
	case and:
		yes = rows
		for _, p := range n.parts {
			var unsure []int32
			if yes, unsure, err = g.Eval(p, yes); err != nil {
				return nil, nil, err
			}
			if ask = merge(ask, unsure); len(yes) == 0 {
				break
			}
		}
		return yes, ask, nil
	case or:
		return g.or(n, rows)
	case chain:
		rest := rows
		for _, p := range n.parts {
			y, a, err := g.Eval(p, rest)
			if err != nil {
				return nil, nil, err
			}
			yes, ask, rest = merge(yes, y), merge(ask, a), Without(Without(rest, y), a)
		}
		return yes, ask, nil
	case not:
		y, a, err := g.Eval(n.parts[0], rows)
		return Without(Without(rows, y), a), a, err
	case ordered:
		return g.ordered(n, rows)
	}
	return g.choice(n, rows)
}

func (g *Group) or(n *Node, rows []int32) (yes, ask []int32, err error) {
	rest := rows
	for _, p := range n.parts {
		open := rest
		if !p.asks() {
			open = Without(rest, yes) // it could only say again what is known
		}
		y, a, err := g.Eval(p, open)
		if err != nil {
			return nil, nil, err
		}
		if len(a) > 0 {
			rest, yes, ask = Without(rest, a), Without(yes, a), merge(ask, a)
		}
		yes = Union(yes, y)
	}
	return yes, ask, nil
}

func (g *Group) ordered(n *Node, rows []int32) (yes, ask []int32, err error) {
	rest := rows
	for i := 0; i <= len(n.parts); i += 2 {
		outcome, chosen := n.last, rest
		if i < len(n.parts) {
			var unsure []int32
			if chosen, unsure, err = g.Eval(n.parts[i], rest); err != nil {
				return nil, nil, err
			}
			outcome, rest, ask = n.parts[i+1], Without(Without(rest, chosen), unsure), merge(ask, unsure)
		}
		y, a, err := g.Eval(outcome, chosen)
		if err != nil {
			return nil, nil, err
		}
		yes, ask = merge(yes, y), merge(ask, a)
	}
	return yes, ask, nil
}

// choice is decided row by row: rules with clauses that exclude each other are rare, and so are the events that they are about.
func (g *Group) choice(n *Node, rows []int32) (yes, ask []int32, err error) {
	for _, row := range rows {
		var failed error
		t := n.Eval(func(p Path) *canon.Value {
			v, err := g.columns.Value(int(row), p)
			if err != nil {
				failed = err
			}
			return keep(v)
		})
		switch {
		case failed != nil:
			return nil, nil, failed
		case t == True:
			yes = append(yes, row)
		case t == Ask:
			ask = append(ask, row)
		}
	}
	return yes, ask, nil
}

// keep copies a value that the next look-up would overwrite.
func keep(v *canon.Value) *canon.Value {
	if v == nil || v.Kind != canon.Array && v.Kind != canon.Object {
		if v == nil {
			return nil
		}
		c := *v
		return &c
	}
	c, err := canon.Parse(canon.Append(nil, v))
	if err != nil {
		return v
	}
	return &c
}

// column is the column of a path, nil where it has none.
func (g *Group) column(p Path) (*Column, error) {
	if c, ok := g.known[p]; ok {
		return c, nil
	}
	c, err := g.columns.Column(p)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", p, err)
	}
	g.known[p] = c
	return c, nil
}

func (g *Group) test(t *Test, rows []int32) (yes, ask []int32, err error) {
	if len(rows) == 0 {
		return nil, nil, nil
	}
	if len(t.Paths) == 1 {
		c, err := g.column(t.Paths[0])
		if err != nil {
			return nil, nil, err
		}
		if c != nil {
			return g.byColumn(t, c, rows)
		}
	}
	return g.byRow(t, rows)
}

// byColumn looks at each distinct value once.
func (g *Group) byColumn(t *Test, c *Column, rows []int32) (yes, ask []int32, err error) {
	if c.Codes == nil {
		switch t.Of([]*canon.Value{nil}) {
		case True:
			return rows, nil, nil
		case Ask:
			return nil, rows, nil
		}
		return nil, nil, nil
	}
	table := g.tables[t]
	if table == nil {
		table = make([]answer, len(c.Texts)+1) // the first is for what is absent
		g.tables[t] = table
	}
	switch same, err := g.uniform(t, c, table, len(rows)); {
	case err != nil:
		return nil, nil, err
	case same == yesAnswer:
		return rows, nil, nil
	case same == noAnswer:
		return nil, nil, nil
	}
	return g.divide(t, c, table, rows)
}

const (
	noAnswer  = answer(False) + 1
	yesAnswer = answer(True) + 1
	askAnswer = answer(Ask) + 1
)

// uniform is the answer that every value of a dictionary gives, where they all give one and looking at them is cheaper than at the rows; 0
// where they do not. Most tests are so: nothing in a month of requests is what they look for.
func (g *Group) uniform(t *Test, c *Column, table []answer, rows int) (answer, error) {
	if c.Plain || len(c.Texts) > rows/2 {
		return 0, nil
	}
	first := 0
	if !g.hasAbsent(c) {
		first = 1
	}
	same := answer(0)
	for code := first; code < len(table); code++ {
		if table[code] == 0 {
			a, err := g.look(t, c, int32(code))
			if err != nil {
				return 0, err
			}
			table[code] = a
		}
		if same == 0 {
			same = table[code]
		}
		if table[code] != same {
			return 0, nil
		}
	}
	return same, nil
}

// hasAbsent says whether a value is absent in any row.
func (g *Group) hasAbsent(c *Column) bool {
	has, known := g.absent[c]
	if !known {
		has = slices.Contains(c.Codes, -1)
		g.absent[c] = has
	}
	return has
}

// divide looks at each row's value.
func (g *Group) divide(t *Test, c *Column, table []answer, rows []int32) (yes, ask []int32, err error) {
	all := true
	for i, row := range rows {
		code := c.Codes[row] + 1
		a := table[code]
		if a == 0 {
			if a, err = g.look(t, c, code); err != nil {
				return nil, nil, err
			}
			table[code] = a
		}
		if a == yesAnswer {
			if !all {
				yes = append(yes, row)
			}
			continue
		}
		if all {
			all = false
			yes = append(make([]int32, 0, len(rows)), rows[:i]...)
		}
		if a == askAnswer {
			ask = append(ask, row)
		}
	}
	if all {
		return rows, nil, nil
	}
	return yes, ask, nil
}

func (g *Group) look(t *Test, c *Column, code int32) (answer, error) {
	var v *canon.Value
	if code > 0 {
		text := c.Texts[code-1]
		v = &canon.Value{Kind: canon.String, Text: text}
		if c.JSON {
			var err error
			if v, err = g.parser.ParseString(text); err != nil {
				return 0, fmt.Errorf("column of %s: %w", t.Paths[0], err)
			}
		}
	}
	return answer(t.Of([]*canon.Value{v})) + 1, nil
}

func (g *Group) byRow(t *Test, rows []int32) (yes, ask []int32, err error) {
	values := make([]*canon.Value, len(t.Paths))
	for _, row := range rows {
		for i, p := range t.Paths {
			v, err := g.columns.Value(int(row), p)
			if err != nil {
				return nil, nil, fmt.Errorf("row %d, %s: %w", row, p, err)
			}
			if len(values) > 1 {
				v = keep(v)
			}
			values[i] = v
		}
		switch t.Of(values) {
		case True:
			yes = append(yes, row)
		case Ask:
			ask = append(ask, row)
		}
	}
	return yes, ask, nil
}

// merge joins two lists that have nothing in common, in order.
func merge(a, b []int32) []int32 {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	case a[len(a)-1] < b[0]:
		return append(slices.Clip(a), b...)
	}
	return Union(a, b)
}

// Union is every row of two lists once, in order.
func Union(a, b []int32) []int32 {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 || len(a) == len(b) && &a[0] == &b[0] {
		return a
	}
	switch {
	case len(a) >= len(b) && holds(a, b):
		return a
	case len(b) > len(a) && holds(b, a):
		return b
	}
	out := make([]int32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// holds says whether a has every row of b.
func holds(a, b []int32) bool {
	at := 0
	for _, row := range b {
		for at < len(a) && a[at] < row {
			at++
		}
		if at == len(a) || a[at] != row {
			return false
		}
		at++
	}
	return true
}

// Without is the rows of a that are not in b.
func Without(a, b []int32) []int32 {
	if len(b) == 0 || len(a) == 0 {
		return a
	}
	if slices.Equal(a, b) {
		return nil
	}
	out := make([]int32, 0, max(len(a)-len(b), 0))
	for _, row := range a {
		for len(b) > 0 && b[0] < row {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == row {
			continue
		}
		out = append(out, row)
	}
	return out
}
