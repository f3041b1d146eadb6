package predicate

import "github.com/keeptrusts/kt/engine/canon"

// Necessary calls fn with tests that must all hold for the condition to hold, each on one path, until it returns false. There may be others.
func (n *Node) Necessary(fn func(*Test) bool) bool {
	switch n.kind {
	case test:
		return len(n.test.Paths) != 1 || !n.test.Total || fn(n.test)
	case and:
		for _, p := range n.parts {
			if !p.Necessary(fn) {
				return false
			}
		}
	case or:
		// several tests on one path are one test, that any of them holds
		if t := joined(n.parts); t != nil {
			return fn(t)
		}
	}
	return true
}

// joined is the test that any of some tests on one path holds; nil where they are something else.
func joined(parts []*Node) *Test {
	for _, p := range parts {
		if p.kind != test || len(p.test.Paths) != 1 || !p.test.Total || p.test.Paths[0] != parts[0].test.Paths[0] {
			return nil
		}
	}
	return &Test{Paths: parts[0].test.Paths, Total: true, Of: func(values []*canon.Value) Truth {
		for _, p := range parts {
			if p.test.Of(values) == True {
				return True
			}
		}
		return False
	}}
}
