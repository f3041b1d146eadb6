# METADATA
# title: What a policy stopped is released only by those who may, with a reason
# description: >-
#   Each override of a policy's decision, and each escalation resolved as approved, must be the act of a person with a
#   reviewer's role, with a reason; one of high risk needs a second such person, who approved it before. The roles are those
#   of the snapshot.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
# custom:
#   id: human-override
#   severity: high
#   nature: operating
#   reads: event
#   evidence: [escalation.override and escalation.resolve events, users of the configuration snapshot]
package kt.checks.human_override

import data.kt.lib.clock
import data.kt.thresholds

selected if input.event.action == "escalation.override"

selected if {
	input.event.action == "escalation.resolve"
	input.event.details.outcome == "approved"
}

deviation contains {"reason": reason} if {
	selected
	not input.event.actor.id in _reviewers
	reason := sprintf("%s released it, who is no person with a reviewer's role: have a reviewer look at it again.", [input.event.actor.id])
}

deviation contains {"reason": "It was released without a reason: have whoever released it say why."} if {
	selected
	not _explained
}

deviation contains {"reason": "It is of high risk and no second reviewer approved it before: have one look at it now."} if {
	selected
	input.event.details.risk in thresholds.human_override.dual
	not _seconded
}

unknown contains {"reason": reason} if {
	selected
	not object.get(input.event, ["details", "risk"], "") in thresholds.human_override.risks
	reason := sprintf("It has no details.risk of %s: have the platform log it.", [concat(", ", thresholds.human_override.risks)])
}

_explained if {
	is_string(input.event.details.reason)
	trim_space(input.event.details.reason) != ""
}

_seconded if {
	input.event.details.approval.approved_by in _reviewers
	input.event.details.approval.approved_by != input.event.actor.id
	clock.instant(input.event.details.approval.approved_at) <= clock.instant(input.event.timestamp)
}

_reviewers := {u.id |
	some u in input.snapshot.users
	u.type == "human"
	some role in u.roles
	role in thresholds.human_override.roles
}
