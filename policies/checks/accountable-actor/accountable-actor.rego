# METADATA
# title: Somebody answers for every event
# description: >-
#   The actor of every event must be one person among the users, a service with an owner who works here, or a known component of
#   the platform. An account that several people share, a service without such an owner and a user whose access had ended
#   answer for nothing. An actor whom the caller merely asserted (actor.asserted) is told.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
# custom:
#   id: accountable-actor
#   severity: medium
#   nature: operating
#   reads: event
#   evidence: [all events of the audit log, users of the configuration snapshot]
package kt.checks.accountable_actor

import data.kt.lib.clock
import data.kt.lib.person
import data.kt.thresholds

selected if input.event.action

deviation contains {"reason": reason} if {
	selected
	not _accountable
	not input.event.actor.id in _unclear
	why := object.get(_faults, input.event.actor.id, "is neither a user nor a known component of the platform")
	reason := sprintf("The actor %s %s: find out who it was, and let somebody answer for it.", [input.event.actor.id, why])
}

deviation contains {"reason": reason} if {
	selected
	clock.instant(input.event.timestamp) > _removed[input.event.actor.id]
	reason := sprintf("The actor %s had no access any more: find out who used the account.", [input.event.actor.id])
}

warning contains {"reason": "The actor is whom the caller asserted it to be: let the source authenticate it."} if {
	selected
	object.get(input.event.actor, "asserted", false) != false
}

unknown contains {"reason": reason} if {
	selected
	input.event.actor.id in _unclear
	reason := sprintf("Whether the actor %s is a person, or a service with an owner who works here, is unknown: record the user's type and the owner's.", [input.event.actor.id])
}

_accountable if input.event.actor.id in _answering

_accountable if {
	input.event.actor.type == "system"
	input.event.actor.id in thresholds.system_actors
}

# The users who answer for what they do, those who do not, and why, and those of whom it cannot be told.
_answering := {u.id | some u in _users} - (object.keys(_faults) | _unclear)

_faults := {u.id: fault | some u in _users; fault := _fault(u)}

_fault(u) := "is an account that several people share" if {
	u.shared
} else := "is a service without an owner" if {
	u.type == "service"
	not u.owner
} else := sprintf("is a service whose owner %s %s", [u.owner, gone]) if {
	u.type == "service"
	gone := person.gone(object.get(_users, u.owner, {}))
} else := sprintf("is a service whose owner %s is a service", [u.owner]) if {
	u.type == "service"
	_users[u.owner].type == "service"
}

_unclear := {u.id | some u in _users; not _fault(u); not _clear(u)}

_clear(u) if u.type == "human"

_clear(u) if {
	owner := _users[u.owner]
	u.type == "service"
	owner.type == "human"
	person.known(owner)
}

# When the access of users who are no longer active ended.
_removed := {u.id: clock.instant(u.access_removed_at) | some u in _users; not u.status == "active"}

_users := {u.id: u | some u in input.snapshot.users}
