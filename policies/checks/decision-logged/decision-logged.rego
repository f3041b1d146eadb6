# METADATA
# title: Every request has its decision logged, with the rule and the policy behind it
# description: >-
#   Each request through a gateway must say what was decided, by which rule of which version of the policy, and, where it was
#   not simply let through, why. Without these nobody can show later that a policy was applied, or apply it again.
# schemas:
#   - input.event: schema.event
# custom:
#   id: decision-logged
#   severity: medium
#   nature: operating
#   reads: event
#   evidence: [gateway.request events]
package kt.checks.decision_logged

import data.kt.thresholds

selected if input.event.action == "gateway.request"

deviation contains {"reason": "The request has no details.decision: have the gateway log what it decided."} if {
	selected
	object.get(input.event, ["details", "decision"], "") == ""
}

deviation contains {"reason": "The request has no details.rule: have the gateway log which rule decided."} if {
	selected
	object.get(input.event, ["details", "rule"], "") == ""
}

deviation contains {"reason": "The request has no policy_version: have the gateway log which version it enforced."} if {
	selected
	object.get(input.event, "policy_version", "") == ""
}

deviation contains {"reason": reason} if {
	selected
	input.event.details.decision in thresholds.decision_logged.explained
	object.get(input.event, ["details", "reason"], "") == ""
	reason := sprintf("The request met with %s, and no reason is logged: have the gateway log it.", [input.event.details.decision])
}

unknown contains {"reason": reason} if {
	selected
	not input.event.details.decision in thresholds.decision_logged.decisions
	reason := sprintf("%v is no known decision: have the gateway log one of %s.", [
		input.event.details.decision,
		concat(", ", thresholds.decision_logged.decisions),
	])
}
