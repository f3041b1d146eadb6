# METADATA
# title: Access ends when people leave
# description: >-
#   All access of every user who left must be gone within the limit; a departure counts in the period in which the limit falls, and
#   after it while something of the access is left. Access is gone when access_removed_at has come and the user is no longer
#   active; from then on the user must hold no role and not sign in. Services that are shut down count like people.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: user-deprovision
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [users of the configuration snapshot]
package kt.checks.user_deprovision

import data.kt.lib.clock
import data.kt.lib.person
import data.kt.thresholds

population contains _subject(u) if some [u, _] in _departures

deviation contains {"subject": _subject(u), "reason": reason, "at": clock.text(due)} if {
	some [u, due] in _departures
	clock.now > due
	not _removed(u)
	reason := sprintf("The user left at %s and still has access, which had to be gone by %s: remove it now.", [u.departed_at, clock.text(due)])
}

deviation contains {"subject": _subject(u), "reason": reason, "at": clock.text(due)} if {
	some [u, due] in _departures
	clock.in_period(due)
	_removed(u) > due
	reason := sprintf("The user left at %s, and access was gone only at %s instead of by %s: mend what delayed it.", [u.departed_at, u.access_removed_at, clock.text(due)])
}

deviation contains {"subject": _subject(u), "reason": reason, "at": u.last_login_at} if {
	some [u, _] in _departures
	_signed_in(u)
	reason := sprintf("The user signed in at %s, after access was gone at %s: find out what still let them in.", [u.last_login_at, u.access_removed_at])
}

deviation contains {"subject": _subject(u), "reason": reason} if {
	some [u, _] in _departures
	_removed(u)
	some role in u.roles
	reason := sprintf("The user left at %s and still holds the role %s: withdraw it.", [u.departed_at, role])
}

unknown contains {"subject": _subject(u), "reason": reason} if {
	some u in input.snapshot.users
	not person.known(u)
	reason := "The user has no known status, so whether they left or still have access is unknown: record it."
}

unknown contains {"subject": _subject(u), "reason": reason} if {
	some u in input.snapshot.users
	u.status == "departed"
	not _left(u)
	reason := "The user has left, and departed_at does not say when: record it."
}

# [user, when access had to be gone], of the users who had left and whose case falls in the period or is still open.
_departures contains [u, due] if {
	some u in input.snapshot.users
	left := _left(u)
	left < clock.close
	due := left + clock.duration(thresholds.user_deprovision.limit)
	_open(u, due)
}

_open(_, due) if clock.in_period(due)

_open(u, _) if not _removed(u)

_open(u, _) if count(u.roles) > 0

_open(u, _) if _signed_in(u)

# The user signed in during the period, after access was gone.
_signed_in(u) if {
	login := clock.instant(u.last_login_at)
	clock.in_period(login)
	login > _removed(u)
}

# When the user left, if that is past.
_left(u) := left if {
	left := clock.instant(u.departed_at)
	left <= clock.now
}

# When the user's access was gone, if it is.
_removed(u) := removed if {
	not u.status == "active"
	removed := clock.instant(u.access_removed_at)
	removed <= clock.now
}

_subject(u) := {"type": "user", "id": u.id}
