package segment

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// Canonical calls fn with the canonical bytes of every event, in order; they are valid until the next.
func (s *Segment) Canonical(fn func(row int, canonical []byte) error) (err error) {
	if err := s.reader.prepare(); err != nil {
		return err
	}
	for row := range s.rows {
		b, err := s.canonical(row)
		if err != nil {
			return err
		}
		if err := fn(row, b); err != nil {
			return err
		}
	}
	return nil
}

// canonical rebuilds a row, which seek or prepare has at hand.
func (s *Segment) canonical(row int) (b []byte, err error) {
	defer s.guard(&err)
	if b, err = s.reader.canonical(row); err != nil {
		err = s.wrong(row, err)
	}
	return b, err
}

func (s *Segment) wrong(row int, err error) error {
	return fmt.Errorf("%s: row %d, event %d: %w", s.path, row, s.first+int64(row), err)
}

// Events calls fn with the events of some rows, which ascend; nil: with all. Pages without such rows are not read. An event owns its
// memory, but for the Event itself, which is valid until the next.
func (s *Segment) Events(rows []int32, fn func(row int, e *event.Event) error) error {
	n := len(rows)
	if rows == nil {
		n = s.rows
		if err := s.reader.prepare(); err != nil {
			return err
		}
	}
	for i := range n {
		row := i
		if rows != nil {
			row = int(rows[i])
		}
		e, err := s.Event(row)
		if err != nil {
			return err
		}
		if err := fn(row, &e); err != nil {
			return err
		}
	}
	return nil
}

// Event is the event in a row, as it was stored. It owns its memory. Only the pages are read in which it is.
func (s *Segment) Event(row int) (e event.Event, err error) {
	if row < 0 || row >= s.rows {
		return e, fmt.Errorf("%s: expected a row from 0 to %d, found %d", s.path, s.rows-1, row)
	}
	if err := s.reader.seek(row); err != nil {
		return e, err
	}
	b, err := s.canonical(row)
	if err != nil {
		return e, err
	}
	parts := &s.reader.parts
	number := func(column int) int64 { return parts[column].numbers[row-parts[column].from] }
	e.Canonical = bytes.Clone(b)
	e.Hash = sha256.Sum256(b)
	e.Time = time.Unix(0, number(timestamp)).UTC()
	e.Source, e.Epoch = s.text(source, row), s.text(epoch, row)
	if e.Sequence = number(sequence); e.Sequence == none {
		e.Sequence = -1
	}
	e.IngestedAt = s.ingested(row)
	e.Action = s.text(action, row)
	if name := event.CanonicalAction(e.Action); name != e.Action {
		e.Action, e.ActionAsLogged = name, e.Action
	}
	e.ID = s.text(id, row)
	e.SetDerived(number(idDerived) != 0)
	return e, nil
}

// ingested is when a row's event came; "" where nothing says so.
func (s *Segment) ingested(row int) string {
	p := s.reader.parts[ingestedAt]
	at := p.numbers[row-p.from]
	if at == none {
		return ""
	}
	return clock.Format(time.Unix(0, at))
}

// text is a row's text in memory of its own; "" where it is absent. What comes in many rows is there once.
func (s *Segment) text(column, row int) string {
	c, p := &s.chunks[column], s.reader.parts[column]
	value, ok := p.at(row)
	if !ok || value == "" {
		return ""
	}
	if c.dictionary == nil {
		return strings.Clone(value)
	}
	if c.texts == nil {
		c.texts = make([]string, len(c.dictionary.Ends))
	}
	known := &c.texts[p.codes[row-p.from]]
	if *known == "" {
		*known = strings.Clone(value)
	}
	return *known
}
