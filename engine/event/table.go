package event

import "math/bits"

// table maps 64-bit keys to 64-bit values in at most 24 bytes an entry. It is open addressing with the entries of a shard in the order
// of their keys: an entry stands at the place that its key points to, or a little after. Shards are between 0.68 and 0.9 full and grow
// by a third, one at a time, so that growing needs little memory besides.
//
// Keys must be evenly distributed hashes. Two things with one key cannot be told apart: among n things that happens with a probability
// of about n² / 2^65, three in a million for ten million.
type table struct {
	shards [tableShards]shard
	count  int
}

const (
	tableShards = 64
	tableSlack  = 64 // places after the last to which a key can point
	firstPlaces = 8
)

type shard struct {
	slots  []slot // places + slack
	places uint64 // to which keys point
	used   int
}

// slot holds an entry; key 0 marks a free one.
type slot struct{ key, value uint64 }

// at returns the value of key, and puts value there where there is none. The pointer is valid until the next call.
func (t *table) at(key, value uint64) (v *uint64, added bool) {
	if key == 0 {
		key = 1
	}
	s := &t.shards[key%tableShards]
	if i := s.find(key); i < len(s.slots) && s.slots[i].key == key {
		return &s.slots[i].value, false
	}
	if float64(s.used+1) > 0.9*float64(s.places) {
		s.grow()
	}
	i := s.find(key)
	s.insert(i, slot{key, value})
	t.count++
	return &s.slots[i].value, true
}

// home is the place that a key points to; it grows with the key.
func (s *shard) home(key uint64) int {
	high, _ := bits.Mul64(key, s.places)
	return int(high)
}

// find returns where key stands, or where it belongs.
func (s *shard) find(key uint64) int {
	i := s.home(key)
	for i < len(s.slots) && s.slots[i].key != 0 && s.slots[i].key < key {
		i++
	}
	return i
}

// insert puts an entry at i and moves what stands there and after it to the next free slot.
func (s *shard) insert(i int, one slot) {
	free := i
	for free < len(s.slots) && s.slots[free].key != 0 {
		free++
	}
	if free == len(s.slots) {
		s.slots = append(s.slots, make([]slot, tableSlack)...)
	}
	copy(s.slots[i+1:free+1], s.slots[i:free])
	s.slots[i] = one
	s.used++
}

// grow makes the shard a third larger.
func (s *shard) grow() {
	old := s.slots
	s.places = max(firstPlaces, s.places+s.places/3)
	s.slots = make([]slot, int(s.places)+tableSlack)
	next := 0
	for _, one := range old {
		if one.key == 0 {
			continue
		}
		i := max(next, s.home(one.key))
		if i == len(s.slots) {
			s.slots = append(s.slots, make([]slot, tableSlack)...)
		}
		s.slots[i] = one
		next = i + 1
	}
}
