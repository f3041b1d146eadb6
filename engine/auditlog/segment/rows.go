package segment

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// rowReader rebuilds canonical bytes, in the same memory each time.
type rowReader struct {
	buffer []byte
	slow   []byte
}

// columnsOf are the decoded columns from which rows are rebuilt: text columns by their place in layout.
type columnsOf struct {
	texts   map[string]*predicate.Column
	times   []int64
	numbers []int64
	arrived []int64
	derived []int64
}

// decoded decodes every column.
func (s *Segment) decoded() (*columnsOf, error) {
	c := &columnsOf{texts: map[string]*predicate.Column{}}
	for _, l := range layout {
		if l.kind != text {
			continue
		}
		var err error
		if c.texts[l.name], err = s.textColumn(l.name); err != nil {
			return nil, err
		}
	}
	var err, more error
	c.times, err = s.numberColumn(timestamp)
	c.numbers, more = s.numberColumn(sequence)
	err = errors.Join(err, more)
	c.arrived, more = s.numberColumn(ingestedAt)
	err = errors.Join(err, more)
	c.derived, more = s.flagColumn(idDerived)
	return c, errors.Join(err, more)
}

// fields are an event's columns in one row; nil: absent.
type rowFields struct {
	id, actorType, actorID, action, resourceType, resourceID, outcome, outcomeBasis, details, ip, source, epoch, tenant, correlationID,
	policyVersion, extra *string
	at, number, arrived int64
	derived             bool
}

func (c *columnsOf) row(row int) rowFields {
	get := func(name string) *string { return textOf(c.texts[name], row) }
	return rowFields{id: get(id), actorType: get(actorType), actorID: get(actorID), action: get(action), resourceType: get(resourceType),
		resourceID: get(resourceID), outcome: get(outcome), outcomeBasis: get(outcomeBasis), details: get(details), ip: get(ipAddress),
		source: get(source), epoch: get(epoch), tenant: get(tenant), correlationID: get(correlationID), policyVersion: get(policyVersion),
		extra: get(extra), at: c.times[row], number: c.numbers[row], arrived: c.arrived[row], derived: c.derived[row] != 0}
}

// missing says which column that every event has is null.
func (f *rowFields) missing() error {
	for _, one := range [...]struct {
		name  string
		value *string
	}{{id, f.id}, {actorType, f.actorType}, {actorID, f.actorID}, {action, f.action}, {resourceType, f.resourceType}, {resourceID, f.resourceID}, {outcome, f.outcome}} {
		if one.value == nil {
			return fmt.Errorf("expected a value in column %s, found none", one.name)
		}
	}
	return nil
}

// canonical rebuilds a row's canonical bytes; they are valid until the next call.
func (r *rowReader) canonical(f *rowFields) ([]byte, error) {
	if err := f.missing(); err != nil {
		return nil, err
	}
	if f.extra != nil {
		return r.withExtra(f)
	}
	b := append(r.buffer[:0], `{"action":`...)
	b = canon.AppendString(b, *f.action)
	b = reference(append(b, `,"actor":`...), *f.actorID, *f.actorType)
	b = member(b, `,"correlation_id":`, f.correlationID)
	if f.details != nil {
		b = append(append(b, `,"details":`...), *f.details...)
	}
	b = member(b, `,"epoch":`, f.epoch)
	if !f.derived {
		b = member(b, `,"id":`, f.id)
	}
	b = member(b, `,"ip_address":`, f.ip)
	b = member(b, `,"outcome":`, f.outcome)
	b = member(b, `,"outcome_basis":`, f.outcomeBasis)
	b = member(b, `,"policy_version":`, f.policyVersion)
	b = reference(append(b, `,"resource":`...), *f.resourceID, *f.resourceType)
	if f.number != none {
		b = strconv.AppendInt(append(b, `,"sequence":`...), f.number, 10)
	}
	b = member(b, `,"source":`, f.source)
	b = member(b, `,"tenant":`, f.tenant)
	b = append(b, `,"timestamp":"`...)
	b = clock.Append(b, time.Unix(0, f.at).UTC())
	r.buffer = append(b, '"', '}')
	return r.buffer, nil
}

func member(b []byte, name string, value *string) []byte {
	if value == nil {
		return b
	}
	return canon.AppendString(append(b, name...), *value)
}

func reference(b []byte, id, kind string) []byte {
	b = canon.AppendString(append(b, `{"id":`...), id)
	b = canon.AppendString(append(b, `,"type":`...), kind)
	return append(b, '}')
}

// withExtra rebuilds a row that has more than the columns hold.
func (r *rowReader) withExtra(f *rowFields) ([]byte, error) {
	plain := *f
	plain.extra = nil
	base, err := r.canonical(&plain)
	if err != nil {
		return nil, err
	}
	whole, err := canon.Parse(base)
	if err != nil {
		return nil, err
	}
	more, err := canon.Parse([]byte(*f.extra))
	if err != nil || more.Kind != canon.Object {
		return nil, fmt.Errorf("column extra: expected a JSON object, found %.60q", *f.extra)
	}
	for _, m := range more.Members {
		switch m.Key {
		case "actor", "resource":
			of := whole.Get(m.Key)
			for _, below := range m.Value.Members {
				of.Set(below.Key, below.Value)
			}
		default:
			whole.Set(m.Key, m.Value)
		}
	}
	r.slow = canon.Append(r.slow[:0], &whole)
	return r.slow, nil
}

