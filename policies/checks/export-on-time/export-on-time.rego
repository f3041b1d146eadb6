# METADATA
# title: Scheduled exports are delivered on time
# description: >-
#   Each calendar period of each export schedule, in the schedule's time zone, that fell due (period end plus grace) in the
#   evaluated period must have a completed, verified export of exactly that period, delivered before the due time. An
#   export of fewer or other days, an unverified or a late one does not count: it leaves the auditor without that evidence.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: export-on-time
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [schedules and exports of the configuration snapshot, delivery receipts]
package kt.checks.export_on_time

import data.kt.lib.calendar
import data.kt.lib.clock

population contains i.subject if some i in _instances

deviation contains {"subject": i.subject, "at": time.format(i.due), "reason": reason} if {
	some i in _instances
	not i.key in _on_time
	reason := sprintf(
		"No completed and verified export of the period from %s to %s was delivered before %s%s",
		[i.subject.period.from, i.subject.period.to, time.format(i.due), _remedy(i.key)],
	)
}

unknown contains {"subject": {"type": "schedule", "id": s.id}, "reason": reason} if {
	some s in input.snapshot.schedules
	not _known(s)
	reason := concat("", [
		"The schedule needs every (daily, weekly, monthly, quarterly or yearly), timezone (an IANA name) and grace ",
		"(such as 72h), or its exports have no due time: record them.",
	])
}

_remedy(key) := ", though there are exports of it: see why they failed, were not verified or came late." if key in _attempted

_remedy(key) := ": make an export of exactly that period." if not key in _attempted

_known(s) if {
	s.every in calendar.cadences
	calendar.known_zone(s.timezone)
	clock.duration(s.grace)
}

# Each schedule's calendar periods that fell due in the period, and not after now.
_instances := {instance |
	some s in input.snapshot.schedules
	_known(s)
	grace := clock.duration(s.grace)
	some p in calendar.periods(s.every, s.timezone, clock.from - grace, min([clock.to, clock.now + 1]) - grace)
	not _before_creation(s, p)
	instance := {
		"key": [s.id, p.from, p.to],
		"due": p.to + grace,
		"subject": {"type": "schedule", "id": s.id, "period": {"from": time.format(p.from), "to": time.format(p.to)}},
	}
}

_before_creation(s, p) if p.from < clock.instant(s.created_at)

_grace := {s.id: grace |
	some s in input.snapshot.schedules
	grace := clock.duration(s.grace)
}

# The schedule and period of every export, and of those that are complete, verified and in time.
_attempted := {_key(e) | some e in input.snapshot.exports}

_on_time := {_key(e) |
	some e in input.snapshot.exports
	e.status == "completed"
	e.verified == true
	clock.instant(e.delivered_at) < clock.instant(e.period.to) + _grace[e.schedule]
}

_key(e) := [e.schedule, clock.instant(e.period.from), clock.instant(e.period.to)]
