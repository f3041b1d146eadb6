# METADATA
# title: Outages of a provider are bridged, and ended in order
# description: >-
#   In every provider outage that has a deadline in the period, or is not over, traffic must have moved to another provider
#   within seconds (unless the outage was shorter), no more requests than the error budget may have failed, and traffic must
#   have returned after the provider recovered, soon but not before.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: failover-operated
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [outages of the configuration snapshot, provider.health and provider.failover events]
package kt.checks.failover_operated

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(o) if {
	some o in input.snapshot.outages
	_concerns(o)
}

deviation contains {"subject": _subject(o), "at": time.format(_leave_by(o)), "reason": reason} if {
	some o in input.snapshot.outages
	_concerns(o)
	_first(o, "ended_at") > _leave_by(o)
	_first(o, "switched_at") > _leave_by(o)
	reason := sprintf("Traffic had not left the provider by %s: see why the failover did not act.", [time.format(_leave_by(o))])
}

deviation contains {"subject": _subject(o), "at": time.format(_return_by(o)), "reason": reason} if {
	some o in input.snapshot.outages
	_concerns(o)
	_first(o, "switched_back_at") > _return_by(o)
	reason := sprintf("Traffic had not returned to the recovered provider by %s: switch back.", [time.format(_return_by(o))])
}

deviation contains {"subject": _subject(o), "at": o.switched_back_at, "reason": reason} if {
	some o in input.snapshot.outages
	_concerns(o)
	clock.instant(o.switched_back_at) < clock.instant(o.ended_at)
	reason := sprintf("Traffic returned at %s, before the outage ended: switch back only on a healthy probe.", [o.switched_back_at])
}

deviation contains {"subject": _subject(o), "at": o.started_at, "reason": reason} if {
	some o in input.snapshot.outages
	_concerns(o)
	limit := thresholds.failover_operated.failed_percent
	o.requests_failed * 100 > o.requests_total * limit
	reason := sprintf("%d of %d requests failed, more than %d in a hundred: see why the failover did not save them.", [
		o.requests_failed,
		o.requests_total,
		limit,
	])
}

unknown contains {"subject": _subject(o), "reason": _doubt(o)} if some o in input.snapshot.outages

_doubt(o) := "It has no started_at: record when it began." if {
	not o.started_at
} else := "It says that traffic returned, but not from when it was away or when the outage ended: record both." if {
	o.switched_back_at
	not _return_by(o)
} else := "It was dated in the future, or ended or was left before it began: correct its times." if {
	_disordered(o)
} else := "It does not count requests_total and the requests_failed among them: record both." if {
	_concerns(o)
	not _counted(o)
}

_counted(o) if o.requests_failed <= o.requests_total

_disordered(o) if {
	some field in ["started_at", "ended_at", "switched_at", "switched_back_at"]
	clock.instant(o[field]) > clock.now
}

_disordered(o) if {
	some field in ["ended_at", "switched_at", "switched_back_at"]
	clock.instant(o[field]) < clock.instant(o.started_at)
}

# The time to leave or to return ended in the period, or the outage is not over.
_concerns(o) if {
	some due in _deadlines(o)
	due >= clock.from
	due < clock.to
}

_concerns(o) if {
	clock.instant(o.started_at) < clock.close
	not _over(o)
}

_deadlines(o) := [_leave_by(o), _return_by(o)]

_deadlines(o) := [_leave_by(o)] if not _return_by(o)

_over(o) if o.switched_back_at

_over(o) if {
	o.ended_at
	not o.switched_at
}

# When something happened, or at the earliest can.
_first(o, field) := clock.instant(object.get(o, field, input.as_of))

_leave_by(o) := clock.instant(o.started_at) + clock.duration(thresholds.failover_operated.switch)

_return_by(o) := clock.instant(o.ended_at) + clock.duration(thresholds.failover_operated.back) if o.switched_at

_subject(o) := {"type": "outage", "id": o.id}
