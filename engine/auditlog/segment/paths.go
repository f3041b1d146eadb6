package segment

import (
	"fmt"
	"strconv"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// byPath are the columns that hold exactly the values of a path.
var byPath = map[predicate.Path]int{
	predicate.PathOf("action"): action, predicate.PathOf("action_as_logged"): action, predicate.PathOf("actor", "type"): actorType,
	predicate.PathOf("actor", "id"): actorID, predicate.PathOf("resource", "type"): resourceType, predicate.PathOf("resource", "id"): resourceID,
	predicate.PathOf("outcome"): outcome, predicate.PathOf("outcome_basis"): outcomeBasis, predicate.PathOf("ip_address"): ipAddress,
	predicate.PathOf("source"): source, predicate.PathOf("epoch"): epoch, predicate.PathOf("tenant"): tenant,
	predicate.PathOf("correlation_id"): correlationID, predicate.PathOf("policy_version"): policyVersion, predicate.PathOf("id"): id,
}

var (
	canonicalAction = predicate.PathOf("action")
	noPath          predicate.Path
)

// Column is the column that holds exactly the values of a path; nil where none does. It may be kept until the segment is closed.
func (s *Segment) Column(path predicate.Path) (*predicate.Column, error) {
	if c, ok := s.asked[path]; ok {
		return c, nil
	}
	c, err := s.makeColumn(path)
	if err == nil {
		s.asked[path] = c
	}
	return c, err
}

func (s *Segment) makeColumn(path predicate.Path) (*predicate.Column, error) {
	if column, ok := byPath[path]; ok {
		c, err := s.texts(column)
		if err == nil && path == canonicalAction {
			canonicalNames(c)
		}
		return c, err
	}
	first, below := path.First()
	switch first {
	case "details":
		name, deeper := below.First()
		if i, ok := s.byField[name]; ok && below != noPath && deeper == noPath {
			c, err := s.texts(i)
			if err == nil {
				c.JSON = true
			}
			return c, err
		}
		switch {
		case below == noPath:
			return s.absent(path, details)
		case !s.leftOver[name] && !s.leftOver[anyMember]:
			if _, ok := s.byField[name]; !ok {
				return &predicate.Column{}, nil // no row has it
			}
			return nil, nil
		case deeper == noPath:
			return s.extract(name)
		}
		return nil, nil
	case "timestamp", "sequence", "ingested_at":
		if below == noPath {
			return nil, nil
		}
		return &predicate.Column{}, nil // there is nothing below a text or a number
	case "id", "action_as_logged":
		return &predicate.Column{}, nil
	case "actor", "resource":
		if below == noPath {
			return nil, nil
		}
	}
	if path == noPath {
		return nil, nil
	}
	if own(first) >= 0 {
		return &predicate.Column{}, nil
	}
	return s.absent(path, extra)
}

// absent is the column of a path below what a column holds where that is null in every row; nil where it is not.
func (s *Segment) absent(path predicate.Path, column int) (*predicate.Column, error) {
	p, err := s.whole(column)
	if err != nil {
		return nil, err
	}
	for _, code := range p.codes {
		if code >= 0 {
			return nil, nil
		}
	}
	return &predicate.Column{}, nil
}

// extract makes the column of a member of details that has none.
func (s *Segment) extract(name string) (*predicate.Column, error) {
	p, err := s.whole(details)
	if err != nil {
		return nil, err
	}
	c := &predicate.Column{Codes: make([]int32, s.rows), JSON: true}
	known := map[string]int32{}
	var all []pair
	for row := range s.rows {
		c.Codes[row] = -1
		text, ok := p.at(row)
		if !ok {
			continue
		}
		if all, err = members(all[:0], text); err != nil {
			return nil, s.wrong(row, err)
		}
		for _, m := range all {
			if m.name != name {
				continue
			}
			code, ok := known[m.value]
			if !ok {
				code = int32(len(c.Texts))
				known[m.value] = code
				c.Texts = append(c.Texts, m.value)
			}
			c.Codes[row] = code
		}
	}
	return c, nil
}

// texts is a column of texts as conditions see it. Its texts stay where they were decoded.
func (s *Segment) texts(column int) (*predicate.Column, error) {
	p, err := s.whole(column)
	if err != nil {
		return nil, err
	}
	if s.chunks[column].dictionary != nil {
		c := &predicate.Column{Codes: p.codes, Texts: make([]string, len(p.texts.Ends))}
		for i := range c.Texts {
			c.Texts[i] = p.texts.At(i)
		}
		return c, nil
	}
	c := &predicate.Column{Codes: make([]int32, s.rows), Texts: make([]string, s.rows), Plain: true}
	for row := range s.rows {
		text, ok := p.at(row)
		if c.Texts[row], c.Codes[row] = text, int32(row); !ok {
			c.Codes[row] = -1
		}
	}
	return c, nil
}

// canonicalNames puts the catalogue's names in the place of actions as logged, each once.
func canonicalNames(c *predicate.Column) {
	if c.Plain {
		for i, logged := range c.Texts {
			c.Texts[i] = event.CanonicalAction(logged)
		}
		return
	}
	place := map[string]int32{}
	codes := make([]int32, len(c.Texts)) // of each name as logged
	var names []string
	for i, logged := range c.Texts {
		name := event.CanonicalAction(logged)
		at, ok := place[name]
		if !ok {
			at = int32(len(names))
			place[name] = at
			names = append(names, name)
		}
		codes[i] = at
	}
	if len(names) == len(c.Texts) {
		c.Texts = names
		return
	}
	logged := c.Codes
	c.Texts, c.Codes = names, make([]int32, len(logged))
	for row, code := range logged {
		c.Codes[row] = codes[code]
	}
}

// Value is the value of a path in one row, as event.Value has it; nil: absent. It is valid until the next call.
func (s *Segment) Value(row int, path predicate.Path) (*canon.Value, error) {
	if row < 0 || row >= s.rows {
		return nil, fmt.Errorf("%s: expected a row from 0 to %d, found %d", s.path, s.rows-1, row)
	}
	if column, ok := byPath[path]; ok {
		return s.textValue(row, column, path == canonicalAction)
	}
	first, below := path.First()
	switch first {
	case "details":
		return s.detail(row, below)
	case "timestamp", "sequence", "ingested_at":
		if below != noPath {
			return nil, nil
		}
		return s.number(row, first)
	case "id", "action_as_logged":
		return nil, nil // there is nothing below a text
	}
	if path == noPath || below == noPath && (first == "actor" || first == "resource") {
		e, err := s.Event(row)
		if err != nil {
			return nil, err
		}
		v, err := e.Value(&s.json)
		if err != nil {
			return nil, s.wrong(row, err)
		}
		s.found = v
		return path.In(&s.found), nil
	}
	if own(first) >= 0 {
		return nil, nil
	}
	return s.parsed(row, extra, path)
}

// textValue is the text of a row as a value.
func (s *Segment) textValue(row, column int, canonical bool) (*canon.Value, error) {
	p, err := s.part(column, row)
	if err != nil {
		return nil, err
	}
	text, ok := p.at(row)
	if !ok {
		return nil, nil
	}
	if canonical {
		text = event.CanonicalAction(text)
	}
	s.found = canon.Value{Kind: canon.String, Text: text}
	return &s.found, nil
}

// detail is a value in details. The column of a member is shorter to read than the whole.
func (s *Segment) detail(row int, path predicate.Path) (*canon.Value, error) {
	name, below := path.First()
	if i, ok := s.byField[name]; ok && path != noPath {
		return s.parsed(row, i, below)
	}
	return s.parsed(row, details, path)
}

// parsed is the value of a path in the JSON that a column holds.
func (s *Segment) parsed(row, column int, path predicate.Path) (*canon.Value, error) {
	p, err := s.part(column, row)
	if err != nil {
		return nil, err
	}
	text, ok := p.at(row)
	if !ok {
		return nil, nil
	}
	v, err := s.json.ParseString(text)
	if err != nil {
		return nil, s.wrong(row, fmt.Errorf("column %s: %w", s.chunks[column].name, err))
	}
	return path.In(v), nil
}

// number is an instant or a number of a row, as an event has it.
func (s *Segment) number(row int, name string) (*canon.Value, error) {
	column := map[string]int{"timestamp": timestamp, "sequence": sequence, "ingested_at": ingestedAt}[name]
	p, err := s.part(column, row)
	if err != nil {
		return nil, err
	}
	n := p.numbers[row-p.from]
	switch {
	case n == none:
		return nil, nil
	case column == sequence:
		s.found = canon.Value{Kind: canon.Number, Text: strconv.FormatInt(n, 10)}
	default:
		s.found = canon.Value{Kind: canon.String, Text: clock.Format(time.Unix(0, n))}
	}
	return &s.found, nil
}

// IDs are the ids of the events, by row.
func (s *Segment) IDs() (*Strings, error) {
	p, err := s.whole(id)
	if err != nil {
		return nil, err
	}
	if p.codes != nil {
		return nil, s.broken(fmt.Errorf("a dictionary of ids"))
	}
	return p.texts, nil
}

// Times are the events' times, in nanoseconds since 1970, by row.
func (s *Segment) Times() ([]int64, error) {
	p, err := s.whole(timestamp)
	if err != nil {
		return nil, err
	}
	return p.numbers, nil
}

// Unknown stands for an instant that nobody knows.
const Unknown = none

// Ingested is when the events arrived, in nanoseconds since 1970, by row; Unknown where the source does not say.
func (s *Segment) Ingested() ([]int64, error) {
	p, err := s.whole(ingestedAt)
	if err != nil {
		return nil, err
	}
	return p.numbers, nil
}

// Sequences are the events' numbers, by row; -1 where there is none.
func (s *Segment) Sequences() ([]int64, error) {
	p, err := s.whole(sequence)
	if err != nil {
		return nil, err
	}
	out := make([]int64, s.rows)
	for row, n := range p.numbers {
		if out[row] = n; n == none {
			out[row] = -1
		}
	}
	return out, nil
}
