package check

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/policy"
)

// completeness is what is known of the sources that a check could have seen something from.
type completeness struct {
	state   string
	reasons []string
}

// logSource is one event source over all its epochs in the period.
type logSource struct {
	id, kind    string
	events      int64
	gaps        int64 // missing numbers' ranges
	conflicts   int64
	unsequenced int64
	expected    []int64 // what it says it emitted; empty: unknown
}

// sources joins the log's statistics with what the snapshot declares.
func (r *run) sources() []logSource {
	byID := map[string]*logSource{}
	source := func(id string) *logSource {
		if byID[id] == nil {
			byID[id] = &logSource{id: id}
		}
		return byID[id]
	}
	for _, s := range r.stats.Sources {
		one := source(s.ID)
		one.events += s.Events
		one.gaps += s.GapCount
		one.conflicts += s.ConflictCount
		one.unsequenced += s.Unsequenced
	}
	if r.in.Snapshot != nil && r.stale() == "" {
		if declared := r.in.Snapshot.Value.Get("sources"); declared != nil {
			for i := range declared.Items {
				item := &declared.Items[i]
				one := source(text(item.Get("id")))
				one.kind, one.expected = text(item.Get("kind")), emitted(item, r.in.Period, r.in.Close())
			}
		}
	}
	out := make([]logSource, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		out = append(out, *byID[id])
	}
	return out
}

// emitted are the numbers of events that a source says it emitted in the period, or in what of it has passed: one of all together, one
// of counters that adjoin. Empty where it does not say; a count for another window is none.
func emitted(source *canon.Value, period clock.Period, end time.Time) []int64 {
	var out []int64
	if n, ok := integer(source.Get("events_emitted")); ok {
		counted := source.Get("counted")
		if counted == nil || at(counted.Get("from"), period.From) && (at(counted.Get("to"), period.To) || at(counted.Get("to"), end)) {
			out = append(out, n)
		}
	}
	if n, ok := tiled(source.Get("counters"), period, end); ok {
		out = append(out, n)
	}
	return out
}

// tiled sums counters that cover the period exactly, each beginning where the one before ends.
func tiled(counters *canon.Value, period clock.Period, end time.Time) (total int64, ok bool) {
	if counters == nil || len(counters.Items) == 0 {
		return 0, false
	}
	items := slices.Clone(counters.Items)
	slices.SortFunc(items, func(a, b canon.Value) int { return instant(a.Get("from")).Compare(instant(b.Get("from"))) })
	next := period.From
	for i := range items {
		from, to := instant(items[i].Get("from")), instant(items[i].Get("to"))
		n, counted := integer(items[i].Get("events"))
		if !counted || !from.Equal(next) || !from.Before(to) {
			return 0, false
		}
		next, total = to, total+n
	}
	return total, next.Equal(period.To) || next.Equal(end)
}

// instant is a time, or the zero time where there is none.
func instant(v *canon.Value) time.Time {
	t, err := clock.Parse(text(v))
	if err != nil {
		return time.Time{}
	}
	return t
}

func at(v *canon.Value, t time.Time) bool { return instant(v).Equal(t) }

func integer(v *canon.Value) (int64, bool) {
	if v == nil || v.Kind != canon.Number {
		return 0, false
	}
	var n int64
	if _, err := fmt.Sscanf(v.Text, "%d", &n); err != nil || fmt.Sprint(n) != v.Text {
		return 0, false
	}
	return n, true
}

// relevant are the sources that a check could have seen something from: those it names by id or kind; all, where it names none
// or where none of its names is known.
func relevant(c *policy.Check, sources []logSource) []logSource {
	var out []logSource
	for _, s := range sources {
		if slices.ContainsFunc(c.Sources, func(name string) bool { return matches(name, s.id) || matches(name, s.kind) }) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return sources
	}
	return out
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok && name != ""
}

// completenessOf says whether anything is missing that a check could have seen.
func (r *run) completenessOf(c *policy.Check) completeness {
	out := completeness{state: Proven}
	broken := func(format string, args ...any) {
		out.state = Broken
		out.reasons = append(out.reasons, fmt.Sprintf(format, args...))
	}
	if lost := r.in.Log.Lost(); lost != "" {
		broken("%s", lost)
	}
	if r.stats.Refused > 0 {
		broken("%d lines of the log were refused: what they said could have been a deviation", r.stats.Refused)
	}
	sources := relevant(c, r.logSources)
	var uncounted []string
	for _, s := range sources {
		if s.gaps > 0 {
			broken("source %s: %d gaps in its sequence numbers: what is missing could have been a deviation", s.id, s.gaps)
		}
		if s.conflicts > 0 {
			broken("source %s: %d events repeat a number or an id with other content", s.id, s.conflicts)
		}
		for _, n := range s.expected {
			if n != s.events {
				broken("source %s: %d events in the log, %d emitted", s.id, s.events, n)
			}
		}
		if len(s.expected) == 0 || s.unsequenced > 0 {
			uncounted = append(uncounted, s.id)
		}
	}
	if out.state == Proven && (len(uncounted) > 0 || len(sources) == 0) {
		out.state = Unproven
	}
	return out
}
