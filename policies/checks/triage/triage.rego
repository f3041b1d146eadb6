# METADATA
# title: Escalations are acknowledged in time, graded, and not played down
# description: >-
#   Every escalation whose time to answer ended in the period, or that nobody has answered, must have been acknowledged (or
#   resolved at once) within the limit of its severity, and must have a severity soon after its creation. Whoever lowers a
#   severity must say why: a lower one buys time.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
#   - input.events: schema.events
# custom:
#   id: triage
#   severity: high
#   nature: operating
#   reads: events
#   evidence: [escalations of the configuration snapshot, escalation.downgrade events]
package kt.checks.triage

import data.kt.lib.clock
import data.kt.thresholds

selected if input.event.action == "escalation.downgrade"

population contains {"type": "event", "id": e.id} if some e in input.events

population contains _subject(e) if {
	some e in input.snapshot.escalations
	_concerns(e)
}

deviation contains {"subject": {"type": "event", "id": e.id}, "at": e.timestamp, "reason": reason} if {
	some e in input.events
	not _explained(e)
	reason := sprintf("The severity of %s was lowered without a reason: say why, or restore it.", [e.resource.id])
}

deviation contains {"subject": _subject(e), "at": time.format(_due(e)), "reason": reason} if {
	some e in input.snapshot.escalations
	_concerns(e)
	e.severity
	_late(e)
	reason := sprintf("It was not acknowledged by %s, as one of severity %s must be: %s", [
		time.format(_due(e)),
		e.severity,
		"have somebody take it, and see why nobody did.",
	])
}

deviation contains {"subject": _subject(e), "at": time.format(_due(e)), "reason": reason} if {
	some e in input.snapshot.escalations
	_concerns(e)
	not e.severity
	clock.now > _due(e)
	reason := sprintf("It still had no severity at %s: grade it.", [time.format(_due(e))])
}

unknown contains {"subject": _subject(e), "reason": _doubt(e)} if some e in input.snapshot.escalations

_doubt(e) := "It has no created_at: record when it was created." if {
	not e.created_at
} else := "It is resolved or without status, and nothing says when it was answered: record status and acknowledged_at." if {
	object.get(e, "status", "resolved") == "resolved"
	not _answered(e)
} else := "It has no severity yet, so nothing says how soon it had to be answered: grade it." if {
	not e.severity
	_concerns(e)
} else := "It was created or acknowledged in the future, or acknowledged before it was created: correct its times." if {
	_disordered(e)
}

_explained(event) if {
	is_string(event.details.reason)
	trim_space(event.details.reason) != ""
}

_disordered(e) if clock.instant(e.created_at) > clock.now

_disordered(e) if _answered(e) > clock.now

_disordered(e) if _answered(e) < _start(e)

_late(e) if _answered(e) > _due(e)

_late(e) if {
	not _answered(e)
	e.status != "resolved"
	clock.now > _due(e)
}

# Its time to answer ended in the period, or nobody has answered it.
_concerns(e) if {
	_due(e) >= clock.from
	_due(e) < clock.to
}

_concerns(e) if {
	_start(e) < clock.close
	not _answered(e)
}

_start(e) := min([clock.instant(e.created_at), clock.instant(object.get(e, "detected_at", e.created_at))])

_due(e) := _start(e) + clock.duration(thresholds.triage.acknowledge[e.severity])

_due(e) := _start(e) + clock.duration(thresholds.triage.severity) if not e.severity

_answered(e) := clock.instant(e.acknowledged_at)

_answered(e) := clock.instant(e.resolved_at) if {
	not e.acknowledged_at
	e.status == "resolved"
}

_subject(e) := {"type": "escalation", "id": e.id}
