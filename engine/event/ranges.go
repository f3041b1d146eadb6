package event

import (
	"slices"
	"sort"
)

// span is a run of numbers, both ends included.
type span struct{ from, to int64 }

// rangeSet is a set of numbers from 0, kept as runs in order. A log whose numbers come more or less in order needs a few of them, and
// adding the next number touches only the last. The runs lie in blocks, so that numbers in any order stay cheap too.
type rangeSet struct{ blocks [][]span }

const blockSize = 512 // spans

// add puts n into the set and says whether it was not there before.
func (s *rangeSet) add(n int64) bool {
	if len(s.blocks) == 0 {
		s.blocks = append(s.blocks, []span{{n, n}})
		return true
	}
	b := len(s.blocks) - 1
	last := &s.blocks[b][len(s.blocks[b])-1]
	if n-1 == last.to {
		last.to = n
		return true
	}
	if n < last.from {
		b = s.block(n)
	}
	block := s.blocks[b]
	i := position(block, n)
	if i >= 0 && n <= block[i].to {
		return false
	}
	joinsBefore := i >= 0 && block[i].to == n-1
	next := s.after(b, i)
	joinsAfter := next != nil && next.from-1 == n
	switch {
	case joinsBefore && joinsAfter:
		block[i].to = next.to
		s.removeAfter(b, i)
	case joinsBefore:
		block[i].to = n
	case joinsAfter:
		next.from = n
	default:
		s.insert(b, i+1, span{n, n})
	}
	return true
}

// block finds the block whose runs surround n: the last that begins at or before it, else the first.
func (s *rangeSet) block(n int64) int {
	b := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i][0].from > n })
	return max(b-1, 0)
}

// position finds the last run of a block that begins at or before n, -1: none.
func position(block []span, n int64) int {
	return sort.Search(len(block), func(i int) bool { return block[i].from > n }) - 1
}

// after is the run that follows run i of block b; nil: none.
func (s *rangeSet) after(b, i int) *span {
	if i+1 < len(s.blocks[b]) {
		return &s.blocks[b][i+1]
	}
	if b+1 < len(s.blocks) {
		return &s.blocks[b+1][0]
	}
	return nil
}

func (s *rangeSet) removeAfter(b, i int) {
	if i+1 == len(s.blocks[b]) {
		b, i = b+1, -1
	}
	s.blocks[b] = slices.Delete(s.blocks[b], i+1, i+2)
	if len(s.blocks[b]) == 0 {
		s.blocks = slices.Delete(s.blocks, b, b+1)
	}
}

func (s *rangeSet) insert(b, i int, one span) {
	s.blocks[b] = slices.Insert(s.blocks[b], i, one)
	if n := len(s.blocks[b]); n > blockSize {
		half := n / 2
		if b == len(s.blocks)-1 && i == n-1 {
			half = n - 1 // numbers that come in order leave full blocks behind
		}
		right := append(make([]span, 0, blockSize+1), s.blocks[b][half:]...)
		s.blocks[b] = s.blocks[b][:half]
		s.blocks = slices.Insert(s.blocks, b+1, right)
	}
}

// contains says whether n is in the set.
func (s *rangeSet) contains(n int64) bool {
	if len(s.blocks) == 0 {
		return false
	}
	block := s.blocks[s.block(n)]
	i := position(block, n)
	return i >= 0 && n <= block[i].to
}

// each calls fn with every run, in order, until it returns false.
func (s *rangeSet) each(fn func(span) bool) {
	for _, block := range s.blocks {
		for _, one := range block {
			if !fn(one) {
				return
			}
		}
	}
}

// gaps lists the runs of numbers between two numbers of the set that are not in it, at most limit of them, and counts all.
func (s *rangeSet) gaps(first, last int64, limit int) (listed []Gap, count int64) {
	listed = []Gap{}
	previous := int64(-1)
	s.each(func(one span) bool {
		if one.to < first {
			return true
		}
		if one.from > first && previous >= 0 {
			count++
			if len(listed) < limit {
				listed = append(listed, Gap{From: previous + 1, To: one.from - 1})
			}
		}
		previous = one.to
		return one.to < last
	})
	return listed, count
}

// appendSpan adds a run that begins after all others.
func (s *rangeSet) appendSpan(one span) {
	if b := len(s.blocks) - 1; b >= 0 && len(s.blocks[b]) < blockSize {
		s.blocks[b] = append(s.blocks[b], one)
		return
	}
	s.blocks = append(s.blocks, append(make([]span, 0, blockSize), one))
}
