# METADATA
# title: Who can answer for something
# description: >-
#   Whether a user of the snapshot is there to answer for a key, a service or an approval, and whether two users are one person.
#   A user whom the snapshot does not list is given as an empty object.
package kt.lib.person

import data.kt.lib.clock

# Why the user cannot answer for anything now, as the end of a sentence.
gone(u) := "is not among the users" if {
	not u.id
} else := sprintf("left on %s", [u.departed_at]) if {
	clock.instant(u.departed_at) <= clock.now
} else := "has left" if {
	u.status == "departed"
} else := "is suspended" if {
	u.status == "suspended"
}

# The user has a status that is known.
known(u) if u.status in {"active", "suspended", "departed"}

# Two accounts of one person, as far as the snapshot tells.
same(u, v) if u.id == v.id

same(u, v) if lower(u.email) == lower(v.email)
