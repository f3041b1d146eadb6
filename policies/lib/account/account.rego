# METADATA
# title: Accounts
# description: Which users had an account in a system at an instant.
package kt.lib.account

import data.kt.lib.clock

# The ids of the users, people and services, who had an account in the system at the instant.
of(system, instant) := {u.id |
	some u in input.snapshot.users
	_in(u, system)
	not _made_after(u, instant)
	not _gone_by(u, instant)
}

_in(u, _) if not u.systems

_in(u, system) if system in u.systems

_made_after(u, instant) if clock.instant(u.created_at) > instant

_gone_by(u, instant) if clock.instant(u.access_removed_at) <= instant
