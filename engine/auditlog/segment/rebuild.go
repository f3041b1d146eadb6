package segment

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

// slot is a place in an event's canonical bytes: what stands before and after the value of a column.
type slot struct {
	column        int
	before, after string
	top           string // the member that begins here, "" within one
}

// slots are an event's canonical bytes, which end in "}".
var slots = [...]slot{
	{action, `"action":`, ``, "action"}, {actorID, `"actor":{"id":`, ``, "actor"}, {actorType, `,"type":`, `}`, ""},
	{correlationID, `"correlation_id":`, ``, "correlation_id"}, {details, `"details":`, ``, "details"}, {epoch, `"epoch":`, ``, "epoch"},
	{id, `"id":`, ``, "id"}, {ipAddress, `"ip_address":`, ``, "ip_address"}, {outcome, `"outcome":`, ``, "outcome"},
	{outcomeBasis, `"outcome_basis":`, ``, "outcome_basis"}, {policyVersion, `"policy_version":`, ``, "policy_version"},
	{resourceID, `"resource":{"id":`, ``, "resource"}, {resourceType, `,"type":`, `}`, ""}, {sequence, `"sequence":`, ``, "sequence"},
	{source, `"source":`, ``, "source"}, {tenant, `"tenant":`, ``, "tenant"}, {timestamp, `"timestamp":"`, `"`, "timestamp"},
}

// rebuilder rebuilds canonical bytes from rows, in the same memory each time.
type rebuilder struct {
	of     *Segment
	parts  [columns]*part
	ready  [len(slots)]*Strings // of a slot whose column is a dictionary, the bytes for each code
	buffer []byte
	merged []byte
	rows   int             // how many were rebuilt
	tops   [len(slots)]top // members in buffer
	found  []pair
	below  []pair

	minute int64 // since 1970, of prefix
	prefix []byte
}

// top is a member in the buffer, without the comma after it.
type top struct {
	name string
	from int // of its value
	to   int
}

// seek has the parts at hand in which a row is.
func (r *rebuilder) seek(row int) error {
	for i := range r.parts {
		p := r.parts[i]
		if p != nil && p.from <= row && row < p.to {
			continue
		}
		var err error
		if r.parts[i], err = r.of.part(i, row); err != nil {
			return err
		}
	}
	return nil
}

// prepare decodes every column whole, for those who want all rows.
func (r *rebuilder) prepare() error {
	for i := range r.parts {
		var err error
		if r.parts[i], err = r.of.whole(i); err != nil {
			return err
		}
	}
	return nil
}

// worthwhile is after how many rows the bytes for each value of a dictionary are made at once.
const worthwhile = 1000

// canonical rebuilds a row's canonical bytes; they are valid until the next call. seek or prepare was called before.
func (r *rebuilder) canonical(row int) ([]byte, error) {
	b, n := append(r.buffer[:0], '{'), 0
	r.rows++
	for i := range slots {
		slot := &slots[i]
		p := r.parts[slot.column]
		from := len(b)
		switch {
		case slot.column == timestamp:
			b = append(r.appendTime(append(b, slot.before...), p.numbers[row-p.from]), slot.after...)
		case slot.column == sequence:
			number := p.numbers[row-p.from]
			if number == none {
				continue
			}
			b = strconv.AppendInt(append(b, slot.before...), number, 10)
		case slot.column == id && r.derived(row):
			continue
		case p.codes != nil && r.of.chunks[slot.column].dictionary != nil:
			code := p.codes[row-p.from]
			if code < 0 {
				continue
			}
			if r.ready[i] == nil {
				if r.rows < worthwhile {
					b = slot.append(b, p.texts.At(int(code)))
					break
				}
				r.ready[i] = slot.fill(p.texts)
			}
			b = append(b, r.ready[i].At(int(code))...)
		default:
			text, ok := p.at(row)
			if !ok {
				continue
			}
			b = slot.append(b, text)
		}
		if slot.top == "" {
			r.tops[n-1].to = len(b)
			b = append(b, ',')
			continue
		}
		r.tops[n] = top{slot.top, from + len(slot.top) + len(`"":`), len(b)}
		n++
		if slot.column != actorID && slot.column != resourceID {
			b = append(b, ',')
		}
	}
	b[len(b)-1] = '}'
	r.buffer = b
	if more, ok := r.parts[extra].at(row); ok {
		return r.withExtra(r.tops[:n], more)
	}
	return b, nil
}

