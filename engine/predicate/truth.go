package predicate

import (
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// Truth is what a condition says of an event.
type Truth uint8

// Ask means that the condition cannot tell, or that evaluating the rule could end in an error that must be reported. It is not a value
// between the others: a conjunction stops at it, as OPA's evaluation might.
const (
	False Truth = iota
	True
	Ask
)

func (t Truth) String() string { return [...]string{"false", "true", "ask"}[t] }

func (t Truth) not() Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Ask
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

// Path names a value in an event by the members that lead to it, such as details, approval, approved_by. The zero Path is the event itself.
// No path leads to a member whose name holds NUL.
type Path struct{ text string } // each name with the separator after it, so that a name may be empty

const separator = "\x00"

// PathOf makes a path of member names.
func PathOf(keys ...string) Path {
	var p Path
	for _, key := range keys {
		p = p.child(key)
	}
	return p
}

// ParsePath reads a path as people write it, with dots.
func ParsePath(text string) Path { return PathOf(strings.Split(text, ".")...) }

// Keys are the members' names, outermost first.
func (p Path) Keys() []string {
	if p.text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(p.text, separator), separator)
}

// First is the name of the outermost member, and Rest the path below it.
func (p Path) First() (name string, rest Path) {
	name, below, _ := strings.Cut(p.text, separator)
	return name, Path{below}
}

// String is the path as people write it.
func (p Path) String() string {
	if p.text == "" {
		return "event"
	}
	return strings.Join(p.Keys(), ".")
}

func (p Path) child(key string) Path { return Path{p.text + key + separator} }

// contains says whether q lies at or below p.
func (p Path) contains(q Path) bool { return strings.HasPrefix(q.text, p.text) }

// In finds the value that the path names in v; nil where there is none.
func (p Path) In(v *canon.Value) *canon.Value {
	rest := p.text
	for rest != "" && v != nil {
		var key string
		key, rest, _ = strings.Cut(rest, separator)
		v = v.Get(key)
	}
	return v
}