// ingested is when a row's event arrived; "" where nothing says so.
func (f *rowFields) ingested() string {
	if f.arrived == none {
		return ""
	}
	return clock.Format(time.Unix(0, f.arrived).UTC())
}

// canonical calls fn with every row's canonical bytes, which are valid until the next.
func (s *Segment) canonical(fn func(row int, canonical []byte) error) error {
	c, err := s.decoded()
	if err != nil {
		return err
	}
	for row := range s.rows {
		f := c.row(row)
		b, err := s.row.canonical(&f)
		if err != nil {
			return fmt.Errorf("%s: row %d: %w", s.path, row, err)
		}
		if err := fn(row, b); err != nil {
			return err
		}
	}
	return nil
}

// Canonical calls fn with the canonical bytes of every event, in order; they are valid until the next.
func (s *Segment) Canonical(fn func(row int, canonical []byte) error) error { return s.canonical(fn) }

// Events calls fn with the events of some rows, which ascend; nil: with all. An event owns its memory.
func (s *Segment) Events(rows []int32, fn func(row int, e *event.Event) error) error {
	if rows != nil && len(rows) <= fewRows {
		for _, row := range rows {
			e, err := s.Event(int(row))
			if err != nil {
				return err
			}
			if err := fn(int(row), &e); err != nil {
				return err
			}
		}
		return nil
	}
	c, err := s.decoded()
	if err != nil {
		return err
	}
	visit := func(row int) error {
		f := c.row(row)
		e, err := s.restore(row, &f)
		if err != nil {
			return err
		}
		return fn(row, &e)
	}
	if rows == nil {
		for row := range s.rows {
			if err := visit(row); err != nil {
				return err
			}
		}
		return nil
	}
	for _, row := range rows {
		if err := visit(int(row)); err != nil {
			return err
		}
	}
	return nil
}

// fewRows is up to how many rows their pages are read one by one.
const fewRows = 8

// Event is the event in a row, as it was stored. It owns its memory.
func (s *Segment) Event(row int) (event.Event, error) {
	if row < 0 || row >= s.rows {
		return event.Event{}, fmt.Errorf("%s: expected a row from 0 to %d, found %d", s.path, s.rows-1, row)
	}
	if s.events != nil {
		f := s.events.row(row)
		return s.restore(row, &f)
	}
	if s.single++; s.single > fewRows {
		var err error
		if s.events, err = s.decoded(); err != nil {
			return event.Event{}, err
		}
		return s.Event(row)
	}
	var f rowFields
	for _, one := range [...]struct {
		name string
		to   **string
	}{{id, &f.id}, {actorType, &f.actorType}, {actorID, &f.actorID}, {action, &f.action}, {resourceType, &f.resourceType}, {resourceID, &f.resourceID},
		{outcome, &f.outcome}, {outcomeBasis, &f.outcomeBasis}, {details, &f.details}, {ipAddress, &f.ip}, {source, &f.source}, {epoch, &f.epoch},
		{tenant, &f.tenant}, {correlationID, &f.correlationID}, {policyVersion, &f.policyVersion}, {extra, &f.extra}} {
		var err error
		if *one.to, err = s.textAt(one.name, row); err != nil {
			return event.Event{}, err
		}
	}
	var err error
	for _, one := range [...]struct {
		name string
		to   *int64
	}{{timestamp, &f.at}, {sequence, &f.number}, {ingestedAt, &f.arrived}} {
		if *one.to, err = s.numberAt(one.name, row); err != nil {
			return event.Event{}, err
		}
	}
	derived, err := s.flagColumn(idDerived)
	if err != nil {
		return event.Event{}, err
	}
	f.derived = derived[row] != 0
	return s.restore(row, &f)
}

// numberAt is the number of one row.
func (s *Segment) numberAt(name string, row int) (out int64, err error) {
	if c := s.numbers[name]; c != nil {
		return c[row], nil
	}
	err = s.each(name, row, func(at int, p parquet.Page) (bool, error) {
		numbers := make([]int64, p.NumRows())
		if err := s.numbersOf(numbers, name, p); err != nil {
			return false, err
		}
		out = numbers[0]
		return false, nil
	})
	return out, err
}

func (s *Segment) restore(row int, f *rowFields) (event.Event, error) {
	wrong := func(err error) (event.Event, error) {
		return event.Event{}, fmt.Errorf("%s: row %d: %w", s.path, row, err)
	}
	b, err := s.row.canonical(f)
	if err != nil {
		return wrong(err)
	}
	e, err := s.parser.Restore(b, *f.id, f.derived, f.ingested())
	if err != nil {
		return wrong(err)
	}
	return e, nil
}
