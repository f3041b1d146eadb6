# METADATA
# title: Keys are revoked in time, and not used afterwards
# description: >-
#   When a key's owner leaves, its team is deleted, or an escalation of kind key-exposure names it, the key must end within the
#   limit; each cause whose limit falls in the period or that is still open is judged. No revoked key may serve a
#   request (gateway.request with details.token) or be used (last_used_at) afterwards, or the revocation did not work.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
#   - input.events: schema.events
# custom:
#   id: key-revoke-timely
#   severity: critical
#   nature: operating
#   reads: events
#   evidence: [tokens, users, teams and escalations of the configuration snapshot, gateway.request and token events of the audit log]
package kt.checks.key_revoke_timely

import data.kt.lib.clock
import data.kt.lib.revocation
import data.kt.lib.token

# Requests after the revocation of the key that they name, and ends of keys that the snapshot does not list.
selected if {
	input.event.action == "gateway.request"
	revoked := _revoked[input.event.details.token]
	clock.instant(input.event.timestamp) > revoked
	not input.event.outcome in {"failure", "denied"}
}

selected if {
	input.event.action in {"token.revoke", "token.delete"}
	not input.event.outcome in {"failure", "denied"}
	not _listed(input.event)
}

population contains _subject(id) if some [id, _, _] in _judged

population contains _subject(id) if some id, _ in _revoked

deviation contains {"subject": _subject(id), "reason": reason, "at": clock.text(due)} if {
	some [id, due, why] in _judged
	clock.now > due
	token.certain(_token(id))
	not _ended_by(_token(id), due)
	reason := sprintf("%s, so the key had to end by %s and did not: revoke it if it still works, and mend what delayed it.", [why, clock.text(due)])
}

deviation contains {"subject": _subject(e.details.token), "reason": reason, "at": e.timestamp} if {
	some e in input.events
	e.outcome == "success"
	e.action == "gateway.request"
	reason := sprintf("The key served the request %s after its revocation: find out why the gateway still accepts it.", [e.id])
}

deviation contains {"subject": _subject(id), "reason": reason, "at": _tokens[id].last_used_at} if {
	some id, revoked in _revoked
	clock.instant(_tokens[id].last_used_at) > revoked
	reason := sprintf("The key was used at %s, after its revocation at %s: find out what still accepts it.", [_tokens[id].last_used_at, _tokens[id].revoked_at])
}

unknown contains {"subject": subject, "reason": reason} if some [subject, reason] in revocation.doubts

unknown contains {"subject": _subject(t.id), "reason": reason} if {
	some t in input.snapshot.tokens
	not token.certain(t)
	reason := "Whether and when the key ended is unknown: record its status, and revoked_at, expires_at or grace_until with it."
}

unknown contains {"subject": _subject(id), "reason": reason} if {
	some [id, _, _] in _judged
	not _tokens[id]
	reason := "The key was reported as exposed, and the snapshot does not list it: find out what became of it."
}

unknown contains {"subject": _subject(e.resource.id), "reason": reason} if {
	some e in input.events
	e.action != "gateway.request"
	reason := sprintf("The log has a %s at %s of a key that the snapshot does not list, so whether it came in time is unknown.", [e.action, e.timestamp])
}

unknown contains {"subject": _subject(e.details.token), "reason": reason} if {
	some e in input.events
	e.action == "gateway.request"
	e.outcome != "success"
	reason := sprintf("Whether the request %s, after the key's revocation, was served is unknown: find out.", [e.id])
}

# [key, when it had to end, why], for each cause whose limit falls in the period or that is still open.
_judged contains [id, due, why] if {
	some [id, at, limit, why] in revocation.causes
	due := at + limit
	at < clock.close
	_open(id, due)
}

_open(_, due) if clock.in_period(due)

_open(id, _) if not _ended_by(_token(id), clock.now)

_listed(event) if _tokens[event.resource.id]

_ended_by(t, instant) if token.end(t) <= instant

_token(id) := object.get(_tokens, id, {})

_tokens := {t.id: t | some t in input.snapshot.tokens}

_revoked := {t.id: clock.instant(t.revoked_at) | some t in input.snapshot.tokens; t.status == "revoked"}

_subject(id) := {"type": "token", "id": id}
