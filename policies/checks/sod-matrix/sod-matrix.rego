# METADATA
# title: Nobody holds roles that must be apart
# description: >-
#   No user may hold two roles that the matrix of the thresholds keeps apart, such as changing a gateway and managing the log of it.
#   What counts is what the user's record lists and what grants give that stand, and the accounts of one address are one person. A role of
#   the matrix that the snapshot does not know is unknown: the matrix then names something else than what the organisation has.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: sod-matrix
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [users, roles and grants of the configuration snapshot]
package kt.checks.sod_matrix

import data.kt.lib.clock
import data.kt.thresholds

population contains {"type": "user", "id": u.id} if some u in input.snapshot.users

deviation contains {"subject": {"type": "user", "id": u.id}, "reason": reason} if {
	some rule in thresholds.sod_matrix
	apart := {role | some role in rule.roles}
	some u in input.snapshot.users
	count(apart - _roles[_person(u)]) == 0
	count(apart & _own[u.id]) > 0
	reason := sprintf("The user holds %s together, and so %s: withdraw one.", [concat(" and ", apart), rule.why])
}

unknown contains {"subject": {"type": "user", "id": u.id}, "reason": reason} if {
	some u in input.snapshot.users
	not u.roles
	reason := "Which roles the user holds is unknown: record them, as an empty list if there are none."
}

unknown contains {"subject": {"type": "role", "id": role}, "reason": reason} if {
	some role in ({role | some rule in thresholds.sod_matrix; some role in rule.roles} - {r.id | some r in input.snapshot.roles})
	reason := "The matrix names the role, and the roles do not list it: list it, or correct sod_matrix in the thresholds."
}

unknown contains {"subject": {"type": "grant", "id": g.id}, "reason": reason} if {
	some g in input.snapshot.grants
	some field in ({"user", "role"} - object.keys(g))
	reason := sprintf("The grant has no %s, so who holds what is unknown: record it.", [field])
}

# [user, role] of all that is held.
_held := {[u.id, role] | some u in input.snapshot.users; some role in u.roles} | {[g.user, g.role] |
	some g in input.snapshot.grants
	not _ended(g)
}

_own := {id: roles |
	some id in {u.id | some u in input.snapshot.users}
	roles := {role | some [user, role] in _held; user == id}
}

# The roles of a person, over all of their accounts.
_roles := {person: roles |
	some person in {_person(u) | some u in input.snapshot.users}
	roles := {role | some [owner, role] in _held_by_person; owner == person}
}

_held_by_person := {[_person(u), role] | some u in input.snapshot.users; some role in _own[u.id]}

# An address says who it is; without one, an account is a person.
_person(u) := lower(trim_space(u.email)) if {
	u.email
} else := u.id

_ended(g) if clock.instant(g.revoked_at) <= clock.now

_ended(g) if clock.instant(g.expires_at) <= clock.now
