# METADATA
# title: The lives of keys' secrets
# description: >-
#   From when until when each secret of each key worked, rebuilt from the keys' life-cycle events of the period and the snapshot's
#   record of each key. Suspending a key does not end its secret's life, for it may be resumed.
package kt.lib.secret

import data.kt.lib.clock
import data.kt.lib.token
import data.kt.thresholds

_issuing := {"token.create", "token.rotate"}

_ending := {"token.revoke", "token.expire", "token.delete"}

# The snapshot's record of each key.
records := {t.id: t | some t in input.snapshot.tokens}

# Each key's events in order of time, as [instant, place in the log, event].
histories := {id: history |
	some id in {e.resource.id | some e in input.events}
	history := sort([[clock.instant(e.timestamp), i, e] | some i, e in input.events; e.resource.id == id])
}

# A life is {"token", "issued", "until"} with both instants in ns. Here: of a secret that the period's first event ended.
lives contains {"token": id, "issued": issued, "until": until} if {
	some id, history in histories
	issued := _before(id, history)
	until := _end(history, 0)
}

# Of a secret that one event issued and the next one ended.
lives contains {"token": id, "issued": at, "until": until} if {
	some id, history in histories
	some i, [at, _, e] in history
	e.action in _issuing
	until := _end(history, i + 1)
}

# Of a secret that the period's last event issued. One that the snapshot no longer has was replaced after the period.
lives contains {"token": id, "issued": at, "until": until} if {
	some id, history in histories
	[at, _, e] := history[count(history) - 1]
	e.action in _issuing
	until := _present(records[id], at)
}

# Of a secret that no event of the period touched.
lives contains {"token": id, "issued": issued, "until": until} if {
	some id, t in _untouched
	not _issued_later(t)
	issued := clock.instant(t.issued_at)
	until := last(t)
}

# When the secret issued by the period's last event ends.
_present(t, at) := last(t) if {
	near(clock.instant(t.issued_at), at)
} else := clock.close if {
	_issued_later(t)
}

# When the secret that the first event ended was issued: as that event says, else as the record does of a key that was only ended.
_before(_, history) := clock.instant(history[0][2].details.before.issued_at)

_before(id, history) := clock.instant(records[id].issued_at) if {
	not history[0][2].details.before.issued_at
	every entry in history { entry[2].action in _ending }
}

# When a history's event i ended the secret before it: at once, or after the grace that a rotation gives (and the next event may
# cut short), but not after that secret's own expiry.
_end(history, i) := min({_stop(history, i)} | {at | at := clock.instant(history[i][2].details.before.expires_at)})

_stop(history, i) := min({max({replaced, grace})} | {at | [at, _, next] := history[i + 1]; next.action in _ending}) if {
	[replaced, _, e] := history[i]
	e.action == "token.rotate"
	grace := clock.instant(e.details.grace_until)
} else := history[i][0]

# When the secret of a key's record stops working, as the record says. One without an end works until the period's close.
last(t) := token.end(t) if {
	token.certain(t)
} else := clock.close if {
	token.certain(t)
}

# Two times of one thing, as the snapshot and the log tell it.
near(a, b) if abs(a - b) <= _tolerance

_tolerance := clock.duration(thresholds.key_log_tolerance)
