package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/policy"
)

// gate says why a check cannot be run: an input or a list that it reads is absent or stale. Empty: it can.
func (r *run) gate(c *policy.Check) []string {
	var reasons []string
	if c.ReadsSnap {
		reasons = append(reasons, r.snapshotGate(c)...)
	}
	if (c.Offered() || c.ReadsLog || c.ReadsEvents) && r.in.Log == nil {
		reasons = append(reasons, "no audit log was given")
	}
	if c.Reads == policy.ReadsChanges && r.in.Changes == nil {
		reasons = append(reasons, "no change records were given")
	}
	return reasons
}

func (r *run) snapshotGate(c *policy.Check) []string {
	if r.in.Snapshot == nil {
		return []string{"no configuration snapshot was given"}
	}
	var reasons []string
	if stale := r.stale(); stale != "" {
		reasons = append(reasons, stale)
	}
	var absent []string
	for _, list := range c.Lists {
		if !r.in.Snapshot.Has(list) {
			absent = append(absent, list)
		}
	}
	if len(absent) > 0 {
		reasons = append(reasons, fmt.Sprintf("the snapshot does not say %s (absent is not empty: give an empty list where there is none)", strings.Join(absent, ", ")))
	}
	return reasons
}

// stale says why the snapshot cannot speak for the evaluation's instant.
func (r *run) stale() string {
	captured := r.in.Snapshot.CapturedAt
	if captured.After(r.in.AsOf) {
		return fmt.Sprintf("the snapshot was captured at %s, after the instant of the evaluation, %s", clock.Format(captured), clock.Format(r.in.AsOf))
	}
	if age := r.in.Close().Sub(captured); age > r.maxAge {
		return fmt.Sprintf("the snapshot of %s is %s old at %s; at most %s is allowed", clock.Format(captured), age.Round(time.Second), clock.Format(r.in.Close()), clock.FormatDuration(r.maxAge))
	}
	return ""
}
