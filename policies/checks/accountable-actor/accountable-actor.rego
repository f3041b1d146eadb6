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
	not _plain
	reason := sprintf("The actor %s %s: find out who it was, and let somebody answer for it.", [input.event.actor.id, _wrong])
}

warning contains {"reason": "The actor is whom the caller asserted it to be: let the source authenticate it."} if {
	selected
	not _plain
	object.get(input.event.actor, "asserted", false) != false
}

unknown contains {"reason": reason} if {
	selected
	not _plain
	input.event.actor.id in _unclear
	reason := sprintf("Whether the actor %s is a person, or a service with an owner who works here, is unknown: record the user's type and the owner's.", [input.event.actor.id])
}

# Nothing is to be said of the actor: the first look, which nearly every event ends with.
_plain if {
	input.event.actor.id in _answering
	object.get(input.event.actor, "asserted", false) == false
}

_wrong := fault if {
	fault := _faults[input.event.actor.id]
} else := "had no access any more" if {
	clock.instant(input.event.timestamp) > _ended[input.event.actor.id]
} else := "is neither a user nor a known component of the platform" if {
	not input.event.actor.id in _ids
	not _component
}

_component if {
	input.event.actor.type == "system"
	input.event.actor.id in thresholds.system_actors
}

# The users who answer for whatever they do.
_answering := ((_ids - object.keys(_faults)) - object.keys(_ended)) - _unclear

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

# When the access of users ended who are not active any more.
_ended := {u.id: clock.instant(u.access_removed_at) | some u in _users; not u.status == "active"}

_ids := object.keys(_users)

_users := {u.id: u | some u in input.snapshot.users}
