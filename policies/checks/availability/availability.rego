# METADATA
# title: Gateways were available as promised
# description: >-
#   Every measured period that ended in the evaluated period must reach its objective. Minutes without data count as neither up
#   nor down: where they decide, the verdict is unknown. The minutes must cover the whole measured period, so that none is
#   left out, and every gateway in service must be measured.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: availability
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [gateways and slis of the configuration snapshot, health observations]
package kt.checks.availability

import data.kt.lib.clock
import data.kt.lib.gateway

population contains _subject(s) if {
	some s in input.snapshot.slis
	_ended(s)
}

deviation contains {"subject": _subject(s), "at": s.period.to, "reason": reason} if {
	some s in input.snapshot.slis
	_ended(s)
	not _doubt(s)
	_scaled(s.minutes_up + s.minutes_unknown) < _needed(s)
	reason := sprintf("It was up in %d of %d minutes and short of its objective of %v: find and mend the cause.", [
		s.minutes_up,
		s.minutes_total,
		s.objective,
	])
}

unknown contains {"subject": _subject(s), "reason": _doubt(s)} if some s in input.snapshot.slis

unknown contains {"subject": _subject(s), "reason": reason} if {
	some s in input.snapshot.slis
	_ended(s)
	_scaled(s.minutes_up) < _needed(s)
	reason := sprintf("%d minutes without health data decide whether it reached its objective: bring them in.", [s.minutes_unknown])
}

unknown contains {"subject": {"type": "gateway", "id": g.id}, "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	not g.id in _measured
	reason := "It is in service, and nothing measures its availability: measure it."
}

_doubt(s) := "It has no period with from before to: record the measured period." if {
	not _has_period(s)
} else := sprintf("It has no %s: record it.", [concat(", ", _missing(s))]) if {
	_ended(s)
	count(_missing(s)) > 0
} else := "Its minutes_total is not the length of its period: count every minute, those without data as unknown." if {
	_ended(s)
	s.minutes_total * 60000000000 != clock.instant(s.period.to) - clock.instant(s.period.from)
} else := "It counts more minutes up and unknown than there are: correct them." if {
	_ended(s)
	s.minutes_up + s.minutes_unknown > s.minutes_total
}

_has_period(s) if clock.instant(s.period.from) < clock.instant(s.period.to)

_missing(s) := [field |
	some field in ["gateway", "objective", "minutes_total", "minutes_up", "minutes_unknown"]
	object.get(s, field, "") == ""
]

_ended(s) if {
	end := clock.instant(s.period.to)
	end > clock.from
	end <= clock.close
}

# The minutes that must be up, and minutes to hold against them: in thousand millionths, so that no rounding decides.
_needed(s) := round(s.objective * 1000000000) * s.minutes_total

_scaled(minutes) := minutes * 1000000000

_measured := {s.gateway | some s in input.snapshot.slis}

_subject(s) := {"type": "sli", "id": s.id}
