package predicate

import (
	"math/rand/v2"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// benchmarked is conditions as a library has them, of which few events of a log pass the first test, and events to look at.
func benchmarked(b *testing.B) ([]*Node, []read) {
	c, err := compile([]string{"package t",
		`r0 contains "x" if { input.event.action == "token.create"; not input.event.details.a in {"a", "b"}; input.event.details.n > 1 }`,
		`r1 contains "x" if { input.event.outcome in {"failure", "denied"}; startswith(input.event.action, "token.") }`,
		`r2 contains "x" if { h == 1; object.get(input.event.details, ["obj", "x"], "") == "" }`,
		`h := 1 if { input.event.actor.type == "user" } else := 2 if { input.event.actor.id }`,
	})
	if err != nil {
		b.Fatal(err)
	}
	g := &generator{r: rand.New(rand.NewPCG(1, 1))}
	events, err := g.events(4096)
	if err != nil {
		b.Fatal(err)
	}
	translator := c.translator()
	var nodes []*Node
	for _, rule := range []string{"r0", "r1", "r2"} {
		nodes = append(nodes, translator.Rule(ast.MustParseRef("data.t."+rule)))
	}
	return nodes, events
}

// BenchmarkEval evaluates three conditions over single events.
func BenchmarkEval(b *testing.B) {
	nodes, events := benchmarked(b)
	p := NewProgramme(nodes)
	for b.Loop() {
		if _, err := p.Events(len(events), func(row int) (string, func() (*canon.Value, error)) {
			e := &events[row].value
			return e.Get("action").Text, func() (*canon.Value, error) { return e, nil }
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

// BenchmarkGroup evaluates the same by dictionary columns, whose making is not counted.
func BenchmarkGroup(b *testing.B) {
	nodes, events := benchmarked(b)
	p := NewProgramme(nodes)
	t := &kept{table: tableOf(rand.New(rand.NewPCG(1, 1)), events), columns: map[Path]*Column{}}
	rows := make([]int32, len(events))
	for i := range rows {
		rows[i] = int32(i)
	}
	for b.Loop() {
		if _, err := p.Columns(NewGroup(t), rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

// kept makes each column once, as a dictionary.
type kept struct {
	*table
	columns map[Path]*Column
}

func (k *kept) Column(p Path) (*Column, error) {
	if k.columns[p] == nil {
		k.columns[p] = k.column(p, dictionary)
	}
	return k.columns[p], nil
}
