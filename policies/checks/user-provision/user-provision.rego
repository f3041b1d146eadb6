# METADATA
# title: Access is granted only as requested and after approval
# description: >-
#   Each new user, each grant of a role and each update that cannot be seen to add no role must carry an approval
#   (details.approval) that another person gave before: the user's manager, a service's owner or a holder of an approving role, and
#   neither the requester nor the user themselves. Nothing may be granted that the approval does not name in its roles.
#   A new user's roles are details.roles, a grant's is details.role, an update's are in details.before and after.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
# custom:
#   id: user-provision
#   severity: high
#   nature: operating
#   reads: event
#   evidence: [user and role events of the audit log, users of the configuration snapshot]
package kt.checks.user_provision

import data.kt.lib.approval
import data.kt.thresholds

selected if {
	input.event.action in {"user.create", "role.grant"}
	not input.event.outcome in {"failure", "denied"}
}

selected if {
	input.event.action == "user.update"
	not input.event.outcome in {"failure", "denied"}
	not _granted == set()
}

deviation contains {"reason": reason} if {
	selected
	some fault in _faults
	reason := sprintf("The %s %s: let the user's manager approve before, or take the access back.", [input.event.action, fault])
}

unknown contains {"reason": reason} if {
	selected
	some doubt in _doubts
	reason := sprintf("The %s %s: find out, and let its source log it.", [input.event.action, doubt])
}

_faults contains approval.fault(input.event, _approver, _requester)

_faults contains "was approved by the very user whom it is about" if _approver.id == input.event.resource.id

_faults contains sprintf("was approved by %s, who is neither the user's manager or owner nor an approver of access", [_approver.id]) if not _entitled

_faults contains sprintf("gave the role %s, which was not approved", [role]) if {
	some role in _granted
	not role in _approved_roles
}

_doubts contains approval.doubt(input.event, _approver, _requester)

_doubts contains "does not tell the roles that it gave" if not _granted

_doubts contains "has an approval that does not name its roles" if {
	count(_granted) > 0
	not _approved_roles
}

_doubts contains "does not have the user, team or token that got the access as its resource" if {
	not input.event.resource.type in {"user", "team", "token"}
}

# The roles that the event gave, as far as it tells.
_granted := _roles(input.event.details) if {
	input.event.action == "user.create"
	input.event.details.roles
}

_granted := {input.event.details.role} if input.event.action == "role.grant"

_granted := _roles(input.event.details.after) - _roles(input.event.details.before) if input.event.action == "user.update"

_approved_roles := {role | some role in input.event.details.approval.roles} if is_array(input.event.details.approval.roles)

_roles(of) := {role | some role in of.roles} if is_array(of.roles)

_roles(of) := set() if {
	is_object(of)
	not of.roles
}

_entitled if _users[input.event.resource.id].manager == _approver.id

_entitled if _users[input.event.resource.id].owner == _approver.id

_entitled if {
	some role in _approver.roles
	role in thresholds.access_approvers
}

_users := {u.id: u | some u in input.snapshot.users}

default _approver := {}

_approver := _users[input.event.details.approval.approved_by]

default _requester := {}

_requester := _users[input.event.details.approval.requested_by]
