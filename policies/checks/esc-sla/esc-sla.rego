# METADATA
# title: Critical escalations are resolved within four hours
# description: >-
#   Every critical escalation that fell due in the period, or is still open, must be resolved before the limit has elapsed.
#   The clock starts at its creation or its detection, whichever came first, runs around the clock, and is not reset when
#   the escalation is reopened: the time that it was closed counts too.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: esc-sla
#   severity: critical
#   nature: operating
#   reads: snapshot
#   evidence: [escalations of the configuration snapshot]
package kt.checks.esc_sla

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(e) if {
	some e in input.snapshot.escalations
	_concerns(e)
}

deviation contains {"subject": _subject(e), "at": time.format(_due(e)), "reason": reason} if {
	some e in input.snapshot.escalations
	_concerns(e)
	_resolved(e)
	took := clock.instant(e.resolved_at) - _start(e)
	took >= _fail
	reason := sprintf(
		"It was resolved after %s, and must be within %s: find out why it took so long, and record it.",
		[clock.words(took), clock.words(_fail)],
	)
}

deviation contains {"subject": _subject(e), "at": time.format(_due(e)), "reason": reason} if {
	some e in input.snapshot.escalations
	_concerns(e)
	not _resolved(e)
	open := clock.now - _start(e)
	open >= _fail
	reason := sprintf(
		"It has been open for %s, and had to be resolved within %s: resolve it now.",
		[clock.words(open), clock.words(_fail)],
	)
}

warning contains {"subject": _subject(e), "reason": reason} if {
	some e in input.snapshot.escalations
	_concerns(e)
	not _resolved(e)
	open := clock.now - _start(e)
	open >= clock.duration(thresholds.esc_sla.warn)
	reason := sprintf("It has been open for %s: resolve it by %s.", [clock.words(open), time.format(_due(e))])
}

unknown contains {"subject": _subject(e), "reason": "It has no severity, so it may be critical: record one."} if {
	some e in input.snapshot.escalations
	not e.severity
}

unknown contains {"subject": _subject(e), "reason": sprintf("It is critical and has no %s: record it.", [field])} if {
	some e in input.snapshot.escalations
	e.severity == "critical"
	some field in ["status", "created_at"]
	not e[field]
}

unknown contains {"subject": _subject(e), "reason": "It is resolved, but has no resolved_at: record when."} if {
	some e in input.snapshot.escalations
	e.severity == "critical"
	e.status == "resolved"
	not e.resolved_at
	_start(e) < clock.close
}

# It fell due in the period, or is open.
_concerns(e) if {
	_started(e)
	_due(e) >= clock.from
	_due(e) < clock.to
}

_concerns(e) if {
	_started(e)
	not _resolved(e)
}

_started(e) if {
	e.severity == "critical"
	e.status
	_start(e) < clock.close
}

_start(e) := min([clock.instant(e.created_at), clock.instant(object.get(e, "detected_at", e.created_at))])

_due(e) := _start(e) + _fail

_resolved(e) if {
	e.status == "resolved"
	not _reopened(e)
}

_reopened(e) if clock.instant(e.reopened_at) > clock.instant(e.resolved_at)

_fail := clock.duration(thresholds.esc_sla.fail)

_subject(e) := {"type": "escalation", "id": e.id}
