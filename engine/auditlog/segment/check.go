package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Check compares what a segment says twice: the events' indices, derived ids, the members of details that have a column of their own, and
// the sidecar. An error names the row.
func (s *Segment) Check() error {
	indices, err := s.whole(logIndex)
	if err != nil {
		return err
	}
	for row, i := range indices.numbers {
		if i != s.first+int64(row) {
			return s.wrong(row, fmt.Errorf("column log_index: expected %d, found %d", s.first+int64(row), i))
		}
	}
	ids, err := s.IDs()
	if err != nil {
		return err
	}
	if err := s.Canonical(func(row int, canonical []byte) error {
		if s.reader.derived(row) && !derivedFrom(ids.At(row), canonical) {
			return s.wrong(row, fmt.Errorf("column id: expected the id that derives from the event, found %.80q", ids.At(row)))
		}
		return nil
	}); err != nil {
		return err
	}
	if err := s.checkFields(); err != nil {
		return err
	}
	return s.checkIDs(ids)
}

// derivedFrom says whether an id is that of an event without one, or of one that equals others before it.
func derivedFrom(id string, canonical []byte) bool {
	sum := sha256.Sum256(canonical)
	rest, ok := strings.CutPrefix(id, "evt_"+hex.EncodeToString(sum[:16]))
	if !ok || rest == "" {
		return ok
	}
	digits, ok := strings.CutPrefix(rest, "-")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// checkFields compares the columns of members of details with details, each text of which is looked at once.
func (s *Segment) checkFields() error {
	whole, err := s.whole(details)
	if err != nil {
		return err
	}
	fields := make([]*part, len(s.chunks)-columns)
	for i := range fields {
		if fields[i], err = s.whole(columns + i); err != nil {
			return err
		}
	}
	type expected struct {
		value string
		there bool
	}
	known := map[int32][]expected{}
	fresh := make([]expected, len(fields))
	var found []pair
	for row := range s.rows {
		object, ok := whole.at(row)
		want := fresh
		code := int32(-1)
		if ok && s.chunks[details].dictionary != nil {
			code = whole.codes[row]
		}
		if k := known[code]; k != nil && code >= 0 {
			want = k
		} else {
			clear(fresh)
			found = found[:0]
			if ok {
				if found, err = members(found, object); err != nil {
					return s.wrong(row, fmt.Errorf("column details: %w", err))
				}
			}
			for _, m := range found {
				i, ok := s.byField[m.name]
				if ok {
					fresh[i-columns] = expected{m.value, true}
				} else if !s.leftOver[m.name] && !s.leftOver[anyMember] {
					return s.wrong(row, fmt.Errorf("details has the member %.60q, of which the file says that no row has it", m.name))
				}
			}
			if code >= 0 {
				known[code] = append(make([]expected, 0, len(fresh)+1), fresh...)
			}
		}
		for i, p := range fields {
			if value, there := p.at(row); there != want[i].there || value != want[i].value {
				return s.wrong(row, fmt.Errorf("column details_fields.%s: expected what details says, %.60q, found %.60q", s.chunks[columns+i].name,
					want[i].value, value))
			}
		}
	}
	return nil
}

// checkIDs compares the sidecar with the ids of the events.
func (s *Segment) checkIDs(ids *Strings) error {
	want := sidecar(entriesOf(s.rows, ids.At))
	info, err := os.Stat(s.ids)
	if err != nil {
		return err
	}
	if info.Size() != int64(len(want)) {
		return fmt.Errorf("%s: expected the index of the ids of %d events, %d bytes, found %d bytes; make it anew from %s", s.ids, s.rows, len(want), info.Size(), s.path)
	}
	have, err := os.ReadFile(s.ids)
	if err != nil {
		return err
	}
	if bytes.Equal(have, want) {
		return nil
	}
	for i := range min(len(have), len(want)) {
		if have[i] != want[i] {
			row := -1
			if at := (i - idsHeader) / idsEntry; i >= idsHeader {
				row = int(entryAt(want[idsHeader:], at).row)
			}
			return fmt.Errorf("%s: byte %d, row %d: expected the index of the segment's ids, found something else; make it anew from %s", s.ids, i, row, s.path)
		}
	}
	return errors.New(s.ids + ": it changed while it was read")
}
