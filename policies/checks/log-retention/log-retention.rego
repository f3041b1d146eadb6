# METADATA
# title: Records are kept as long as they must be
# description: >-
#   Each class of records must be configured to be kept at least as long as required, and its oldest record that can still be
#   retrieved must show it: it must reach back over the required time, or to the first record there ever was. A setting
#   alone does not show that nothing was deleted early.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: log-retention
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [retention of the configuration snapshot]
package kt.checks.log_retention

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(r) if some r in input.snapshot.retention

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.retention
	faults := _short(r) | _lost(r)
	count(faults) > 0
	reason := sprintf("%s.", [concat("; ", faults)])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.retention
	missing := {field | some field in ["required", "configured", "oldest_event_at"]; not r[field]} | _first(r)
	count(missing) > 0
	reason := sprintf("It has no %s, so whether its records are kept long enough is unknown: record it.", [concat(", ", missing)])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.retention
	_disordered(r)
	reason := "Its oldest record lies in the future, or before the first one: correct the times."
}

_short(r) := {sprintf("It is kept for %s, and must be for %s: raise the setting", [r.configured, r.required]) |
	clock.duration(r.configured) < clock.duration(r.required)
}

_lost(r) := {sprintf("Its oldest record is of %s, and it must reach back to %s: find out what deleted the others, and restore them", [r.oldest_event_at, clock.text(floor)]) |
	floor := max([clock.now - clock.duration(r.required), clock.instant(r.first_event_at)])
	clock.instant(r.oldest_event_at) > floor + _slack
}

# When the first record was made matters as long as the oldest is younger than required.
_first(r) := {"first_event_at" |
	not r.first_event_at
	clock.instant(r.oldest_event_at) > (clock.now - clock.duration(r.required)) + _slack
}

_disordered(r) if clock.instant(r.oldest_event_at) > clock.now

_disordered(r) if clock.instant(r.oldest_event_at) < clock.instant(r.first_event_at)

_slack := clock.duration(thresholds.log_retention.slack)

_subject(r) := {"type": "retention", "id": r.id}
