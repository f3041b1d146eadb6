# METADATA
# title: Approvals of what an event tells
# description: >-
#   Whether an event's details.approval ({id, requested_by, approved_by, approved_at}) shows that another person approved before it
#   happened. The functions take the event and the users' records of the approver and the requester, {} for one whom the
#   snapshot does not list, and give the end of a sentence about the event.
package kt.lib.approval

import data.kt.lib.clock
import data.kt.lib.person

# What is wrong with the approval.
fault(event, approver, requester) := "has no approval" if {
	not event.details.approval
} else := sprintf("was approved by %s, who asked for it", [event.details.approval.approved_by]) if {
	_same(event.details.approval, approver, requester)
} else := sprintf("was approved only at %s", [event.details.approval.approved_at]) if {
	clock.instant(event.details.approval.approved_at) >= clock.instant(event.timestamp)
} else := sprintf("was approved by %s, who is not among the users", [event.details.approval.approved_by]) if {
	not approver.id
	event.details.approval.approved_by
} else := sprintf("was approved by %s, which is no person", [approver.id]) if {
	approver.type == "service"
} else := sprintf("was approved by %s, who had left", [approver.id]) if {
	clock.instant(approver.departed_at) <= clock.instant(event.details.approval.approved_at)
}

_same(approval, _, _) if approval.approved_by == approval.requested_by

_same(_, approver, requester) if person.same(approver, requester)

# Why it cannot be told whether the approval is good.
doubt(event, approver, requester) := sprintf("has an approval without %s", [concat(", ", missing)]) if {
	fields := {"id", "requested_by", "approved_by", "approved_at"}
	missing := fields - {field | some field in fields; is_string(event.details.approval[field])}
	count(missing) > 0
} else := sprintf("was requested by %s, who is not among the users", [event.details.approval.requested_by]) if {
	not requester.id
} else := sprintf("was approved by %s, who may be no person", [approver.id]) if {
	not approver.type
}
