# METADATA
# title: The clocks of the sources agree
# description: >-
#   The times that each source gives its events may differ from the times of ingestion by no more than the tolerance, in the median and
#   for nearly all events, and this must have been measured lately. Events whose times are wrong cannot be put in order, and
#   fall into the wrong period.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: clock
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [sources of the configuration snapshot with their clocks]
package kt.checks.clock

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(s) if some s in input.snapshot.sources

deviation contains {"subject": _subject(s), "reason": reason} if {
	some s in input.snapshot.sources
	_measured(s)
	faults := {fault |
		some measure in ["median", "p99"]
		skew := abs(s.clock[sprintf("%s_ms", [measure])])
		skew * 1000000 > clock.duration(thresholds.clock_skew[measure])
		fault := sprintf("%s %v ms (at most %s)", [measure, skew, thresholds.clock_skew[measure]])
	}
	count(faults) > 0
	reason := sprintf("Its clock is off, %s: synchronise it.", [concat(", ", faults)])
}

unknown contains {"subject": _subject(s), "reason": reason} if {
	some s in input.snapshot.sources
	missing := {field | some field in ["median_ms", "p99_ms", "measured_at"]; object.get(s, ["clock", field], null) == null}
	count(missing) > 0
	reason := sprintf("Nothing says how well its clock runs, for want of clock.%s: measure it.", [concat(", clock.", missing)])
}

unknown contains {"subject": _subject(s), "reason": reason} if {
	some s in input.snapshot.sources
	s.clock.measured_at
	not _measured(s)
	reason := sprintf("Its clock was measured at %s, which is too long ago or still to come: measure it at least every %s.", [s.clock.measured_at, thresholds.clock_skew.measured])
}

# Measured lately enough to speak for the end of the period, and not in the future.
_measured(s) if {
	at := clock.instant(s.clock.measured_at)
	at >= clock.close - clock.duration(thresholds.clock_skew.measured)
	at <= clock.now
}

_subject(s) := {"type": "source", "id": s.id}
