# METADATA
# title: Findings have an owner and a date, and are mended or escalated
# description: >-
#   Every finding that is open, or was closed in the period, must have an owner and a due date soon after it was opened; one past
#   its date must have been escalated; and a closed one must show what mended it. A finding that nobody owns is never mended.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: deficiency-tracking
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [findings of the configuration snapshot, the evidence that they name]
package kt.checks.deficiency_tracking

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(f) if {
	some f in input.snapshot.findings
	_concerns(f)
}

deviation contains {"subject": _subject(f), "at": time.format(_assign_by(f)), "reason": reason} if {
	some f in input.snapshot.findings
	_concerns(f)
	clock.now > _assign_by(f)
	some field in ["owner", "due_at"]
	object.get(f, field, "") == ""
	reason := sprintf("It has no %s since it was opened at %s: decide on one.", [field, f.opened_at])
}

deviation contains {"subject": _subject(f), "at": f.due_at, "reason": reason} if {
	some f in input.snapshot.findings
	_concerns(f)
	clock.now > clock.instant(f.due_at)
	not _mended_in_time(f)
	not _escalated(f)
	reason := sprintf("It was to be mended by %s, was not, and was not escalated: mend it, or escalate it.", [f.due_at])
}

deviation contains {"subject": _subject(f), "at": f.closed_at, "reason": reason} if {
	some f in input.snapshot.findings
	_concerns(f)
	f.status == "closed"
	object.get(f, "evidence", "") == ""
	reason := "It was closed without evidence: record what shows that it is mended, or open it again."
}

warning contains {"subject": _subject(f), "reason": reason} if {
	some f in input.snapshot.findings
	f.status == "open"
	clock.now >= clock.instant(f.due_at) - clock.duration(thresholds.deficiency_tracking.warn)
	reason := sprintf("It is open, and to be mended by %s.", [f.due_at])
}

unknown contains {"subject": _subject(f), "reason": _doubt(f)} if some f in input.snapshot.findings

_doubt(f) := "It has no status of open or closed: record it." if {
	not f.status
} else := "It is closed and has no closed_at: record when." if {
	f.status == "closed"
	not f.closed_at
} else := "It has no opened_at: record when it was opened." if {
	_concerns(f)
	not f.opened_at
} else := "It was opened, closed or escalated in the future, or closed before it was opened: correct its times." if {
	_disordered(f)
}

_disordered(f) if {
	some field in ["opened_at", "closed_at", "escalated_at"]
	clock.instant(f[field]) > clock.now
}

_disordered(f) if clock.instant(f.closed_at) < clock.instant(f.opened_at)

# It is open, or was closed in the period.
_concerns(f) if f.status == "open"

_concerns(f) if {
	at := clock.instant(f.closed_at)
	at >= clock.from
	at < clock.close
}

_mended_in_time(f) if {
	f.status == "closed"
	clock.instant(f.closed_at) <= clock.instant(f.due_at)
}

_escalated(f) if clock.instant(f.escalated_at) <= clock.now

_assign_by(f) := clock.instant(f.opened_at) + clock.duration(thresholds.deficiency_tracking.assign)

_subject(f) := {"type": "finding", "id": f.id}
