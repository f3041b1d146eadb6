# METADATA
# title: Blocked requests stay denied
# description: Every request that was blocked ended as denied.
# schemas:
#   - input.event: schema.event
# custom:
#   id: blocked
#   severity: high
#   nature: operating
#   reads: event
#   evidence: [event.block events of the audit log]
package kt.checks.blocked

selected if input.event.action == "event.block"

deviation contains {"reason": sprintf("the request ended as %s: find out why it was let through", [input.event.outcome])} if {
	selected
	input.event.outcome != "denied"
}
