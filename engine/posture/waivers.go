package posture

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
)

// soon is how long before its end a waiver is reported as about to expire.
const soon = 14 * 24 * time.Hour

// Register applies the waivers of a library at an instant: the one place where a deviation is held against them.
type Register struct {
	asOf    time.Time
	entries []entry
}

type entry struct {
	waiver      mapping.Waiver
	state       mapping.State
	subjects    map[string]bool
	covers      int64
	retroactive int64
	lapsed      int64 // deviations it names without being valid
}

// NewRegister takes the waivers as they stand at an instant.
func NewRegister(waivers []mapping.Waiver, asOf time.Time) *Register {
	r := &Register{asOf: asOf}
	for _, w := range waivers {
		e := entry{waiver: w, state: w.State(asOf), subjects: map[string]bool{}}
		for _, id := range w.Subjects {
			e.subjects[id] = true
		}
		r.entries = append(r.entries, e)
	}
	slices.SortFunc(r.entries, func(a, b entry) int { return strings.Compare(a.waiver.ID, b.waiver.ID) })
	return r
}

// Waive marks a deviation that a valid waiver covers; a deviation of an operating check from before the approval stays one.
func (r *Register) Waive(c *policy.Check, d *check.Finding) {
	for i := range r.entries {
		e := &r.entries[i]
		if e.waiver.Check != c.ID || !e.subjects[d.ID] {
			continue
		}
		switch {
		case e.state != mapping.Valid:
			e.lapsed++
			d.Note = fmt.Sprintf("waiver %s names it but is %s at %s", e.waiver.ID, e.state, clock.Format(r.asOf))
		case c.Nature == "operating" && d.At != "" && before(d.At, e.waiver.ApprovedAt):
			e.retroactive++
			d.Note = fmt.Sprintf("retroactive: waiver %s was approved at %s, after the deviation", e.waiver.ID, clock.Format(e.waiver.ApprovedAt))
		default:
			e.covers++
			d.Waiver, d.Note = e.waiver.ID, ""
			return
		}
	}
}

// before says whether a deviation's time lies before the approval; a time that cannot be read counts as before.
func before(at string, approved time.Time) bool {
	t, err := clock.Parse(at)
	return err != nil || t.Before(approved)
}

// Report says of each waiver what became of it. Only waivers of the checks that ran can be called unused.
func (r *Register) Report(ran map[string]bool, commits map[string]time.Time) []Waiver {
	out := []Waiver{}
	for i := range r.entries {
		e := &r.entries[i]
		w := Waiver{ID: e.waiver.ID, Check: e.waiver.Check, State: string(e.state), Until: clock.Format(e.waiver.Until), Covers: e.covers}
		say := func(format string, args ...any) { w.Reports = append(w.Reports, fmt.Sprintf(format, args...)) }
		switch {
		case e.state == mapping.Expired:
			say("expired at %s; %d deviations that it names are not waived", clock.Format(e.waiver.Until), e.lapsed)
		case e.state == mapping.TooLong:
			say("runs longer than 90 days, so it is not valid; %d deviations that it names are not waived", e.lapsed)
		case e.state != mapping.Valid:
			say("%s; %d deviations that it names are not waived", e.state, e.lapsed)
		case e.waiver.Until.Sub(r.asOf) <= soon:
			say("expires soon, at %s", clock.Format(e.waiver.Until))
		}
		if e.retroactive > 0 {
			say("retroactive for %d deviations from before its approval at %s", e.retroactive, clock.Format(e.waiver.ApprovedAt))
		}
		if e.state == mapping.Valid && e.covers+e.retroactive == 0 && ran[e.waiver.Check] {
			say("unused: no deviation matches it; remove it")
		}
		if commit, ok := commits[e.waiver.ID]; ok && e.waiver.ApprovedAt.Before(commit) {
			say("backdated: approved_at %s is earlier than the commit that brought the entry, %s", clock.Format(e.waiver.ApprovedAt), clock.Format(commit))
		}
		out = append(out, w)
	}
	return out
}
