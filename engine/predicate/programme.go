package predicate

import (
	"slices"
	"sync"

	"github.com/keeptrusts/kt/engine/canon"
)

// Programme is a list of conditions that are evaluated together. It may be used from several goroutines.
type Programme struct {
	conditions []*Node
	lock       sync.Mutex
	fixed      map[string][]*Node // by action
}

// Outcome is, for each condition of a programme, the rows where it holds and those where it asks, ascending.
type Outcome struct{ Yes, Ask [][]int32 }

// actionPath is what nearly every condition asks for first.
var actionPath = PathOf("action")

// maxActions is for how many actions what remains of the conditions is remembered.
const maxActions = 10_000

// NewProgramme makes a programme of conditions.
func NewProgramme(conditions []*Node) *Programme {
	return &Programme{conditions: conditions, fixed: map[string][]*Node{}}
}

// Len is the number of conditions.
func (p *Programme) Len() int { return len(p.conditions) }

// For is what remains of the conditions for events with an action; nil where none can hold.
func (p *Programme) For(action string) []*Node {
	p.lock.Lock()
	defer p.lock.Unlock()
	if nodes, ok := p.fixed[action]; ok {
		return nodes
	}
	v := canon.Value{Kind: canon.String, Text: action}
	nodes, some := make([]*Node, len(p.conditions)), false
	for i, c := range p.conditions {
		nodes[i] = c.Fix(actionPath, &v)
		t, fixed := nodes[i].Constant()
		some = some || !fixed || t != False
	}
	if !some {
		nodes = nil
	}
	if len(p.fixed) < maxActions {
		p.fixed[action] = nodes
	}
	return nodes
}

// Columns evaluates the conditions over rows of a group of events.
func (p *Programme) Columns(g *Group, rows []int32) (Outcome, error) {
	out := p.outcome()
	actions, err := g.column(actionPath)
	if err != nil {
		return out, err
	}
	if actions == nil || actions.JSON || slices.Contains(actions.Codes, -1) || len(actions.Codes) == 0 {
		for i, n := range p.conditions {
			if out.Yes[i], out.Ask[i], err = g.Eval(n, rows); err != nil {
				return out, err
			}
		}
		return out, nil
	}
	for code, some := range byCode(actions, rows) {
		if len(some) == 0 {
			continue
		}
		for i, n := range p.For(actions.Texts[code]) {
			yes, ask, err := g.Eval(n, some)
			if err != nil {
				return out, err
			}
			out.Yes[i], out.Ask[i] = merge(out.Yes[i], yes), merge(out.Ask[i], ask)
		}
	}
	return out, nil
}

// byCode divides rows by their code in a column in which no value is absent.
func byCode(c *Column, rows []int32) [][]int32 {
	counts := make([]int, len(c.Texts))
	for _, row := range rows {
		counts[c.Codes[row]]++
	}
	out := make([][]int32, len(c.Texts))
	for _, row := range rows {
		code := c.Codes[row]
		if counts[code] == len(rows) {
			out[code] = rows
			return out
		}
		if out[code] == nil {
			out[code] = make([]int32, 0, counts[code])
		}
		out[code] = append(out[code], row)
	}
	return out
}

// Events evaluates the conditions over events one by one: value gives the action and the whole of each.
func (p *Programme) Events(n int, event func(row int) (action string, value func() (*canon.Value, error))) (Outcome, error) {
	out := p.outcome()
	var e evaluation
	for row := range n {
		action, whole := event(row)
		nodes := p.For(action)
		if nodes == nil {
			continue
		}
		v, err := whole()
		if err != nil {
			return out, err
		}
		e.event = v
		for i, node := range nodes {
			switch e.of(node) {
			case True:
				out.Yes[i] = append(out.Yes[i], int32(row))
			case Ask:
				out.Ask[i] = append(out.Ask[i], int32(row))
			}
		}
	}
	return out, nil
}

func (p *Programme) outcome() Outcome {
	return Outcome{Yes: make([][]int32, len(p.conditions)), Ask: make([][]int32, len(p.conditions))}
}
