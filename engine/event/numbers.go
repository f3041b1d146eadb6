package event

// Numbers is a set of sequence numbers, kept as runs: a log whose numbers come more or less in order costs a few. The zero Numbers is empty.
type Numbers struct{ set rangeSet }

// Add puts n into the set and says whether it was not there before.
func (n *Numbers) Add(number int64) bool { return n.set.add(number) }

// AddRun puts a run that begins after all others into the set; both ends are included.
func (n *Numbers) AddRun(from, to int64) { n.set.appendSpan(span{from, to}) }

// Contains says whether a number is in the set.
func (n *Numbers) Contains(number int64) bool { return n.set.contains(number) }

// Runs calls fn with every run, in order, until it returns false.
func (n *Numbers) Runs(fn func(from, to int64) bool) {
	n.set.each(func(s span) bool { return fn(s.from, s.to) })
}

// SourceCount is what was counted of one run of a source in a window.
type SourceCount struct {
	ID, Epoch   string // ID is "-" of events that name no source
	Events      int64
	Unsequenced int64
	First, Last int64 // numbers in the window; First > Last: none
	// Seen is every number of the run, in or out of the window.
	Seen *Numbers
	// Between says between which instants the events lie, in RFC 3339; "" without events.
	FirstAt, LastAt string
	// Conflicts are all, of which the lowest are listed.
	Conflicts []Conflict
}

// NewStatistics is what the log holds for a window, from the counts of its sources, sorted by id and epoch. Sources without events and
// conflicts are left out.
func NewStatistics(refused int64, counts []SourceCount) Statistics {
	out := Statistics{Refused: refused, Sources: []SourceStatistics{}}
	for i := range counts {
		c := &counts[i]
		out.Events += c.Events
		if c.Events == 0 && len(c.Conflicts) == 0 {
			continue
		}
		var kept conflicts
		for _, one := range c.Conflicts {
			kept.add(one)
		}
		one := SourceStatistics{ID: c.ID, Epoch: c.Epoch, Events: c.Events, FirstAt: c.FirstAt, LastAt: c.LastAt, Gaps: []Gap{}, Unsequenced: c.Unsequenced,
			Conflicts: append([]Conflict{}, kept.listed...), ConflictCount: kept.count}
		if c.First <= c.Last {
			first, last := c.First, c.Last
			one.FirstSequence, one.LastSequence = &first, &last
			one.Gaps, one.GapCount = c.Seen.set.gaps(first, last, MaxListed)
		}
		out.Sources = append(out.Sources, one)
	}
	return out
}
