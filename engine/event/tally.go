package event

import "hash/maphash"

// Tally counts how often contents came, in at most 24 bytes for each. Make one with NewTally.
type Tally struct {
	seed   maphash.Seed
	counts table
}

// NewTally is an empty tally. What it knows contents by is keyed anew, so that nobody can make two that are taken for one.
func NewTally() *Tally { return &Tally{seed: maphash.MakeSeed()} }

// Count counts the content with a hash once more and says how often it has come by now.
func (t *Tally) Count(hash [32]byte) uint64 {
	count, _ := t.counts.at(maphash.Bytes(t.seed, hash[:]), 0)
	*count++
	return *count
}
