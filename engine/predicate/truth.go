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
type Path struct{ text string }

const separator = "\x00"

// PathOf makes a path of member names.
func PathOf(keys ...string) Path { return Path{strings.Join(keys, separator)} }

// ParsePath reads a path as people write it, with dots.
func ParsePath(text string) Path { return PathOf(strings.Split(text, ".")...) }

// Keys are the members' names, outermost first.
func (p Path) Keys() []string {
	if p.text == "" {
		return nil
	}
	return strings.Split(p.text, separator)
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
	return strings.ReplaceAll(p.text, separator, ".")
}

func (p Path) child(key string) Path {
	if p.text == "" {
		return Path{key}
	}
	return Path{p.text + separator + key}
}

// contains says whether q lies at or below p.
func (p Path) contains(q Path) bool {
	return p.text == "" || p == q || strings.HasPrefix(q.text, p.text+separator)
}

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
