package predicate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/keeptrusts/kt/engine/canon"
)

// table holds events by column. How a path's values are held is drawn by lot, as long as it can hold them.
type table struct {
	r      *rand.Rand
	events []canon.Value
	how    map[Path]int
	parser canon.Parser
}

func tableOf(r *rand.Rand, events []read) *table {
	t := &table{r: r, how: map[Path]int{}}
	for i := range events {
		t.events = append(t.events, events[i].value)
	}
	return t
}

func (t *table) Rows() int { return len(t.events) }

func (t *table) Value(row int, path Path) (*canon.Value, error) {
	v := path.In(&t.events[row])
	if v == nil {
		return nil, nil
	}
	return t.parser.Parse(canon.Append(nil, v)) // valid until the next call only, as it may be
}

// Ways to hold a column.
const (
	none = iota
	dictionary
	plain
	ways
)

func (t *table) Column(path Path) (*Column, error) {
	way := t.r.IntN(ways)
	if path == actionPath && way == none {
		way = dictionary
	}
	if way == none {
		return nil, nil
	}
	c := t.column(path, way)
	if !slices.ContainsFunc(c.Codes, func(code int32) bool { return code >= 0 }) && t.r.IntN(2) == 0 {
		return &Column{}, nil
	}
	return c, nil
}

func (t *table) column(path Path, way int) *Column {
	c := &Column{Plain: way == plain}
	for row := range t.events {
		if v := path.In(&t.events[row]); v != nil && v.Kind != canon.String {
			c.JSON = true
		}
	}
	for row := range t.events {
		code, v := int32(-1), path.In(&t.events[row])
		text := ""
		if v != nil {
			text = v.Text
			if c.JSON {
				text = string(canon.Append(nil, v))
			}
		}
		switch {
		case way == plain:
			c.Texts = append(c.Texts, text)
			if v != nil {
				code = int32(row)
			}
		case v != nil:
			if code = int32(slices.Index(c.Texts, text)); code < 0 {
				code = int32(len(c.Texts))
				c.Texts = append(c.Texts, text)
			}
		}
		c.Codes = append(c.Codes, code)
	}
	return c
}

// byColumns holds conditions over columns, and a programme of them, against each condition over single events.
func byColumns(r *rand.Rand, nodes []*Node, events []read) (difference string) {
	var rows []int32
	for row := range events {
		if r.IntN(5) > 0 {
			rows = append(rows, int32(row))
		}
	}
	group := NewGroup(tableOf(r, events))
	p := NewProgramme(nodes)
	columns, err := p.Columns(NewGroup(tableOf(r, events)), rows)
	single, err2 := p.Events(len(events), func(row int) (string, func() (*canon.Value, error)) {
		return events[row].value.Get("action").Text, func() (*canon.Value, error) { return &events[row].value, nil }
	})
	if err = errors.Join(err, err2); err != nil {
		return err.Error()
	}
	for i, n := range nodes {
		yes, ask, err := group.Eval(n, rows)
		if err != nil {
			return err.Error()
		}
		for row := range events {
			expected := n.EvalIn(&events[row].value)
			said := map[string]Truth{"programme over events": in(single.Yes[i], single.Ask[i], row)}
			if slices.Contains(rows, int32(row)) {
				said["columns"], said["programme over columns"] = in(yes, ask, row), in(columns.Yes[i], columns.Ask[i], row)
			}
			for where, t := range said {
				if t != expected {
					return fmt.Sprintf("%s: row %d of %v: expected %v, found %v of %v\nevent %s", where, row, rows, expected, t, n, events[row].text)
				}
			}
		}
		for _, list := range [][]int32{yes, ask, columns.Yes[i], columns.Ask[i], single.Yes[i], single.Ask[i]} {
			if !slices.IsSorted(list) {
				return fmt.Sprintf("the rows %v do not ascend", list)
			}
		}
		for _, said := range [][2][]int32{{yes, ask}, {columns.Yes[i], columns.Ask[i]}, {single.Yes[i], single.Ask[i]}} {
			if len(Union(said[0], said[1])) != len(said[0])+len(said[1]) {
				return fmt.Sprintf("%s: a row is both in %v, where it holds, and in %v, where it asks", n, said[0], said[1])
			}
		}
	}
	return ""
}

func in(yes, ask []int32, row int) Truth {
	switch {
	case slices.Contains(ask, int32(row)):
		return Ask
	case slices.Contains(yes, int32(row)):
		return True
	}
	return False
}
