# METADATA
# title: Every event says who, what, whence and with what result
# description: >-
#   Each event of the log must name its actor, its resource with a type, the component that wrote it, the result, and for users
#   the address they came from. What a source leaves out cannot be judged; a placeholder where a name belongs is
#   wrong, for it names nobody.
# schemas:
#   - input.event: schema.event
# custom:
#   id: log-content
#   severity: medium
#   nature: operating
#   reads: event
#   evidence: [events of the audit log]
package kt.checks.log_content

import data.kt.thresholds

selected if input.event.action

deviation contains {"reason": reason} if {
	input.event.actor.id in thresholds.log_content.placeholders
	reason := sprintf("The actor is given as %s, who is nobody: have the source log the identity.", [input.event.actor.id])
}

deviation contains {"reason": reason} if {
	input.event.resource.id in thresholds.log_content.placeholders
	reason := sprintf("The resource is given as %s, which is nothing: have the source log its id.", [input.event.resource.id])
}

deviation contains {"reason": reason} if {
	input.event.actor.type == "user"
	input.event.ip_address in thresholds.log_content.addresses
	reason := sprintf("The address is given as %s, from where nobody comes: have the source log the user's.", [input.event.ip_address])
}

unknown contains {"reason": "The result is unknown: have the source log whether it succeeded."} if input.event.outcome == "unknown"

unknown contains {"reason": "The resource has no type: have the source log it as type/id."} if input.event.resource.type in {"unknown", ""}

unknown contains {"reason": "The resource has no id: have the source log it as type/id."} if input.event.resource.id == ""

unknown contains {"reason": "No source is named: have each component log its name."} if not input.event.source

unknown contains {"reason": "A user acted, and no address is told: have the source log ip_address."} if {
	input.event.actor.type == "user"
	not input.event.ip_address
}
