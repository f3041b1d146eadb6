# METADATA
# title: Incidents are written up, reviewed, and acted upon
# description: >-
#   Every incident whose record was due in the period, or is not complete, must have a timeline, a root cause, containment, a
#   corrective action with owner and date, and a review, all within the limit after its detection; and the corrective
#   action must be done by its date. An escalation that was classed as an incident must have a record at all.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: incident-record
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [incidents and escalations of the configuration snapshot, the incident records that they name]
package kt.checks.incident_record

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(i) if {
	some i in input.snapshot.incidents
	_concerns(i)
}

deviation contains {"subject": {"type": "escalation", "id": e.id}, "reason": reason} if {
	some e in input.snapshot.escalations
	not e.incident in _recorded
	reason := sprintf("It was classed as incident %s, which has no record: write one.", [e.incident])
}

deviation contains {"subject": _subject(i), "at": time.format(_due(i)), "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	clock.now > _due(i)
	count(_missing(i)) > 0
	reason := sprintf("Its record was due on %s and lacks %s: complete it.", [time.format(_due(i)), concat(", ", _missing(i))])
}

deviation contains {"subject": _subject(i), "at": i.reviewed_at, "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	clock.instant(i.reviewed_at) > _due(i)
	reason := sprintf("It was reviewed at %s, and had to be by %s: see what held it up.", [i.reviewed_at, time.format(_due(i))])
}

deviation contains {"subject": _subject(i), "at": i.corrective_action.due_at, "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	_overdue(i.corrective_action)
	reason := sprintf("Its corrective action was due at %s: finish it, and record when.", [i.corrective_action.due_at])
}

warning contains {"subject": _subject(i), "reason": reason} if {
	some i in input.snapshot.incidents
	_concerns(i)
	clock.now >= clock.instant(i.detected_at) + clock.duration(thresholds.incident_record.warn)
	count(_missing(i)) > 0
	reason := sprintf("Its record lacks %s: complete it by %s.", [concat(", ", _missing(i)), time.format(_due(i))])
}

unknown contains {"subject": _subject(i), "reason": _doubt(i)} if some i in input.snapshot.incidents

_doubt(i) := "It has no detected_at, so nothing says when its record is due: record it." if {
	not i.detected_at
} else := "It was detected, reviewed or acted upon in the future, or reviewed before it was detected: correct its times." if {
	_disordered(i)
}

_disordered(i) if {
	some at in [i.detected_at, object.get(i, "reviewed_at", i.detected_at), object.get(i, ["corrective_action", "done_at"], i.detected_at)]
	clock.instant(at) > clock.now
}

_disordered(i) if clock.instant(i.reviewed_at) < clock.instant(i.detected_at)

# Its record or its corrective action fell due in the period, or something is missing or undone.
_concerns(i) if {
	some due in [_due(i), clock.instant(i.corrective_action.due_at)]
	due >= clock.from
	due < clock.to
}

_concerns(i) if {
	clock.instant(i.detected_at) < clock.close
	not _finished(i)
}

_finished(i) if {
	count(_missing(i)) == 0
	i.corrective_action.done_at
}

_due(i) := clock.instant(i.detected_at) + clock.duration(thresholds.incident_record.fail)

# What a complete record holds.
_missing(i) := {name |
	some name, path in {
		"timeline": ["timeline"],
		"root cause": ["root_cause"],
		"containment": ["containment"],
		"owner of the corrective action": ["corrective_action", "owner"],
		"date of the corrective action": ["corrective_action", "due_at"],
		"review": ["reviewed_at"],
	}
	object.get(i, path, "") == ""
}

_overdue(action) if {
	clock.now > clock.instant(action.due_at)
	not action.done_at
}

_overdue(action) if clock.instant(action.done_at) > clock.instant(action.due_at)

_recorded := {i.id | some i in input.snapshot.incidents}

_subject(i) := {"type": "incident", "id": i.id}
