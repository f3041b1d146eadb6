package segment

import (
	"fmt"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// byPath are the columns that hold exactly the values of a path.
var byPath = map[predicate.Path]string{
	predicate.PathOf("action"): action, predicate.PathOf("action_as_logged"): action, predicate.PathOf("actor", "type"): actorType,
	predicate.PathOf("actor", "id"): actorID, predicate.PathOf("resource", "type"): resourceType, predicate.PathOf("resource", "id"): resourceID,
	predicate.PathOf("outcome"): outcome, predicate.PathOf("outcome_basis"): outcomeBasis, predicate.PathOf("ip_address"): ipAddress,
	predicate.PathOf("source"): source, predicate.PathOf("epoch"): epoch, predicate.PathOf("tenant"): tenant,
	predicate.PathOf("correlation_id"): correlationID, predicate.PathOf("policy_version"): policyVersion, predicate.PathOf("id"): id,
}

// numbered are members whose columns hold no texts.
var numbered = map[string]bool{"timestamp": true, "sequence": true, "ingested_at": true}

// Column is the column that holds exactly the values of a path; nil where none does.
func (s *Segment) Column(p predicate.Path) (*predicate.Column, error) {
	if name, ok := byPath[p]; ok {
		c, err := s.textColumn(name)
		if err == nil && p == predicate.PathOf("action") {
			c = s.canonicalActions(c)
		}
		return c, err
	}
	keys := p.Keys()
	switch {
	case len(keys) == 2 && keys[0] == details && s.chunks[fieldsGroup+"."+keys[1]] != nil:
		c, err := s.textColumn(fieldsGroup + "." + keys[1])
		if err == nil {
			c.JSON = true
		}
		return c, err
	case len(keys) == 0 || keys[0] == details || numbered[keys[0]]:
		return nil, nil
	case len(keys) == 1 && (keys[0] == "actor" || keys[0] == "resource"):
		return nil, nil
	}
	more, err := s.textColumn(extra)
	if err != nil {
		return nil, err
	}
	for _, code := range more.Codes {
		if code >= 0 {
			return nil, nil
		}
	}
	return &predicate.Column{}, nil // nothing is beside the columns, and nothing below a text
}

// canonicalActions is the column of actions with the catalogue's names.
func (s *Segment) canonicalActions(logged *predicate.Column) *predicate.Column {
	const name = "canonical action"
	if c := s.columns[name]; c != nil {
		return c
	}
	c := &predicate.Column{Codes: logged.Codes, Texts: make([]string, len(logged.Texts)), Plain: logged.Plain}
	for i, t := range logged.Texts {
		c.Texts[i] = event.CanonicalAction(t)
	}
	s.columns[name] = c
	return c
}

// Value is the value of a path in one row, as event.Value has it; nil: absent. It is valid until the next call.
func (s *Segment) Value(row int, p predicate.Path) (*canon.Value, error) {
	keys := p.Keys()
	if len(keys) > 0 && keys[0] == details {
		c, err := s.textColumn(details)
		if err != nil {
			return nil, err
		}
		t := textOf(c, row)
		if t == nil {
			return nil, nil
		}
		v, err := s.json.ParseString(*t)
		if err != nil {
			return nil, fmt.Errorf("%s: row %d: details: %w", s.path, row, err)
		}
		return predicate.PathOf(keys[1:]...).In(v), nil
	}
	if s.events == nil {
		var err error
		if s.events, err = s.decoded(); err != nil {
			return nil, err
		}
	}
	f := s.events.row(row)
	e, err := s.restore(row, &f)
	if err != nil {
		return nil, err
	}
	v, err := e.Value(&s.json)
	if err != nil {
		return nil, err
	}
	return p.In(&v), nil
}

// Strings are texts, one for each row, without a piece of memory for each.
type Strings struct{ column *predicate.Column }

// At is the text of a row.
func (s *Strings) At(row int) string { return s.column.Texts[s.column.Codes[row]] }

// IDs are the ids of the events.
func (s *Segment) IDs() (*Strings, error) {
	c, err := s.textColumn(id)
	if err != nil {
		return nil, err
	}
	for row, code := range c.Codes {
		if code < 0 {
			return nil, fmt.Errorf("%s: row %d: expected an id, found none", s.path, row)
		}
	}
	return &Strings{c}, nil
}

// Times are the instants of the events in nanoseconds since 1970.
func (s *Segment) Times() ([]int64, error) { return s.numberColumn(timestamp) }

// Sequences are the numbers of the events, -1 where there is none.
func (s *Segment) Sequences() ([]int64, error) {
	numbers, err := s.numberColumn(sequence)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(numbers))
	for i, n := range numbers {
		if out[i] = n; n == none {
			out[i] = -1
		}
	}
	return out, nil
}

// Check compares what a segment says twice: members of details that have a column, the events' indices, and the sidecar. An error names
// the row.
func (s *Segment) Check() error {
	wrong := func(row int, format string, args ...any) error {
		return fmt.Errorf("%s: row %d: %s", s.path, row, fmt.Sprintf(format, args...))
	}
	indices, err := s.numberColumn(logIndex)
	if err != nil {
		return err
	}
	for row, i := range indices {
		if i != s.first+int64(row) {
			return wrong(row, "expected log_index %d, found %d", s.first+int64(row), i)
		}
	}
	ids, err := s.IDs()
	if err != nil {
		return err
	}
	if err := s.checkIDs(ids); err != nil {
		return err
	}
	whole, err := s.textColumn(details)
	if err != nil {
		return err
	}
	fields := map[string]*predicate.Column{}
	for name := range s.chunks {
		if below, ok := strings.CutPrefix(name, fieldsGroup+"."); ok {
			if fields[below], err = s.textColumn(name); err != nil {
				return err
			}
		}
	}
	return s.checkFields(whole, fields, wrong)
}

func (s *Segment) checkFields(whole *predicate.Column, fields map[string]*predicate.Column, wrong func(int, string, ...any) error) error {
	for row := range s.rows {
		found := 0
		if t := textOf(whole, row); t != nil {
			err := members(*t, func(name, value string) error {
				c := fields[name]
				if c == nil {
					return nil
				}
				found++
				if have := textOf(c, row); have == nil || *have != value {
					return wrong(row, "expected the column of details.%s to hold what details says, %.60q", name, value)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		for _, c := range fields {
			if textOf(c, row) != nil {
				found--
			}
		}
		if found != 0 {
			return wrong(row, "expected nothing in the columns of details that details does not have")
		}
	}
	return nil
}

// Unknown stands for an instant that nobody knows.
const Unknown = none

// Ingested is when the events arrived, in nanoseconds since 1970; Unknown where the source does not say.
func (s *Segment) Ingested() ([]int64, error) { return s.numberColumn(ingestedAt) }
