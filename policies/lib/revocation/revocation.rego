# METADATA
# title: Causes to revoke keys
# description: >-
#   When which key got a cause to be revoked (its owner left, its team was deleted, it was reported as exposed) and how long
#   after it must have ended; and of which keys the snapshot does not tell whether there is a cause.
package kt.lib.revocation

import data.kt.lib.clock
import data.kt.lib.person
import data.kt.lib.token
import data.kt.thresholds

# [key, since when in ns, within how many ns, why]
causes contains [t.id, at, clock.duration(thresholds.key_revoke.owner_left), why] if {
	some t in input.snapshot.tokens
	at := clock.instant(_users[t.owner].departed_at)
	why := sprintf("The key's owner %s left at %s", [t.owner, clock.text(at)])
}

causes contains [t.id, at, clock.duration(thresholds.key_revoke.team_deleted), why] if {
	some t in input.snapshot.tokens
	at := clock.instant(_teams[t.team].deleted_at)
	why := sprintf("The key's team %s was deleted at %s", [t.team, clock.text(at)])
}

causes contains [e.token, at, clock.duration(thresholds.key_revoke.exposed), why] if {
	some e in input.snapshot.escalations
	e.kind == "key-exposure"
	at := _reported(e)
	why := sprintf("The escalation %s reported the key as exposed at %s", [e.id, clock.text(at)])
}

# [subject, why it cannot be told whether a key had to be revoked]
doubts contains [_key(t), "The key has no owner, so whether they left is unknown: name one."] if {
	some t in _living
	not t.owner
}

doubts contains [_key(t), reason] if {
	some t in _living
	u := object.get(_users, t.owner, {})
	not person.known(u)
	not u.departed_at
	reason := sprintf("Whether the key's owner %s left is unknown: record the user with a status.", [t.owner])
}

doubts contains [_key(t), reason] if {
	some t in _living
	u := _users[t.owner]
	u.status == "departed"
	not u.departed_at
	reason := sprintf("When the key's owner %s left is unknown: record departed_at.", [t.owner])
}

doubts contains [_key(t), reason] if {
	some t in _living
	team := object.get(_teams, t.team, {})
	not team.status == "active"
	not team.deleted_at
	reason := sprintf("Whether and when the key's team %s was deleted is unknown: record its status, and deleted_at if it was.", [t.team])
}

doubts contains [_key({"id": e.token}), reason] if {
	some e in input.snapshot.escalations
	not e.kind
	reason := sprintf("Whether the escalation %s reports the key as exposed is unknown: record its kind.", [e.id])
}

doubts contains [{"type": "escalation", "id": e.id}, reason] if {
	some e in input.snapshot.escalations
	e.kind == "key-exposure"
	not e.token
	reason := "The escalation reports an exposed key and does not name it: record its token."
}

doubts contains [{"type": "escalation", "id": e.id}, reason] if {
	some e in input.snapshot.escalations
	e.kind == "key-exposure"
	not _reported(e)
	reason := "The escalation reports an exposed key and does not say when: record created_at."
}

_reported(e) := min({at | some field in ["created_at", "detected_at"]; at := clock.instant(e[field])})

# The keys whose secrets may have worked in the period.
_living := [t | some t in input.snapshot.tokens; not _over(t)]

_over(t) if {
	token.certain(t)
	token.end(t) <= clock.from
}

_users := {u.id: u | some u in input.snapshot.users}

_teams := {t.id: t | some t in input.snapshot.teams}

_key(t) := {"type": "token", "id": t.id}
