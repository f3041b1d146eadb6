package check

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"sync"

	"github.com/keeptrusts/kt/engine/canon"
)

// lines are the subjects of some events of a part as canonical lines, one after the other.
type lines struct {
	rows []int32
	ends []int32
	text []byte
}

// lineLength is how many bytes a line has, more or less.
const lineLength = 64

// room is memory for lines that is used again.
var room = sync.Pool{New: func() any { return &lines{} }}

// linesOf writes the subjects of events, whose rows ascend.
func linesOf(p Part, rows []int32) (*lines, error) {
	l := room.Get().(*lines)
	l.rows, l.ends, l.text = rows, slices.Grow(l.ends[:0], len(rows))[:len(rows)], slices.Grow(l.text[:0], len(rows)*lineLength)
	if len(rows) == 0 {
		return l, nil
	}
	id, plain, err := p.IDs()
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		if plain {
			l.text = append(l.text, `{"id":"`...)
			l.text = append(l.text, id(int(row))...)
			l.text = append(l.text, lineEnd...)
		} else {
			l.text = canon.AppendString(append(l.text, `{"id":`...), id(int(row)))
			l.text = append(l.text, lineEnd[1:]...)
		}
		l.ends[i] = int32(len(l.text))
	}
	return l, nil
}

// lineEnd is what follows an id, with the quote that ends it.
const lineEnd = `","type":"event"}` + "\n"

// release gives the memory back.
func (l *lines) release() {
	l.rows = nil
	room.Put(l)
}

// write hands the lines of rows, a part of those that l has, to a hash, neighbours in one piece.
func (l *lines) write(h hash.Hash, rows []int32) {
	if len(rows) == len(l.rows) {
		_, _ = h.Write(l.text)
		return
	}
	begin, end := int32(0), int32(0)
	at := 0
	for _, row := range rows {
		for l.rows[at] != row {
			at++
		}
		start := int32(0)
		if at > 0 {
			start = l.ends[at-1]
		}
		if start != end {
			_, _ = h.Write(l.text[begin:end])
			begin = start
		}
		end = l.ends[at]
	}
	_, _ = h.Write(l.text[begin:end])
}

// populations counts and hashes the populations of event checks. As long as those of several are the same, they are hashed once.
type populations struct{ shared []*sharedPopulation }

type sharedPopulation struct {
	checks []int
	count  int64
	sum    hash.Hash
}

func newPopulations(checks []int) *populations {
	return &populations{shared: []*sharedPopulation{{checks: checks, sum: sha256.New()}}}
}

// add takes in a part's events: for each check the rows in its population.
func (p *populations) add(l *lines, rows [][]int32) error {
	n := len(p.shared)
	for i := 0; i < n; i++ {
		if err := p.split(p.shared[i], rows); err != nil {
			return err
		}
	}
	for _, s := range p.shared {
		if len(s.checks) > 0 {
			of := rows[s.checks[0]]
			s.count += int64(len(of))
			if len(of) > 0 {
				l.write(s.sum, of)
			}
		}
	}
	return nil
}

// split keeps those checks together whose events are the same again.
func (p *populations) split(s *sharedPopulation, rows [][]int32) error {
	for len(s.checks) > 1 {
		of := rows[s.checks[0]]
		var other []int
		same := s.checks[:0:0]
		for _, c := range s.checks {
			if sameRows(rows[c], of) {
				same = append(same, c)
			} else {
				other = append(other, c)
			}
		}
		s.checks = same
		if len(other) == 0 {
			return nil
		}
		sum, err := s.sum.(hash.Cloner).Clone()
		if err != nil {
			return err
		}
		s = &sharedPopulation{checks: other, count: s.count, sum: sum}
		p.shared = append(p.shared, s)
	}
	return nil
}

// sameRows says whether two lists are equal, without a look where they are one.
func sameRows(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	return len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b)
}

// each calls fn with the population of every check.
func (p *populations) each(fn func(check int, of Population)) {
	for _, s := range p.shared {
		for _, c := range s.checks {
			fn(c, Population{Count: s.count, Digest: "sha256:" + hex.EncodeToString(s.sum.Sum(nil))})
		}
	}
}
