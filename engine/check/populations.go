package check

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"

	"github.com/keeptrusts/kt/engine/canon"
)

// lines are the subjects of some events of a part as canonical lines, one after the other.
type lines struct {
	rows []int32
	ends []int32
	text []byte
}

// linesOf writes the subjects of events, whose rows ascend.
func linesOf(p Part, rows []int32) (*lines, error) {
	l := &lines{rows: rows, ends: make([]int32, len(rows)), text: make([]byte, 0, len(rows)*64)}
	var id []byte
	for i, row := range rows {
		var err error
		if id, err = p.AppendID(id[:0], int(row)); err != nil {
			return nil, err
		}
		l.text = append(l.text, `{"id":`...)
		l.text = canon.AppendString(l.text, string(id))
		l.text = append(l.text, `,"type":"event"}`...)
		l.text = append(l.text, '\n')
		l.ends[i] = int32(len(l.text))
	}
	return l, nil
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
			if slices.Equal(rows[c], of) {
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

// each calls fn with the population of every check.
func (p *populations) each(fn func(check int, of Population)) {
	for _, s := range p.shared {
		for _, c := range s.checks {
			fn(c, Population{Count: s.count, Digest: "sha256:" + hex.EncodeToString(s.sum.Sum(nil))})
		}
	}
}
