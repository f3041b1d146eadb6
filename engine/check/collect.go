package check

import (
	"container/heap"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/predicate"
)

// finding reads one element of a check's deviation, warning or unknown set.
func finding(t *ast.Term, of *subject) (Finding, error) {
	value, err := predicate.FromTerm(t)
	if err != nil {
		return Finding{}, err
	}
	wrong := func(what string) (Finding, error) {
		return Finding{}, fmt.Errorf(`expected {"subject": {"type", "id"}, "reason": "…"}, found %s in %s`, what, shorten(string(canon.Append(nil, &value))))
	}
	if value.Kind != canon.Object {
		return wrong("no object")
	}
	var f Finding
	for _, m := range value.Members {
		switch m.Key {
		case "subject":
			f.Subject = m.Value
		case "reason":
			f.Reason = text(&m.Value)
		case "at":
			f.At = text(&m.Value)
		default:
			f.Extra.Kind = canon.Object
			f.Extra.Members = append(f.Extra.Members, m)
		}
	}
	if of != nil {
		if f.Subject.Kind == canon.Object && text(f.Subject.Get("id")) != of.id {
			return wrong("a subject that is not the event")
		}
		f.Subject, f.position = of.value(), of.position
		if f.At == "" {
			f.At = of.at
		}
		f.Evidence = []EventRef{{Event: of.id, Position: of.position}}
	}
	f.Type, f.ID = text(f.Subject.Get("type")), text(f.Subject.Get("id"))
	if f.Type == "" || f.ID == "" {
		return wrong("no subject with type and id")
	}
	if f.Reason == "" {
		return wrong("no reason")
	}
	f.key = string(canon.Append(nil, &f.Subject))
	return f, nil
}

func shorten(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// subject is the event that an event check judges.
type subject struct {
	id, at   string
	position int64
}

func (s *subject) value() canon.Value {
	return canon.Value{Kind: canon.Object, Members: []canon.Member{
		{Key: "id", Value: canon.Value{Kind: canon.String, Text: s.id}},
		{Key: "type", Value: canon.Value{Kind: canon.String, Text: "event"}},
	}}
}

// less orders findings by subject, then by what they say, so that the listed ones are the same however they came.
func less(a, b *Finding) int {
	for _, d := range []int{strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID), strings.Compare(a.key, b.key),
		strings.Compare(a.At, b.At), strings.Compare(a.Reason, b.Reason)} {
		if d != 0 {
			return d
		}
	}
	return strings.Compare(string(canon.Append(nil, &a.Extra)), string(canon.Append(nil, &b.Extra)))
}

// list keeps the first Listed findings in order, and counts all.
type list struct {
	total int64
	kept  worst
}

func (l *list) add(f Finding) {
	l.total++
	if len(l.kept) < Listed {
		heap.Push(&l.kept, f)
		return
	}
	if less(&f, &l.kept[0]) < 0 {
		l.kept[0] = f
		heap.Fix(&l.kept, 0)
	}
}

func (l *list) findings() Findings {
	out := slices.Clone([]Finding(l.kept))
	slices.SortFunc(out, func(a, b Finding) int { return less(&a, &b) })
	return Findings{Total: l.total, Listed: out}
}

// worst is a heap with the last finding in order on top.
type worst []Finding

func (w worst) Len() int           { return len(w) }
func (w worst) Less(i, j int) bool { return less(&w[i], &w[j]) > 0 }
func (w worst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *worst) Push(x any)        { *w = append(*w, x.(Finding)) }
func (w *worst) Pop() any {
	last := len(*w) - 1
	f := (*w)[last]
	*w = (*w)[:last]
	return f
}

// census counts a population and hashes its subjects, each as a canonical line, in the order given.
type census struct {
	count int64
	sum   hash.Hash
	line  []byte
}

func newCensus() *census { return &census{sum: sha256.New()} }

func (c *census) add(line []byte) {
	c.count++
	c.line = append(append(c.line[:0], line...), '\n')
	c.sum.Write(c.line)
}

func (c *census) population() Population {
	return Population{Count: c.count, Digest: "sha256:" + hex.EncodeToString(c.sum.Sum(nil))}
}

// addErrors merges errors by place and message, so that a rule that fails on every event is one reason.
func addErrors(to []RuleError, more []RuleError) []RuleError {
	for _, e := range more {
		i := slices.IndexFunc(to, func(o RuleError) bool {
			return o.Rule == e.Rule && o.File == e.File && o.Line == e.Line && o.Message == e.Message
		})
		switch {
		case i >= 0:
			to[i].Times += e.Times
		case len(to) < maxErrors:
			to = append(to, e)
		default:
			to[maxErrors-1].Times += e.Times
			to[maxErrors-1].Message = "and further errors"
		}
	}
	return to
}

// NoPopulation is the population of a check that was not run.
func NoPopulation() Population { return newCensus().population() }
