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

# What a user's own record lists, and what grants in force add.
_own := {u.id: roles |
	some u in input.snapshot.users
	roles := {role | some role in u.roles} | object.get(_granted, u.id, set())
}

_granted := {user: roles |
	some user in {g.user | some g in input.snapshot.grants}
	roles := {g.role | some g in input.snapshot.grants; g.user == user; not _ended(g)}
}

# The roles of a person, over all of their accounts: each run of equal persons in the sorted accounts.
_roles := {_accounts[from][0]: roles |
	some i, from in _starts
	accounts := array.slice(_accounts, from, _bounds[i + 1])
	roles := {role | some [_, id] in accounts; some role in _own[id]}
}

_accounts := sort([[_person(u), u.id] | some u in input.snapshot.users])

_starts := [i | some i, [person, _] in _accounts; not _follows(i, person)]

_bounds := array.concat(_starts, [count(_accounts)])

_follows(i, person) if _accounts[i - 1][0] == person

# An address says who it is; without one, an account is a person.
_person(u) := lower(trim_space(u.email)) if {
	u.email
} else := u.id

_ended(g) if clock.instant(g.revoked_at) <= clock.now

_ended(g) if clock.instant(g.expires_at) <= clock.now
