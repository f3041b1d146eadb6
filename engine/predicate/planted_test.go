package predicate

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// planted are mistranslations: what a condition would be if its maker took Rego for something else. Each changes a condition after it
// was translated.
var planted = map[string]func(*Node) *Node{
	"a missing field is not equal, as where absence is a value": tests(func(t *Test, values []*canon.Value) Truth {
		if values[0] == nil && (strings.Contains(t.Text, " != ") || strings.HasSuffix(t.Text, " is there")) {
			return True
		}
		return t.Of(values)
	}),
	"the negation of what is missing does not hold, as in SQL": func(n *Node) *Node {
		return nodes(n, func(n *Node) *Node {
			if n.kind != not || n.parts[0].kind != test {
				return n
			}
			return And(On(n.parts[0].test.Paths[0], "is there", func(v *canon.Value) bool { return v != nil }), n)
		})
	},
	"a number is compared with a string as text": tests(func(t *Test, values []*canon.Value) Truth {
		return t.Of(each(values, func(v canon.Value) *canon.Value {
			if v.Kind == canon.Number && strings.Contains(t.Text, `"`) {
				v.Kind = canon.String
			}
			return &v
		}))
	}),
	"a conjunction does not stop at what asks": func(n *Node) *Node {
		return nodes(n, func(n *Node) *Node {
			if n.kind == and {
				n.parts = slices.Concat(slices.DeleteFunc(slices.Clone(n.parts), (*Node).asks), slices.DeleteFunc(slices.Clone(n.parts), func(p *Node) bool { return !p.asks() }))
			}
			return n
		})
	},
	"a disjunction is sure where one part is": func(n *Node) *Node {
		return nodes(n, func(n *Node) *Node {
			if n.kind == or {
				n.kind = chain
				n.parts = slices.Concat(slices.DeleteFunc(slices.Clone(n.parts), (*Node).asks), slices.DeleteFunc(slices.Clone(n.parts), func(p *Node) bool { return !p.asks() }))
			}
			return n
		})
	},
	"an error is taken for no": tests(func(t *Test, values []*canon.Value) Truth {
		if said := t.Of(values); said != Ask {
			return said
		}
		return False
	}),
	"two clauses may both hold": func(n *Node) *Node {
		return nodes(n, func(n *Node) *Node {
			if n.kind == choice {
				n.kind = ordered
			}
			return n
		})
	},
	"else branches are clauses": func(n *Node) *Node {
		return nodes(n, func(n *Node) *Node {
			if n.kind != ordered {
				return n
			}
			var outcomes []*Node
			for i := 0; i < len(n.parts); i += 2 {
				outcomes = append(outcomes, And(n.parts[i], n.parts[i+1]))
			}
			return Or(append(outcomes, n.last)...)
		})
	},
	"absent is null": tests(func(t *Test, values []*canon.Value) Truth {
		values = slices.Clone(values)
		for i, v := range values {
			if v == nil {
				values[i] = &canon.Value{}
			}
		}
		return t.Of(values)
	}),
	"an empty string is absent": values(func(v canon.Value) *canon.Value {
		if v.Kind == canon.String && v.Text == "" {
			return nil
		}
		return &v
	}),
	"letters have no case": values(func(v canon.Value) *canon.Value {
		if v.Kind == canon.String {
			v.Text = strings.ToLower(v.Text)
		}
		return &v
	}),
	"composed and decomposed letters are equal": values(func(v canon.Value) *canon.Value {
		v.Text = strings.ReplaceAll(v.Text, "e\u0301", "\u00e9")
		return &v
	}),
	"a string ends at NUL": values(func(v canon.Value) *canon.Value {
		v.Text, _, _ = strings.Cut(v.Text, "\x00")
		return &v
	}),
	"numbers are doubles": values(func(v canon.Value) *canon.Value {
		if f, err := strconv.ParseFloat(v.Text, 64); v.Kind == canon.Number && err == nil {
			v.Text = strconv.FormatFloat(f, 'g', -1, 64)
		}
		return &v
	}),
	"false is absent": values(func(v canon.Value) *canon.Value {
		if v.Kind == canon.Bool && !v.Bool {
			return nil
		}
		return &v
	}),
	"what stands in for an absent value is forgotten": tests(func(t *Test, values []*canon.Value) Truth {
		if values[0] == nil && strings.Contains(t.Text, " (else ") {
			return False
		}
		return t.Of(values)
	}),
	"a part is remembered without one of its values": tests(func(t *Test, values []*canon.Value) Truth {
		if len(values) > 1 && strings.HasPrefix(t.Text, Remembered) {
			values = append(slices.Clone(values[:len(values)-1]), nil)
		}
		return t.Of(values)
	}),
}

// tests changes what each test of a condition says.
func tests(of func(t *Test, values []*canon.Value) Truth) func(*Node) *Node {
	return func(n *Node) *Node {
		return nodes(n, func(n *Node) *Node {
			if n.kind == test {
				altered := *n.test
				altered.Of = func(values []*canon.Value) Truth { return of(n.test, values) }
				return Of(&altered)
			}
			return n
		})
	}
}

// values changes the values that tests see.
func values(of func(canon.Value) *canon.Value) func(*Node) *Node {
	return tests(func(t *Test, values []*canon.Value) Truth { return t.Of(each(values, of)) })
}

func each(values []*canon.Value, of func(canon.Value) *canon.Value) []*canon.Value {
	values = slices.Clone(values)
	for i, v := range values {
		if v != nil {
			values[i] = of(*v)
		}
	}
	return values
}

// nodes is a copy of a condition in which each node, its parts first, is what alter makes of it.
func nodes(n *Node, alter func(*Node) *Node) *Node {
	c := *n
	c.parts = make([]*Node, len(n.parts))
	for i, p := range n.parts {
		c.parts[i] = nodes(p, alter)
	}
	if n.last != nil {
		c.last = nodes(n.last, alter)
	}
	return alter(&c)
}

// TestAPlantedMistranslationIsFound shows that the comparison with OPA can fail: it finds each of the mistranslations.
func TestAPlantedMistranslationIsFound(t *testing.T) {
	const first, most = 2_000_000, 400 // seed, policies
	found := map[string]bool{}
	for seed := uint64(first); seed < first+most && len(found) < len(planted); seed++ {
		one, g, err := try(seed)
		if err != nil {
			t.Fatal(err)
		}
		if _, difference := one.differ(g, unaltered); difference != "" {
			t.Fatalf("seed %d: there is a difference without any mistranslation: %s", seed, difference)
		}
		for name, plant := range planted {
			if found[name] {
				continue
			}
			if count, difference := one.differ(g, plant); difference != "" {
				t.Logf("seed %d, case %d: found that %s", seed, count.cases, name)
				found[name] = true
			}
		}
	}
	for name := range planted {
		if !found[name] {
			t.Errorf("expected to find in %d policies that %s", most, name)
		}
	}
}
