package event

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

// MaxListed is how many gaps and conflicts of a source, and how many refusals of an input are listed. Totals are exact.
const MaxListed = 1000

// Statistics is what the log holds for the window: input.log of a check, schemas/log.json.
type Statistics struct {
	Events  int64              `json:"events"`  // distinct ones in the window
	Refused int64              `json:"refused"` // lines, in or out of the window
	Sources []SourceStatistics `json:"sources"` // those with events or conflicts in the window, by id and epoch
}

// SourceStatistics is one run of a source in the window.
type SourceStatistics struct {
	ID            string     `json:"id"` // "-" of events that name no source
	Epoch         string     `json:"epoch"`
	Events        int64      `json:"events"`
	FirstSequence *int64     `json:"first_sequence,omitempty"` // lowest; nil where no event has a number
	LastSequence  *int64     `json:"last_sequence,omitempty"`  // highest
	FirstAt       string     `json:"first_at,omitempty"`       // earliest, RFC 3339 in UTC
	LastAt        string     `json:"last_at,omitempty"`        // latest
	Conflicts     []Conflict `json:"conflicts"`                // at most MaxListed, numbers first, in order
	ConflictCount int64      `json:"conflict_count"`
	Gaps          []Gap      `json:"gaps"` // at most MaxListed, in order
	GapCount      int64      `json:"gap_count"`
	Unsequenced   int64      `json:"unsequenced"` // events without source or without number
}

// Conflict is a number or an id under which other bytes than the first were found.
type Conflict struct {
	Sequence *int64 `json:"sequence,omitempty"`
	ID       string `json:"id,omitempty"`
}

// Gap is a run of numbers that stand nowhere in the log, both ends included.
type Gap struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Value is the document as Rego sees it.
func (s *Statistics) Value() (canon.Value, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return canon.Value{}, err
	}
	return canon.Parse(data)
}

func (k *identities) statistics(refused int64) Statistics {
	out := Statistics{Events: k.accepted, Refused: refused, Sources: []SourceStatistics{}}
	for _, s := range k.sorted() {
		if s.events == 0 && s.conflicts.count == 0 {
			continue
		}
		one := SourceStatistics{ID: s.id, Epoch: s.epoch, Events: s.events,
			Conflicts: append([]Conflict{}, s.conflicts.listed...), ConflictCount: s.conflicts.count, Gaps: []Gap{}, Unsequenced: s.unsequenced}
		if s.events > 0 {
			one.FirstAt, one.LastAt = clock.Format(s.from), clock.Format(s.to)
		}
		if s.first <= s.last {
			first, last := s.first, s.last
			one.FirstSequence, one.LastSequence = &first, &last
			one.Gaps, one.GapCount = s.seen.gaps(first, last, MaxListed)
		}
		out.Sources = append(out.Sources, one)
	}
	return out
}

// conflicts counts, and keeps the lowest in order.
type conflicts struct {
	count  int64
	listed []Conflict
}

func (c *conflicts) add(one Conflict) {
	c.count++
	i, _ := slices.BinarySearchFunc(c.listed, one, compareConflicts)
	if i == MaxListed {
		return
	}
	if one.Sequence != nil {
		n := *one.Sequence
		one.Sequence = &n
	}
	c.listed = slices.Insert(c.listed, i, one)
	c.listed = c.listed[:min(len(c.listed), MaxListed)]
}

// compareConflicts puts numbers before ids.
func compareConflicts(a, b Conflict) int {
	switch {
	case a.Sequence != nil && b.Sequence != nil:
		return cmp.Compare(*a.Sequence, *b.Sequence)
	case a.Sequence != nil:
		return -1
	case b.Sequence != nil:
		return 1
	}
	return strings.Compare(a.ID, b.ID)
}

func (k sourceKey) compare(o sourceKey) int {
	return cmp.Or(strings.Compare(k.id, o.id), strings.Compare(k.epoch, o.epoch))
}
