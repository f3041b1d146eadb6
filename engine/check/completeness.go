package check

import (
	"fmt"
	"maps"
	"path"
	"slices"

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
	declared    bool
	events      int64
	gaps        int64 // missing numbers' ranges
	conflicts   int64
	unsequenced int64
	expected    int64 // -1: unknown
}

// sources joins the log's statistics with what the snapshot declares.
func (r *run) sources() []logSource {
	byID := map[string]*logSource{}
	at := func(id string) *logSource {
		if byID[id] == nil {
			byID[id] = &logSource{id: id, expected: -1}
		}
		return byID[id]
	}
	for _, s := range r.stats.Sources {
		one := at(s.ID)
		one.events += s.Events
		one.gaps += s.GapCount
		one.conflicts += s.ConflictCount
		one.unsequenced += s.Unsequenced
	}
	if r.in.Snapshot != nil && r.stale() == "" {
		if declared := r.in.Snapshot.Value.Get("sources"); declared != nil {
			for i := range declared.Items {
				item := &declared.Items[i]
				one := at(text(item.Get("id")))
				one.declared, one.kind, one.expected = true, text(item.Get("kind")), emitted(item, r.in.Period)
			}
		}
	}
	out := make([]logSource, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		out = append(out, *byID[id])
	}
	return out
}

// emitted is the number of events that a source says it emitted in exactly the period, -1 where it does not say.
func emitted(source *canon.Value, period clock.Period) int64 {
	if n, ok := integer(source.Get("events_emitted")); ok {
		counted := source.Get("counted")
		if counted == nil || (sameInstant(counted.Get("from"), period.From.UnixNano()) && sameInstant(counted.Get("to"), period.To.UnixNano())) {
			return n
		}
	}
	counters := source.Get("counters")
	if counters == nil || len(counters.Items) == 0 {
		return -1
	}
	type span struct{ from, to, events int64 }
	var spans []span
	for i := range counters.Items {
		c := &counters.Items[i]
		from, err1 := clock.Parse(text(c.Get("from")))
		to, err2 := clock.Parse(text(c.Get("to")))
		events, ok := integer(c.Get("events"))
		if err1 != nil || err2 != nil || !ok {
			return -1
		}
		spans = append(spans, span{from.UnixNano(), to.UnixNano(), events})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	at, total := period.From.UnixNano(), int64(0)
	for _, s := range spans {
		if s.from != at || s.to <= s.from {
			return -1
		}
		at, total = s.to, total+s.events
	}
	if at != period.To.UnixNano() {
		return -1
	}
	return total
}

func sameInstant(v *canon.Value, ns int64) bool {
	at, err := clock.Parse(text(v))
	return err == nil && at.UnixNano() == ns
}

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
		switch {
		case s.expected >= 0 && s.expected != s.events:
			broken("source %s: %d events in the log, %d emitted", s.id, s.events, s.expected)
		case s.expected < 0 || s.unsequenced > 0 && s.id == noSource:
			uncounted = append(uncounted, s.id)
		}
	}
	if out.state == Proven && (len(uncounted) > 0 || len(sources) == 0) {
		out.state = Unproven
	}
	return out
}

// noSource stands for events that do not say where they come from.
const noSource = "-"