// append appends the slot with a value in it.
func (s *slot) append(b []byte, text string) []byte {
	b = append(b, s.before...)
	if s.column == details {
		b = append(b, text...)
	} else {
		b = canon.AppendString(b, text)
	}
	return append(b, s.after...)
}

// fill is the slot with each of some values in it.
func (s *slot) fill(values *Strings) *Strings {
	all := &Strings{}
	for i := range values.Ends {
		all.Bytes = s.append(all.Bytes, values.At(i))
		all.Ends = append(all.Ends, int32(len(all.Bytes)))
	}
	return all
}

func (r *rebuilder) derived(row int) bool {
	p := r.parts[idDerived]
	return p.numbers[row-p.from] != 0
}

// appendTime appends an instant. Times of a log stand close to each other: all but the seconds is mostly that of the row before.
func (r *rebuilder) appendTime(b []byte, at int64) []byte {
	const length = len("2006-01-02T15:04:")
	minute := at / int64(time.Minute)
	rest := at % int64(time.Minute)
	if rest < 0 {
		minute, rest = minute-1, rest+int64(time.Minute)
	}
	if len(r.prefix) == 0 || minute != r.minute {
		r.minute, r.prefix = minute, clock.Append(r.prefix[:0], time.Unix(minute*60, 0))[:length]
	}
	b = append(b, r.prefix...)
	second, ns := rest/int64(time.Second), rest%int64(time.Second)
	b = append(b, byte('0'+second/10), byte('0'+second%10))
	if ns != 0 {
		b = append(b, '.')
		for unit := int64(100_000_000); ns != 0; unit /= 10 {
			b = append(b, byte('0'+ns/unit))
			ns %= unit
		}
	}
	return append(b, 'Z')
}

// withExtra adds what has no column of its own. Both sides are in canonical order.
func (r *rebuilder) withExtra(tops []top, more string) ([]byte, error) {
	var err error
	if r.found, err = members(r.found[:0], more); err != nil {
		return nil, fmt.Errorf("column extra: %w", err)
	}
	b := append(r.merged[:0], '{')
	found := r.found
	for len(tops) > 0 || len(found) > 0 {
		order := -1
		switch {
		case len(tops) == 0:
			order = 1
		case len(found) > 0:
			order = canon.CompareKeys(tops[0].name, found[0].name)
		}
		if order > 0 {
			b = append(canon.AppendString(b, found[0].name), ':')
			b = append(append(b, found[0].value...), ',')
			found = found[1:]
			continue
		}
		b = append(append(append(b, '"'), tops[0].name...), `":`...)
		value := r.buffer[tops[0].from:tops[0].to]
		if order < 0 {
			b = append(b, value...)
		} else {
			if tops[0].name != "actor" && tops[0].name != "resource" {
				return nil, fmt.Errorf("column extra: expected nothing that has a column of its own, found %s", tops[0].name)
			}
			if b, err = r.merge(b, string(value), found[0].value); err != nil {
				return nil, err
			}
			found = found[1:]
		}
		b = append(b, ',')
		tops = tops[1:]
	}
	b[len(b)-1] = '}'
	r.merged = b
	return b, nil
}

// merge appends an object that has the members of two, which have none in common.
func (r *rebuilder) merge(b []byte, one, other string) ([]byte, error) {
	var err error
	if r.below, err = members(r.below[:0], one); err != nil {
		return b, err
	}
	n := len(r.below)
	if r.below, err = members(r.below, other); err != nil {
		return b, fmt.Errorf("column extra: %w", err)
	}
	left, right := r.below[:n], r.below[n:]
	b = append(b, '{')
	for len(left) > 0 || len(right) > 0 {
		of := &left
		if len(left) == 0 || len(right) > 0 && canon.CompareKeys(left[0].name, right[0].name) > 0 {
			of = &right
		}
		if len(left) > 0 && len(right) > 0 && left[0].name == right[0].name {
			return b, errors.New("column extra: expected nothing that has a column of its own")
		}
		b = append(canon.AppendString(b, (*of)[0].name), ':')
		b = append(append(b, (*of)[0].value...), ',')
		*of = (*of)[1:]
	}
	b[len(b)-1] = '}'
	return b, nil
}
