# METADATA
# title: Those who must be told of an incident are told in time
# description: >-
#   Every incident that someone outside must be told of (by contract or by law, such as the 72 hours of the GDPR), whose
#   deadline fell in the period or who nobody has told, must have been notified by that deadline.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: incident-comms
#   severity: critical
#   nature: operating
#   reads: snapshot
#   evidence: [incidents of the configuration snapshot, the notices sent]
package kt.checks.incident_comms

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(i) if {
	some i in input.snapshot.incidents
	_concerns(i)
}

deviation contains {"subject": _subject(i), "at": i.notify_by, "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	clock.instant(i.notified_at) > clock.instant(i.notify_by)
	reason := sprintf("Notice was given at %s, and had to be by %s: record why it was late.", [i.notified_at, i.notify_by])
}

deviation contains {"subject": _subject(i), "at": i.notify_by, "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	not i.notified_at
	clock.now > clock.instant(i.notify_by)
	reason := sprintf("Notice had to be given by %s and was not: give it now, and say why it is late.", [i.notify_by])
}

warning contains {"subject": _subject(i), "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	not i.notified_at
	clock.now >= clock.instant(i.notify_by) - clock.duration(thresholds.incident_comms.warn)
	reason := sprintf("Notice must be given by %s and was not yet: give it.", [i.notify_by])
}

unknown contains {"subject": _subject(i), "reason": _doubt(i)} if some i in input.snapshot.incidents

_doubt(i) := "It does not say whether anyone outside must be told: record notice_required as true or false." if {
	not is_boolean(object.get(i, "notice_required", "absent"))
} else := "Notice is required, but it has no notify_by: record the deadline." if {
	i.notice_required
	not i.notify_by
} else := "Notice was given in the future, or before the incident was detected: correct its times." if {
	i.notice_required
	_disordered(i)
}

_disordered(i) if clock.instant(i.notified_at) > clock.now

_disordered(i) if clock.instant(i.notified_at) < clock.instant(i.detected_at)

# The deadline fell in the period, or notice is still to be given.
_concerns(i) if {
	i.notice_required
	clock.instant(i.notify_by) >= clock.from
	clock.instant(i.notify_by) < clock.to
}

_concerns(i) if {
	i.notice_required
	_began(i)
	not i.notified_at
}

_began(i) if not i.detected_at

_began(i) if clock.instant(i.detected_at) < clock.close

_subject(i) := {"type": "incident", "id": i.id}
