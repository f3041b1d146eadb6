package segment

import (
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// none stands for a number that is absent. No instant that kt reads and no sequence number is it.
const none = math.MinInt64

// table is a segment's rows by column, before they are written. Its texts are parts of the events' memory.
type table struct {
	rows    int
	texts   [columns]*texts
	numbers [columns][]int64 // instants in nanoseconds, flags as 0 and 1; absent is none
	fields  fields

	known   [2]map[string]parts // actors and resources that came before, as they stand in the events
	members []pair
	below   []pair
	rest    []byte // what goes to extra of the present row
}

// parts are the codes of what an actor or a resource is divided into, and what is left of it.
type parts struct {
	kind, id int32
	rest     string
}

// own is the column that is the text of a member of an event; -1: none.
func own(member string) int {
	switch member {
	case "action":
		return action
	case "outcome":
		return outcome
	case "outcome_basis":
		return outcomeBasis
	case "ip_address":
		return ipAddress
	case "source":
		return source
	case "epoch":
		return epoch
	case "tenant":
		return tenant
	case "correlation_id":
		return correlationID
	case "policy_version":
		return policyVersion
	}
	return -1
}

// newTable divides events into columns.
func newTable(first int64, events []event.Event) (*table, error) {
	t := &table{fields: fields{rows: len(events), byName: map[string]*field{}}, known: [2]map[string]parts{{}, {}}}
	for i, c := range layout {
		if c.kind == text {
			t.texts[i] = newTexts(len(events))
		} else {
			t.numbers[i] = make([]int64, 0, len(events))
		}
	}
	t.texts[id].known = nil // nearly every event has its own
	for i := range events {
		if err := t.add(first+int64(i), &events[i]); err != nil {
			return nil, fmt.Errorf("event %d: %w", first+int64(i), err)
		}
	}
	t.fields.choose(t.rows)
	return t, nil
}

// add divides one event. Its members come in canonical order, so that what goes to extra does too.
func (t *table) add(index int64, e *event.Event) error {
	t.rest = t.rest[:0]
	t.texts[id].add(e.ID)
	derived := int64(0)
	if e.Derived() {
		derived = 1
	}
	t.number(idDerived, derived)
	t.number(logIndex, index)
	t.number(timestamp, e.Time.UnixNano())
	if !time.Unix(0, e.Time.UnixNano()).Equal(e.Time) {
		return fmt.Errorf("expected a time that can be counted in nanoseconds, found %s", e.Time)
	}
	var err error
	if t.members, err = members(t.members[:0], unsafe.String(unsafe.SliceData(e.Canonical), len(e.Canonical))); err != nil {
		return err
	}
	for _, m := range t.members {
		if err := t.member(e, m); err != nil {
			return err
		}
	}
	if e.IngestedAt != "" {
		at, err := clock.Parse(e.IngestedAt)
		if err != nil {
			return err
		}
		t.number(ingestedAt, at.UnixNano())
	}
	if len(t.rest) > 0 {
		t.texts[extra].add(string(append(t.rest, '}')))
	}
	t.rows++
	return t.pad()
}

// member divides one member of an event.
func (t *table) member(e *event.Event, m pair) error {
	switch m.name {
	case "id", "timestamp": // they come from the event
	case "actor":
		return t.reference(0, actorType, actorID, m)
	case "resource":
		return t.reference(1, resourceType, resourceID, m)
	case "sequence":
		t.number(sequence, e.Sequence)
	case "details":
		return t.fields.add(t.rows, t.texts[details].add(m.value), m.value, t.texts[details].dictionary())
	default:
		i := own(m.name)
		if i < 0 {
			t.rest = appendMember(t.rest, m.name, m.value)
			return nil
		}
		value, err := m.text()
		if err != nil {
			return err
		}
		t.texts[i].add(value)
	}
	return nil
}

func (t *table) number(column int, n int64) { t.numbers[column] = append(t.numbers[column], n) }

// reference divides an actor or a resource; what it has besides type and id is left.
func (t *table) reference(which, kindColumn, idColumn int, m pair) error {
	p, ok := t.known[which][m.value]
	if !ok {
		var err error
		if p, err = t.divide(kindColumn, idColumn, m.value); err != nil {
			return err
		}
		if len(t.known[which]) < dictionaryMost {
			t.known[which][m.value] = p
		}
	}
	t.texts[kindColumn].codes = append(t.texts[kindColumn].codes, p.kind)
	t.texts[idColumn].codes = append(t.texts[idColumn].codes, p.id)
	if p.rest != "" {
		t.rest = appendMember(t.rest, m.name, p.rest)
	}
	return nil
}

func (t *table) divide(kindColumn, idColumn int, object string) (p parts, err error) {
	p.kind, p.id = -1, -1
	var rest []byte
	if t.below, err = members(t.below[:0], object); err != nil {
		return p, err
	}
	for _, m := range t.below {
		switch m.name {
		case "type", "id":
			value, err := m.text()
			if err != nil {
				return p, err
			}
			if m.name == "type" {
				p.kind = t.texts[kindColumn].code(value)
			} else {
				p.id = t.texts[idColumn].code(value)
			}
		default:
			rest = appendMember(rest, m.name, m.value)
		}
	}
	if rest != nil {
		p.rest = string(append(rest, '}'))
	}
	if p.kind < 0 || p.id < 0 {
		return p, fmt.Errorf("expected an object with type and id, found %.60q", object)
	}
	return p, nil
}

// pad gives every column that the event did not fill its null, and finds a member that is there twice, or is not and must be.
func (t *table) pad() error {
	for i, c := range layout {
		var n int
		if c.kind == text {
			if c.optional {
				t.texts[i].pad(t.rows)
			}
			n = len(t.texts[i].codes)
		} else {
			if c.optional && len(t.numbers[i]) < t.rows {
				t.number(i, none)
			}
			n = len(t.numbers[i])
		}
		if n != t.rows {
			return fmt.Errorf("expected one %s", c.name)
		}
	}
	return nil
}
