# METADATA
# title: Compliance is evaluated on schedule, on approved policies
# description: >-
#   Every evaluation whose last moment (due time and grace) lies in the period must have run, on the approved commit of the policies,
#   to its end, and its result must have been delivered in that time. Between due times there may be no more than a day: a
#   scheduler that stopped leaves no missed runs behind, only silence.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: review-ran
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [evaluations of the configuration snapshot]
package kt.checks.review_ran

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(v.id) if {
	some v in input.snapshot.evaluations
	_judged(v)
}

deviation contains {"subject": _subject(v.id), "reason": reason, "at": v.due_at} if {
	some v in input.snapshot.evaluations
	_judged(v)
	faults := _faults(v)
	count(faults) > 0
	reason := sprintf("The evaluation that was due at %s %s: run it again, and see to the cause.", [v.due_at, concat(" and ", faults)])
}

unknown contains {"subject": _subject(v.id), "reason": reason} if {
	some v in input.snapshot.evaluations
	not v.due_at
	reason := "It has no due_at, so whether it ran in time is unknown: record it."
}

unknown contains {"subject": _subject(v.id), "reason": reason} if {
	some v in input.snapshot.evaluations
	_judged(v)
	missing := {field | some field in ["status", "policy_commit", "approved_commit"]; not v[field]}
	count(missing) > 0
	reason := sprintf("It has no %s, so what it is worth is unknown: record it.", [concat(", ", missing)])
}

unknown contains {"subject": _subject(v.id), "reason": reason} if {
	some v in input.snapshot.evaluations
	_judged(v)
	_disordered(v)
	reason := "It ran before it was due, or was delivered before it ran: correct its times."
}

# A stretch of the period in which no evaluation was due, named by its bounds.
unknown contains {"subject": _subject(sprintf("%s/%s", [clock.text(at), clock.text(next)])), "reason": reason} if {
	count(input.snapshot.evaluations) > 0
	some i, at in _due
	next := _due[i + 1]
	next - at > clock.duration(thresholds.review_ran.every)
	reason := sprintf("No evaluation was due from %s to %s: schedule one at least every %s.", [clock.text(at), clock.text(next), thresholds.review_ran.every])
}

# Its last moment lies in the period, and has passed.
_judged(v) if {
	clock.in_period(_last(v))
	_last(v) <= clock.now
}

_last(v) := clock.instant(v.due_at) + _grace

_faults(v) := union({
	{"did not run" | not v.ran_at},
	{sprintf("ran only at %s", [v.ran_at]) | clock.instant(v.ran_at) > _last(v)},
	{sprintf("ended as %s", [v.status]) | v.status != "completed"},
	{sprintf("judged by policies of %s, and %s was approved", [v.policy_commit, v.approved_commit]) | v.policy_commit != v.approved_commit},
	{"delivered no result" | not v.delivered_at},
	{sprintf("delivered its result only at %s", [v.delivered_at]) | clock.instant(v.delivered_at) > _last(v)},
})

_disordered(v) if clock.instant(v.ran_at) < clock.instant(v.due_at)

_disordered(v) if clock.instant(v.delivered_at) < clock.instant(v.ran_at)

# The period's bounds, and the due times between them.
_due := sort({clock.from, clock.close} | {at |
	some v in input.snapshot.evaluations
	at := clock.instant(v.due_at)
	at > clock.from
	at < clock.close
})

_grace := clock.duration(thresholds.review_ran.grace)

_subject(id) := {"type": "evaluation", "id": id}
