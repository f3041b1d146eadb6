package kt.lib.secret

import data.kt.lib.clock

# Keys of which the log and the snapshot together do not tell which secrets worked when, as [id, why].
doubts contains [e.resource.id, reason] if {
	some e in input.events
	e.outcome != "success"
	reason := sprintf("Whether the %s of %s succeeded is unknown: find out, and let its source log it.", [e.action, e.timestamp])
}

doubts contains [id, reason] if {
	some id, history in histories
	[_, _, e] := history[0]
	e.action != "token.create"
	not _before(id, history)
	reason := sprintf("The %s of %s ended a secret of unknown age: log when it was issued as details.before.issued_at.", [e.action, e.timestamp])
}

doubts contains [id, reason] if {
	some id, [_, _, e] in _latest
	e.action in _issuing
	not records[id]
	reason := sprintf("The secret of the %s of %s has no end in the log, but the snapshot does not list the key: find out what became of it.", [e.action, e.timestamp])
}

doubts contains [id, reason] if {
	some id, [at, _, e] in _latest
	e.action in _issuing
	t := records[id]
	not _present(t, at)
	reason := sprintf("The snapshot does not tell of the secret of the %s of %s: hold its issued_at and status against the log.", [e.action, e.timestamp])
}

doubts contains [id, reason] if {
	some id, [_, _, e] in _latest
	e.action in _ending
	t := records[id]
	not _ended(t)
	not _issued_later(t)
	reason := sprintf("The log has a %s at %s, and the snapshot no end of the key: find out which is right.", [e.action, e.timestamp])
}

doubts contains [id, reason] if {
	some id, t in _untouched
	not last(t)
	reason := "Until when the key's secret worked is unknown: record its status, and with it revoked_at, expires_at or grace_until."
}

doubts contains [id, reason] if {
	some id, t in _untouched
	not t.issued_at
	reason := "The key has no issued_at, so its age is unknown: record when its present secret was issued."
}

doubts contains [id, reason] if {
	some id, t in _untouched
	clock.instant(t.issued_at) > clock.from + _tolerance
	reason := sprintf("The secret was issued at %s, and the log has no event of it, nor of what it replaced: find out which is right.", [t.issued_at])
}

doubts contains [id, reason] if {
	some id, t in records
	t.status == "revoked"
	revoked := clock.instant(t.revoked_at)
	revoked > clock.from + _tolerance
	revoked < clock.close - _tolerance
	not _end_logged(id)
	reason := sprintf("The snapshot says that the key was revoked at %s, and the log does not: find out which is right.", [t.revoked_at])
}

doubts contains [life.token, reason] if {
	some life in lives
	life.issued > life.until
	reason := sprintf("A secret was issued at %s and ended before, at %s: correct the times.", [clock.text(life.issued), clock.text(life.until)])
}

_latest := {id: history[count(history) - 1] | some id, history in histories}

# The records of keys that may have worked in the period, and of which the log has no event.
_untouched := {id: t |
	some id, t in records
	not histories[id]
	not _made_later(t)
	not _ended_earlier(t)
}

_made_later(t) if clock.instant(t.created_at) >= clock.close

_issued_later(t) if clock.instant(t.issued_at) >= clock.close

_ended_earlier(t) if last(t) <= clock.from

_end_logged(id) if _latest[id][2].action in _ending

_ended(t) if t.status in {"revoked", "expired"}
