package predicate

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// eventsOf is how many events each random policy meets.
const eventsOf = 20

// tally counts cases: one is one rule of a policy over one event.
type tally struct {
	cases, policies  int
	said             [3]int // by Truth
	clean, cleanAsks int    // cases in which OPA reports no error, and those of them that ask
}

func (t *tally) add(o tally) {
	t.cases, t.policies, t.clean, t.cleanAsks = t.cases+o.cases, t.policies+o.policies, t.clean+o.clean, t.cleanAsks+o.cleanAsks
	for i := range t.said {
		t.said[i] += o.said[i]
	}
}

func (t tally) String() string {
	return fmt.Sprintf("%d cases of %d policies: false %d, true %d, ask %d; OPA reports no error in %d, and of these %d ask", t.cases, t.policies, t.said[False], t.said[True], t.said[Ask], t.clean, t.cleanAsks)
}

// trial is a policy and events, with what plain OPA says of each rule over each event.
type trial struct {
	*compiled
	rules    []asked
	events   []read
	expected [][]verdict
}

// try makes the policy and the events of a seed.
func try(seed uint64) (*trial, *generator, error) {
	g := &generator{r: rand.New(rand.NewPCG(seed, 1))}
	c, err := compile(g.policy())
	if err != nil {
		return nil, nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	t, err := c.over(g)
	if err != nil {
		return nil, nil, fmt.Errorf("seed %d: %w", seed, err)
	}
	return t, g, nil
}

// over is a policy over random events.
func (c *compiled) over(g *generator) (*trial, error) {
	t := &trial{compiled: c}
	var err error
	if t.rules, err = c.tested(); err != nil {
		return nil, err
	}
	if t.events, err = g.events(eventsOf); err != nil {
		return nil, err
	}
	for _, rule := range t.rules {
		verdicts := make([]verdict, len(t.events))
		for i, e := range t.events {
			verdicts[i] = c.judge(rule, e.term)
		}
		t.expected = append(t.expected, verdicts)
	}
	return t, nil
}

// differ holds each rule's condition, changed by alter, against plain OPA. It returns the first difference, "" where there is none.
func (t *trial) differ(g *generator, alter func(*Node) *Node) (count tally, difference string) {
	count.policies = 1
	translator := t.translator()
	nodes := make([]*Node, len(t.rules))
	for i, rule := range t.rules {
		nodes[i] = alter(translator.Rule(rule.ref))
		for j, e := range t.events {
			said, expected := nodes[i].EvalIn(&e.value), t.expected[i][j]
			count.note(said, expected)
			if wrong(said, expected) {
				return count, fmt.Sprintf("rule %s\nevent %s\nOPA:       %v\ncondition: %v of %v\npolicy\n%s", rule.name, e.text, expected, said, nodes[i], t.source())
			}
		}
	}
	if difference = byColumns(g.r, nodes, t.events); difference != "" {
		difference += "\npolicy\n" + t.source()
	}
	return count, difference
}

func (t *tally) note(said Truth, expected verdict) {
	t.cases++
	t.said[said]++
	if expected.err == nil {
		t.clean++
		if said == Ask {
			t.cleanAsks++
		}
	}
}

// wrong says whether a condition claims what OPA does not confirm.
func wrong(said Truth, expected verdict) bool {
	return said != Ask && (expected.err != nil || expected.gives != (said == True))
}

func unaltered(n *Node) *Node { return n }

// read is an event as kt has it and as OPA's parser has it.
type read struct {
	text  string
	value canon.Value
	term  ast.Value
}

func (g *generator) events(n int) (out []read, err error) {
	for range n {
		var e read
		if e.value, err = canon.Parse([]byte(g.event())); err != nil {
			return nil, err
		}
		e.text = string(canon.Append(nil, &e.value))
		if e.term, err = ast.ValueFromReader(strings.NewReader(e.text)); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func FuzzPushdownGivesExactlyOPAsVerdicts(f *testing.F) {
	for _, seed := range []uint64{1, 2, 1 << 40} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		one, g, err := try(seed)
		if err != nil {
			t.Fatal(err)
		}
		if _, difference := one.differ(g, unaltered); difference != "" {
			t.Fatalf("seed %d, %s", seed, difference)
		}
	})
}

// TestPushdownGivesExactlyOPAsVerdicts runs some thousands of cases; KT_CASES=100000 runs as many, KT_SEED begins elsewhere.
func TestPushdownGivesExactlyOPAsVerdicts(t *testing.T) {
	var all tally
	seed := number(t, "KT_SEED", 1_000_000)
	for ; all.cases < number(t, "KT_CASES", 8_000); seed++ {
		one, g, err := try(uint64(seed))
		if err != nil {
			t.Fatal(err)
		}
		count, difference := one.differ(g, unaltered)
		if all.add(count); difference != "" {
			t.Fatalf("seed %d, %s", seed, difference)
		}
	}
	t.Log(all)
	if sure := all.said[False] + all.said[True]; sure < all.cases/4 || all.said[True] < all.cases/50 {
		t.Errorf("expected conditions that tell something, found %v", all)
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: expected a number, found %q", name, text)
	}
	return n
}
