# METADATA
# title: Privileged roles
# description: >-
#   The privileged roles, their grants that stand, and who holds them by a grant or by the user's record; and where the snapshot
#   does not tell.
package kt.lib.privilege

import data.kt.lib.clock
import data.kt.lib.person

roles := [r | some r in input.snapshot.roles; r.privileged]

users := {u.id: u | some u in input.snapshot.users}

# The grants of privileged roles that were not withdrawn. One whose time is over stands only while its user still holds the role.
grants := [g |
	some g in input.snapshot.grants
	g.role in _ids
	not _withdrawn(g)
	_stands(g)
]

# [user, role] of each privileged role that a user's record lists.
held := {[u.id, role] |
	some u in input.snapshot.users
	some role in u.roles
	role in _ids
}

# [user, role] of each grant that stands and whose time is not over.
granted := {[g.user, g.role] | some g in grants; not over(g)}

# The holders of each privileged role.
holders := {id: users_of |
	some id in _ids
	users_of := {holding[0] | some holding in _holdings; holding[1] == id}
}

_holdings := held | granted

# The grant's time is over.
over(g) if clock.instant(g.expires_at) <= clock.now

_stands(g) if not over(g)

_stands(g) if [g.user, g.role] in held

_stands(g) if not g.user

_withdrawn(g) if clock.instant(g.revoked_at) <= clock.now

_ids := {r.id | some r in roles}

# [subject, why it cannot be told whether a privileged role is held well]
doubts contains [{"type": "role", "id": r.id}, "Whether the role is privileged is unknown: record it."] if {
	some r in input.snapshot.roles
	not _told(r)
}

doubts contains [{"type": "role", "id": role}, "Users hold the role or have a grant of it, and the roles do not list it: list it, with whether it is privileged."] if {
	some role in (_mentioned - {r.id | some r in input.snapshot.roles})
}

doubts contains [{"type": "user", "id": u.id}, "Which roles the user holds is unknown: record them, as an empty list if there are none."] if {
	some u in input.snapshot.users
	not u.roles
}

doubts contains [{"type": "grant", "id": g.id}, "Which role was granted is unknown: record it."] if {
	some g in input.snapshot.grants
	not g.role
}

doubts contains [{"type": "grant", "id": g.id}, reason] if {
	some g in grants
	some field in ({"user", "granted_at", "requested_by", "approved_at"} - object.keys(g))
	reason := sprintf("The grant has no %s, so whether it is in order is unknown: record it.", [field])
}

doubts contains [{"type": "grant", "id": g.id}, reason] if {
	some g in grants
	u := users[g.user]
	not _described(u)
	reason := sprintf("Whether the holder %s may hold the role is unknown: record the user's status and type, and a person's mfa.", [g.user])
}

doubts contains [{"type": "grant", "id": g.id}, reason] if {
	some g in grants
	approver := users[g.approved_by]
	not approver.type
	reason := sprintf("Whether the approver %s is a person is unknown: record the user's type.", [g.approved_by])
}

doubts contains [{"type": "grant", "id": g.id}, reason] if {
	some g in grants
	requester := g.requested_by
	not users[requester]
	reason := sprintf("Whether %s, who asked for the grant, is another person than the approver is unknown: list the user.", [requester])
}

_mentioned := {role | some u in input.snapshot.users; some role in u.roles} | {g.role | some g in input.snapshot.grants}

_told(r) if is_boolean(r.privileged)

_described(u) if {
	person.known(u)
	u.type == "service"
}

_described(u) if {
	person.known(u)
	u.type == "human"
	is_boolean(u.mfa)
}
