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

// differ makes the policy and the events of a seed and holds every condition against plain OPA; alter changes each condition first. It
// returns the first difference, "" where there is none.
func differ(seed uint64, alter func(*Node) *Node) (count tally, difference string, err error) {
	g := &generator{r: rand.New(rand.NewPCG(seed, 1))}
	c, err := compile(g.policy())
	if err == nil {
		count, difference, err = differOn(c, g, alter)
	}
	if err != nil {
		return count, "", fmt.Errorf("seed %d: %w", seed, err)
	}
	if difference != "" {
		difference = fmt.Sprintf("seed %d, %s\npolicy\n%s", seed, difference, c.source())
	}
	return count, difference, nil
}

// differOn holds the conditions of a policy against plain OPA over random events.
func differOn(c *compiled, g *generator, alter func(*Node) *Node) (count tally, difference string, err error) {
	rules, err := c.tested()
	if err != nil {
		return count, "", err
	}
	events, err := g.events(eventsOf)
	if err != nil {
		return count, "", err
	}
	count.policies = 1
	translator := c.translator()
	nodes := make([]*Node, len(rules))
	for i, rule := range rules {
		nodes[i] = alter(translator.Rule(rule.ref))
		for _, e := range events {
			said, expected := nodes[i].EvalIn(&e.value), c.judge(rule, e.term)
			count.note(said, expected)
			if wrong(said, expected) {
				return count, fmt.Sprintf("rule %s\nevent %s\nOPA:       %v\ncondition: %v of %v", rule.name, e.text, expected, said, nodes[i]), nil
			}
		}
	}
	return count, byColumns(g.r, nodes, events), nil
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
		_, difference, err := differ(seed, unaltered)
		if err != nil || difference != "" {
			t.Fatal(err, difference)
		}
	})
}

// TestPushdownGivesExactlyOPAsVerdicts runs some thousands of cases; KT_CASES=100000 runs as many, KT_SEED begins elsewhere.
func TestPushdownGivesExactlyOPAsVerdicts(t *testing.T) {
	var all tally
	seed := number(t, "KT_SEED", 1_000_000)
	for ; all.cases < number(t, "KT_CASES", 8_000); seed++ {
		count, difference, err := differ(uint64(seed), unaltered)
		if err != nil {
			t.Fatal(err)
		}
		if all.add(count); difference != "" {
			t.Fatal(difference)
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
