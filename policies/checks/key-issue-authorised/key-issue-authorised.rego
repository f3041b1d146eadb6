# METADATA
# title: Keys are issued and widened only after approval
# description: >-
#   Each making and rotation of a key, and each update that cannot be seen to leave its scopes, gateways and models as they were or
#   to take some away, must carry an approval (details.approval) that a person other than the requester gave
#   before it happened. Without it, whoever can operate the platform can hand out access to it.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
# custom:
#   id: key-issue-authorised
#   severity: high
#   nature: operating
#   reads: event
#   evidence: [token events of the audit log, users of the configuration snapshot]
package kt.checks.key_issue_authorised

import data.kt.lib.approval

selected if {
	input.event.action in {"token.create", "token.rotate"}
	not input.event.outcome in {"failure", "denied"}
}

selected if {
	input.event.action == "token.update"
	not input.event.outcome in {"failure", "denied"}
	not _harmless
}

deviation contains {"reason": reason} if {
	selected
	fault := approval.fault(input.event, _approver, _requester)
	reason := sprintf("The %s %s: let another person approve it before, or revoke the key.", [input.event.action, fault])
}

unknown contains {"reason": reason} if {
	selected
	doubt := approval.doubt(input.event, _approver, _requester)
	reason := sprintf("The %s %s: find the approval, and log it whole.", [input.event.action, doubt])
}

# The update tells what was before and after, and gives the key nothing that it did not have.
_harmless if {
	before := input.event.details.before
	after := input.event.details.after
	is_object(before)
	is_object(after)
	every field in ["scopes", "gateways", "models"] { _kept(before, after, field) }
}

_kept(before, after, field) if {
	not before[field]
	not after[field]
}

# A list that became empty restricts nothing any more.
_kept(before, after, field) if {
	is_array(before[field])
	is_array(after[field])
	count(after[field]) > 0
	every entry in after[field] { entry in before[field] }
}

_users := {u.id: u | some u in input.snapshot.users}

default _approver := {}

_approver := _users[input.event.details.approval.approved_by]

default _requester := {}

_requester := _users[input.event.details.approval.requested_by]
