# METADATA
# title: Gateways run the approved configuration
# description: >-
#   Each observation of a gateway's running configuration must show the digest of the approved one, and no gateway may run
#   anything else for longer than the limit. A drift counts from the first observation that shows it to the next that does not (or
#   until now). A gateway in use that was not observed often enough is unknown: what it ran in between, nobody knows.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: config-drift
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [observations of the configuration snapshot, gateways of the configuration snapshot]
package kt.checks.config_drift

import data.kt.lib.clock
import data.kt.lib.gateway
import data.kt.thresholds

population contains _subject(o.id) if {
	some o in input.snapshot.observations
	_timely(o)
}

deviation contains {"subject": _subject(id), "reason": reason, "at": at} if {
	some i, [gateway_id, start, true, id, at] in _turns
	end := _end(i)
	end - start > _limit
	start < clock.close
	end > clock.from
	reason := sprintf(
		"From this observation on, %s ran a configuration that was not approved, for %s, longer than %s: deploy the approved one, or have this one approved.",
		[gateway_id, clock.words(end - start), thresholds.config_drift.limit],
	)
}

unknown contains {"subject": _subject(o.id), "reason": _doubt(o)} if some o in input.snapshot.observations

unknown contains {"subject": {"type": "gateway", "id": gateway_id}, "reason": reason} if {
	some i, [gateway_id, at] in _marks
	next := _marks[i + 1][1]
	next - at > _observed
	reason := sprintf("The gateway was not observed from %s to %s: observe it at least every %s.", [clock.text(at), clock.text(next), thresholds.config_drift.observed])
}

unknown contains {"subject": {"type": "gateway", "id": id}, "reason": reason} if {
	some id, _ in _in_use
	not id in _seen
	reason := "The gateway was not observed in the period: observe what it runs."
}

_doubt(o) := "It has no observed_at, or one that is still to come: record when it was made." if {
	not _past(o)
} else := sprintf("It has no %s, so it shows nothing: record it.", [concat(", ", missing)]) if {
	missing := {field | some field in ["gateway", "digest", "approved_digest"]; not o[field]}
	count(missing) > 0
} else := sprintf("It is of %s, which the snapshot's gateways do not list: list it.", [o.gateway]) if {
	_timely(o)
	not o.gateway in _gateways
}

# What was observed, gateway by gateway in the order of time: whether the gateway had drifted, and by which observation.
_rows := sort([[o.gateway, at, drifted, o.id, o.observed_at] |
	some o in input.snapshot.observations
	at := clock.instant(o.observed_at)
	at <= clock.now
	drifted := lower(o.digest) != lower(o.approved_digest)
])

# The rows at which a gateway was first seen, began to drift, or ran the approved configuration again.
_turns := [row | some i, row in _rows; not _goes_on(i)]

_goes_on(i) if {
	_rows[i][0] == _rows[i - 1][0]
	_rows[i][2] == _rows[i - 1][2]
}

_end(i) := _turns[i + 1][1] if {
	_turns[i + 1][0] == _turns[i][0]
} else := clock.now

# The instants of each gateway in use that may be no farther apart than two observations. The last is always the close, after which
# no other gateway's first comes.
_marks := sort({[id, at] | some id, since in _in_use; some at in {since, clock.close}} | {[o.gateway, at] |
	some o in input.snapshot.observations
	_timely(o)
	_in_use[o.gateway]
	at := clock.instant(o.observed_at)
})

_in_use := {g.id: gateway.since(g) | some g in input.snapshot.gateways; not gateway.idle(g)}

_gateways := {g.id | some g in input.snapshot.gateways}

_seen := {o.gateway | some o in input.snapshot.observations; _timely(o)}

_past(o) if clock.instant(o.observed_at) <= clock.now

_timely(o) if {
	_past(o)
	clock.in_period(clock.instant(o.observed_at))
}

_limit := clock.duration(thresholds.config_drift.limit)

_observed := clock.duration(thresholds.config_drift.observed)

_subject(id) := {"type": "observation", "id": id}
