package segment

import (
	"slices"
	"strings"
)

// What members of details must be like to get a column. However few rows have a member, its column costs little, and spares a look at
// details in all the others.
const (
	fieldValues   = 1 << 13
	fieldText     = 256 // bytes of canonical JSON
	fieldsMost    = 64
	fieldsWatched = 256
	fieldName     = 64 // bytes
)

// field is a member of details that may get a column, of its values' canonical JSON.
type field struct {
	name string
	texts
	rows int  // that have it
	dead bool // it has too many values, or too long ones
}

// fields are the members of details, as long as they may get a column.
type fields struct {
	rows    int // that there will be
	chosen  []*field
	byName  map[string]*field
	left    []string      // members that get no column, once they are chosen
	others  bool          // there are members that were not even watched
	known   [][]fieldCode // of each text of details that came before, by its code
	members []pair
}

type fieldCode struct {
	field *field
	code  int32
}

// add notes the members of details of a row. Where details is a dictionary, each of its texts is looked at once.
func (t *fields) add(row int, code int32, object string, dictionary bool) error {
	if dictionary && int(code) < len(t.known) {
		for _, f := range t.known[code] {
			f.field.set(row, f.code)
		}
		return nil
	}
	var err error
	if t.members, err = members(t.members[:0], object); err != nil {
		return err
	}
	var all []fieldCode
	for _, m := range t.members {
		f := t.byName[m.name]
		if f == nil {
			if len(t.chosen) >= fieldsWatched || !plainName(m.name) {
				t.others = true
				continue
			}
			f = &field{name: m.name, texts: texts{known: map[string]int32{}, most: fieldValues, last: -1}}
			if len(t.chosen) < fieldsMost { // most often there are no more
				f.codes = make([]int32, 0, t.rows)
			}
			t.byName[m.name] = f
			t.chosen = append(t.chosen, f)
		}
		if f.dead {
			continue
		}
		code := f.code(m.value)
		if len(m.value) > fieldText || !f.dictionary() {
			*f = field{name: f.name, dead: true}
			continue
		}
		f.set(row, code)
		if dictionary {
			all = append(all, fieldCode{f, code})
		}
	}
	if dictionary {
		t.known = append(t.known, all)
	}
	return nil
}

func (f *field) set(row int, code int32) {
	if f.dead {
		return
	}
	f.pad(row)
	f.codes = append(f.codes, code)
	f.rows++
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

// choose keeps the members that get a column, by name: those that most rows have.
func (t *fields) choose(rows int) {
	t.chosen = slices.DeleteFunc(t.chosen, func(f *field) bool {
		if f.dead {
			t.left = append(t.left, f.name)
		}
		return f.dead
	})
	slices.SortStableFunc(t.chosen, func(a, b *field) int { return b.rows - a.rows })
	for len(t.chosen) > fieldsMost {
		last := len(t.chosen) - 1
		t.left, t.chosen = append(t.left, t.chosen[last].name), t.chosen[:last]
	}
	slices.Sort(t.left)
	slices.SortFunc(t.chosen, func(a, b *field) int { return strings.Compare(a.name, b.name) })
	for _, f := range t.chosen {
		f.pad(rows)
	}
}

// leftOver tells a reader which members have no column, so that it knows of the rest that no row has them: their names, joined by spaces, and
// * where there may be any.
func (t *fields) leftOver() string {
	if t.others {
		return anyMember
	}
	return strings.Join(t.left, " ")
}

const anyMember = "*"

// names are the members that get a column.
func (t *fields) names() []string {
	names := make([]string, len(t.chosen))
	for i, f := range t.chosen {
		names[i] = f.name
	}
	return names
}
