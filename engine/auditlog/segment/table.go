package segment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unsafe"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// texts is a column of texts, as codes of its distinct values.
type texts struct {
	codes  []int32 // by row; -1: absent
	values []string
	known  map[string]int32
}

func (c *texts) add(v string) {
	code, ok := c.known[v]
	if !ok {
		code = int32(len(c.values))
		c.values = append(c.values, v)
		c.known[v] = code
	}
	c.codes = append(c.codes, code)
}

func (c *texts) distinct() int { return len(c.values) }

// table is a segment's rows by column, before they are written. Its texts are parts of the events' canonical bytes.
type table struct {
	rows    int
	first   int64
	texts   map[string]*texts
	numbers map[string][]int64 // instants in nanoseconds; absent is none
	derived []bool
	fields  []*field
	byName  map[string]*field
}

// own are the texts at an event's top level that have a column of their name.
var own = map[string]bool{action: true, outcome: true, outcomeBasis: true, ipAddress: true, source: true, epoch: true, tenant: true,
	correlationID: true, policyVersion: true}

// none stands for a number that is absent.
const none = math.MinInt64

// field is a member of details that may get a column.
type field struct {
	name string
	texts
	dead bool // it has too many values, or too long ones
}

// What members of details must be like to get a column.
const (
	fieldShare    = 64 // one row in so many must have it
	fieldValues   = 4096
	fieldText     = 256
	fieldsMost    = 24
	fieldsWatched = 256
	fieldName     = 64
)

// newTable divides events into columns.
func newTable(first int64, events []event.Event) (*table, error) {
	t := &table{first: first, texts: map[string]*texts{}, numbers: map[string][]int64{}, byName: map[string]*field{}}
	for _, c := range layout {
		switch c.kind {
		case text:
			t.texts[c.name] = &texts{codes: make([]int32, 0, len(events)), known: map[string]int32{}}
		case whole, instant:
			t.numbers[c.name] = make([]int64, 0, len(events))
		}
	}
	for i := range events {
		if err := t.add(&events[i]); err != nil {
			return nil, fmt.Errorf("event %d: %w", first+int64(i), err)
		}
	}
	t.choose()
	return t, nil
}

// add divides one event. Its members come in canonical order, so that what goes to extra does too.
func (t *table) add(e *event.Event) error {
	var rest []byte
	more := func(name, value string) {
		if rest == nil {
			rest = append(rest, '{')
		} else {
			rest = append(rest, ',')
		}
		rest = append(canon.AppendString(rest, name), ':')
		rest = append(rest, value...)
	}
	t.derived = append(t.derived, e.Derived())
	t.texts[id].add(e.ID)
	t.numbers[logIndex] = append(t.numbers[logIndex], t.first+int64(t.rows))
	t.numbers[timestamp] = append(t.numbers[timestamp], e.Time.UnixNano())
	err := members(unsafe.String(unsafe.SliceData(e.Canonical), len(e.Canonical)), func(name, value string) (err error) {
		switch name {
		case "id", "timestamp": // from the event
		case "actor":
			return t.reference(actorType, actorID, name, value, more)
		case "resource":
			return t.reference(resourceType, resourceID, name, value, more)
		case sequence:
			t.numbers[sequence] = append(t.numbers[sequence], e.Sequence)
		case details:
			t.texts[details].add(value)
			err = t.split(value)
		default:
			c := t.texts[name]
			if !own[name] || !strings.HasPrefix(value, `"`) {
				more(name, value)
				return nil
			}
			if value, err = unquote(value); err == nil {
				c.add(value)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	arrived := int64(none)
	if e.IngestedAt != "" {
		when, err := clock.Parse(e.IngestedAt)
		if err != nil {
			return err
		}
		arrived = when.UnixNano()
	}
	t.numbers[ingestedAt] = append(t.numbers[ingestedAt], arrived)
	if rest != nil {
		t.texts[extra].add(string(append(rest, '}')))
	}
	t.rows++
	return t.pad()
}

// reference divides an actor or a resource; what it has besides type and id goes to extra.
func (t *table) reference(typeColumn, idColumn, name, object string, more func(name, value string)) error {
	var rest []byte
	err := members(object, func(key, value string) (err error) {
		column := ""
		switch key {
		case "type":
			column = typeColumn
		case "id":
			column = idColumn
		default:
			if rest == nil {
				rest = append(rest, '{')
			} else {
				rest = append(rest, ',')
			}
			rest = append(append(canon.AppendString(rest, key), ':'), value...)
			return nil
		}
		if value, err = unquote(value); err == nil {
			t.texts[column].add(value)
		}
		return err
	})
	if rest != nil {
		more(name, string(append(rest, '}')))
	}
	return err
}

// pad gives every column that the event did not fill its null, and finds a member that filled one twice or left out one that must be there.
func (t *table) pad() error {
	for _, c := range layout {
		switch c.kind {
		case text:
			of := t.texts[c.name]
			if len(of.codes) == t.rows-1 && c.optional {
				of.codes = append(of.codes, -1)
			}
			if len(of.codes) != t.rows {
				return fmt.Errorf("expected one %s", c.name)
			}
		case whole, instant:
			of := t.numbers[c.name]
			if len(of) == t.rows-1 && c.optional {
				t.numbers[c.name] = append(of, none)
			}
			if len(t.numbers[c.name]) != t.rows {
				return fmt.Errorf("expected one %s", c.name)
			}
		}
	}
	return nil
}

// split notes the members of details of the present row.
func (t *table) split(object string) error {
	return members(object, func(name, value string) error {
		f := t.byName[name]
		if f == nil {
			if len(t.fields) >= fieldsWatched || !plainName(name) {
				return nil
			}
			f = &field{name: name, texts: texts{known: map[string]int32{}}}
			t.byName[name] = f
			t.fields = append(t.fields, f)
		}
		if f.dead {
			return nil
		}
		for len(f.codes) < t.rows {
			f.codes = append(f.codes, -1)
		}
		f.add(value)
		if len(value) > fieldText || f.distinct() > fieldValues {
			f.dead, f.codes, f.values, f.known = true, nil, nil, nil
		}
		return nil
	})
}

// plainName says whether a member's name can be a column's: letters, digits and underscores.
func plainName(s string) bool {
	for i, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= fieldName
}

// choose keeps the members of details that get a column: those that most rows have.
func (t *table) choose() {
	counts := map[*field]int{}
	t.fields = slices.DeleteFunc(t.fields, func(f *field) bool {
		if f.dead {
			return true
		}
		for len(f.codes) < t.rows {
			f.codes = append(f.codes, -1)
		}
		n := 0
		for _, c := range f.codes {
			if c >= 0 {
				n++
			}
		}
		counts[f] = n
		return n*fieldShare < t.rows
	})
	slices.SortStableFunc(t.fields, func(a, b *field) int { return counts[b] - counts[a] })
	if len(t.fields) > fieldsMost {
		t.fields = t.fields[:fieldsMost]
	}
	slices.SortFunc(t.fields, func(a, b *field) int { return strings.Compare(a.name, b.name) })
}
