# METADATA
# title: Access is reviewed on time, by others, and in full
# description: >-
#   Every access review that fell due in the period, or is overdue, must have been completed by its due_at by a person who did not
#   review their own account. The reviews of one system that are due together must cover every account that had access then, services
#   too, and what they decided to remove must be gone within the limit.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: access-review
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [access_reviews and users of the configuration snapshot]
package kt.checks.access_review

import data.kt.lib.account
import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(r) if some [r, _] in _due

deviation contains {"subject": _subject(r), "reason": reason, "at": r.due_at} if {
	some [r, due] in _due
	not _in_time(r, due)
	reason := sprintf("The review was due at %s and %s: complete it if that is not done, and plan the next one in time.", [r.due_at, _completion(r)])
}

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in _completed
	r.reviewer in r.covers
	reason := sprintf("The reviewer %s reviewed their own account: let another person review it.", [r.reviewer])
}

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in _completed
	object.get(_types, r.reviewer, "unlisted") in {"unlisted", "service"}
	reason := sprintf("The reviewer %s is no person among the users: let a person review.", [r.reviewer])
}

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in _completed
	left_out := account.of(r.system, clock.instant(r.completed_at)) - _covered[[r.system, clock.instant(r.due_at)]]
	count(left_out) > 0
	reason := sprintf("The review left out %d of the accounts, such as %s: review them too.", [count(left_out), concat(", ", array.slice(sort(left_out), 0, 3))])
}

deviation contains {"subject": _subject(r), "reason": reason, "at": clock.text(limit)} if {
	some r in _completed
	some removal in r.removals
	limit := clock.instant(removal.decided_at) + clock.duration(thresholds.access_review.removal)
	clock.now > limit
	not _executed(removal, limit)
	reason := sprintf("The access of %s had to be gone by %s, as the review decided, and was not: remove it if it is still there.", [object.get(removal, "id", "an account"), clock.text(limit)])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.access_reviews
	not r.due_at
	reason := "The review has no due_at, so whether it was in time is unknown: record it."
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in _completed
	some field in ({"system", "reviewer", "covers", "removals"} - object.keys(r))
	reason := sprintf("The review is completed and has no %s: record it (an empty list where there was nothing).", [field])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in _completed
	_types[r.reviewer] == "unclear"
	reason := sprintf("Whether the reviewer %s is a person is unknown: record the user's type.", [r.reviewer])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in _completed
	some removal in r.removals
	not removal.decided_at
	reason := "When a removal was decided is unknown: record its decided_at."
}

# [review, when it was due], of the reviews that fell due in the period or are overdue.
_due contains [r, due] if {
	some r in input.snapshot.access_reviews
	due := clock.instant(r.due_at)
	due < clock.close
	_open(r, due)
}

_open(_, due) if clock.in_period(due)

_open(r, _) if not _done(r)

_done(r) if clock.instant(r.completed_at) <= clock.now

_in_time(r, due) if clock.instant(r.completed_at) <= due

_completion(r) := sprintf("completed only at %s", [r.completed_at]) if {
	r.completed_at
} else := "not completed"

_executed(removal, limit) if clock.instant(removal.executed_at) <= limit

_completed := [r | some [r, _] in _due; _done(r)]

# The accounts that the completed reviews of one system covered which were due at one time.
_covered := {campaign: accounts |
	some campaign in {[r.system, clock.instant(r.due_at)] | some r in _completed}
	accounts := {id | some r in _completed; [r.system, clock.instant(r.due_at)] == campaign; some id in r.covers}
}

_types := {u.id: object.get(u, "type", "unclear") | some u in input.snapshot.users}

_subject(r) := {"type": "access_review", "id": r.id}
