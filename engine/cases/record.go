package cases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/posture"
)

// step is one step of a path into a value: the key of a member, or the index of an item where key is "".
type step struct {
	key   string
	index int
}

// trail is a path into a value.
type trail []step

// String is "routes[0].provider".
func (t trail) String() string {
	var b strings.Builder
	for _, s := range t {
		switch {
		case s.key == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + s.key)
		default:
			b.WriteString(s.key)
		}
	}
	return b.String()
}

// dotted is the path without indexes, as deletable names it.
func (t trail) dotted() string {
	var keys []string
	for _, s := range t {
		if s.key != "" {
			keys = append(keys, s.key)
		}
	}
	return strings.Join(keys, ".")
}

// excusedBy says whether an entry of deletable names the field: by its name, or by its dotted path.
func (t trail) excusedBy(entry string) bool {
	path := t.dotted()
	return path == entry || strings.HasSuffix(path, "."+entry)
}

// without is a copy of a value that lacks what stands at the path; what is not on the way is shared.
func without(v canon.Value, path trail) canon.Value {
	at, rest := path[0], path[1:]
	if at.key == "" {
		v.Items = slices.Clone(v.Items)
		v.Items[at.index] = without(v.Items[at.index], rest)
		return v
	}
	i := slices.IndexFunc(v.Members, func(m canon.Member) bool { return m.Key == at.key })
	if i < 0 {
		return v
	}
	v.Members = slices.Clone(v.Members)
	if len(rest) == 0 {
		v.Members = slices.Delete(v.Members, i, i+1)
	} else {
		v.Members[i].Value = without(v.Members[i].Value, rest)
	}
	return v
}

// fields are the paths of all members of objects in a value, at any depth, but for those that keep wants to stay.
func fields(v *canon.Value, at trail, keep func(trail) bool) []trail {
	var out []trail
	for i := range v.Members {
		path := append(slices.Clone(at), step{key: v.Members[i].Key})
		if !keep(path) {
			out = append(out, path)
		}
		out = append(out, fields(&v.Members[i].Value, path, keep)...)
	}
	for i := range v.Items {
		out = append(out, fields(&v.Items[i], append(slices.Clone(at), step{index: i}), keep)...)
	}
	return out
}

// record is what the case's input holds about a subject: an item of a list of the snapshot, an event or a change record.
type record struct {
	name  string // type/id
	value *canon.Value
	// reduce gives the case with that path taken out of the record.
	reduce func(c Case, path trail) Case
	keep   func(trail) bool
}

func keepID(t trail) bool { return len(t) == 1 && t[0].key == "id" }

// keepRequired keeps what makes an event an event.
func keepRequired(t trail) bool {
	switch t[0].key {
	case "id", "timestamp", "action", "outcome":
		return len(t) == 1
	case "actor", "resource":
		return len(t) == 1 || len(t) == 2 && (t[1].key == "id" || t[1].key == "type")
	}
	return false
}

// subject is a subject that deviates in a case.
type subject struct {
	key      string // canonical, whole
	kind, id string
	events   []string // ids of the events that its findings cite
}

func (s subject) name() string { return s.kind + "/" + s.id }

// deviating are the subjects that deviate, each once.
func deviating(c *posture.Check) ([]subject, error) {
	var out []subject
	for _, f := range c.Deviations {
		i := slices.IndexFunc(out, func(s subject) bool { return s.key == string(f.Subject) })
		if i < 0 {
			i = len(out)
			out = append(out, subject{key: string(f.Subject), kind: f.Type, id: f.ID})
		}
		var cited []check.EventRef
		if evidence := f.Extra["evidence"]; evidence != nil {
			if err := json.Unmarshal(evidence, &cited); err != nil {
				return nil, fmt.Errorf("evidence of %s: %w", out[i].name(), err)
			}
		}
		for _, ref := range cited {
			if !slices.Contains(out[i].events, ref.Event) {
				out[i].events = append(out[i].events, ref.Event)
			}
		}
	}
	return out, nil
}

// records finds what the case says about a subject. known is false where the type is none that a record can be looked up by.
func (c *Case) records(s subject, lists []string) (out []record, known bool) {
	switch s.kind {
	case "event":
		known = true
	case "change":
		known = true
		out = append(out, itemRecord(s, c.Changes, func(c *Case, items []canon.Value) { c.Changes = items })...)
	case "waiver":
		known = true
		out = append(out, itemRecord(s, c.Waivers, func(c *Case, items []canon.Value) { c.Waivers = items })...)
	default:
		known = slices.ContainsFunc(lists, func(list string) bool { return singular(list) == s.kind })
		out = append(out, c.snapshotRecord(s)...)
	}
	for _, id := range s.events {
		out = append(out, c.eventRecord(id)...)
	}
	return out, known
}

func (c *Case) snapshotRecord(s subject) []record {
	if c.Snapshot == nil {
		return nil
	}
	var out []record
	for i := range c.Snapshot.Members {
		m := &c.Snapshot.Members[i]
		if singular(m.Key) != s.kind {
			continue
		}
		for j := range m.Value.Items {
			item := &m.Value.Items[j]
			if text(item.Get("id")) != s.id {
				continue
			}
			prefix := trail{{key: m.Key}, {index: j}}
			out = append(out, record{name: s.name(), value: item, keep: keepID, reduce: func(c Case, path trail) Case {
				reduced := without(*c.Snapshot, append(slices.Clone(prefix), path...))
				c.Snapshot = &reduced
				return c
			}})
		}
	}
	return out
}

// itemRecord finds an item by its id in a list of the case that stands beside the snapshot; set puts a list in its place.
func itemRecord(s subject, items []canon.Value, set func(*Case, []canon.Value)) []record {
	for i := range items {
		if text(items[i].Get("id")) == s.id {
			return []record{{name: s.name(), value: &items[i], keep: keepID, reduce: func(c Case, path trail) Case {
				reduced := slices.Clone(items)
				reduced[i] = without(reduced[i], path)
				set(&c, reduced)
				return c
			}}}
		}
	}
	return nil
}

// eventRecord finds an event by its id, its own or the derived one. What is taken out of an event without id changes the derived
// one, so that the reduced event gets the id that it had.
func (c *Case) eventRecord(id string) []record {
	var parser event.Parser
	seen := map[string]int{}
	for i := range c.Events {
		own := text(c.Events[i].Get("id"))
		at := own
		if own == "" {
			e, err := parser.FromValue(&c.Events[i])
			if err != nil {
				continue
			}
			at = e.ID
			if seen[e.ID]++; seen[e.ID] > 1 {
				at = fmt.Sprintf("%s-%d", e.ID, seen[e.ID])
			}
		}
		if at != id {
			continue
		}
		return []record{{name: "event/" + id, value: &c.Events[i], keep: keepRequired, reduce: func(c Case, path trail) Case {
			c.Events = slices.Clone(c.Events)
			reduced := without(c.Events[i], path)
			if own == "" {
				reduced.Members = append(slices.Clone(reduced.Members), canon.Member{Key: "id", Value: canon.Value{Kind: canon.String, Text: id}})
			}
			c.Events[i] = reduced
			return c
		}}}
	}
	return nil
}
