# METADATA
# title: Who can answer for something
# description: >-
#   Whether a user of the snapshot is there to answer for a key, a service or an approval. Both functions speak of a user as the
#   end of a sentence; a user who is not among the snapshot's users is given as an empty object.
package kt.lib.person

import data.kt.lib.clock

# Why the user cannot answer for anything now.
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
