# METADATA
# title: Every gateway's failover was exercised within twelve months
# description: >-
#   Every gateway in service must have taken part in a failover drill with a recorded result within the limit, and what such
#   drills found must be tracked: each issue has an owner and a status, and a failed drill has at least one issue. A chain
#   of providers that nobody ever tried is a hope.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: failover-drill
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [gateways and drills of the configuration snapshot, the drill records]
package kt.checks.failover_drill

import data.kt.lib.clock
import data.kt.lib.gateway
import data.kt.thresholds

population contains _gateway(g) if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
}

population contains _drill(d) if {
	some d in input.snapshot.drills
	_recent(d)
}

deviation contains {"subject": _gateway(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	not g.id in _exercised
	reason := sprintf("It took part in no failover drill with a recorded result in the last %s: hold one.", [clock.words(_fail)])
}

deviation contains {"subject": _drill(d), "at": d.performed_at, "reason": reason} if {
	some d in input.snapshot.drills
	_recent(d)
	d.result == "failed"
	count(object.get(d, "issues", [])) == 0
	reason := "It failed, and no issue was recorded: record what has to be mended, and by whom."
}

deviation contains {"subject": _drill(d), "at": d.performed_at, "reason": reason} if {
	some d in input.snapshot.drills
	_recent(d)
	some issue in d.issues
	some field in ["owner", "status"]
	object.get(issue, field, "") == ""
	reason := sprintf("Its issue %s has no %s: record it.", [object.get(issue, "id", "without id"), field])
}

warning contains {"subject": _gateway(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	not g.id in _exercised_lately
	reason := sprintf("Its last failover drill is more than %s ago: hold one before it is %s.", [clock.words(_warn), clock.words(_fail)])
}

unknown contains {"subject": _gateway(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not g.status
	not gateway.served(g)
	reason := "It has no status, so it may be in service: record whether it is active or disabled."
}

unknown contains {"subject": _drill(d), "reason": _doubt(d)} if some d in input.snapshot.drills

_doubt(d) := "It does not say whether failover or restore was exercised: record its kind." if {
	not d.kind
} else := "It has no performed_at: record when it was held, or take it out." if {
	d.kind == "failover"
	not d.performed_at
} else := "It was performed in the future: correct its time." if {
	d.kind == "failover"
	clock.instant(d.performed_at) > clock.now
} else := "It has no result of passed or failed: record how it ended." if {
	_recent(d)
	not object.get(d, "result", "") in {"passed", "failed"}
} else := "It does not say which gateways took part: record them." if {
	_recent(d)
	not d.gateways
}

_recent(d) if _held_since(d, clock.now - _fail)

_held_since(d, earliest) if {
	d.kind == "failover"
	at := clock.instant(d.performed_at)
	at >= earliest
	at <= clock.now
}

_exercised := {id |
	some d in input.snapshot.drills
	_recent(d)
	d.result in {"passed", "failed"}
	some id in d.gateways
}

_exercised_lately := {id |
	some d in input.snapshot.drills
	_held_since(d, clock.now - _warn)
	d.result in {"passed", "failed"}
	some id in d.gateways
}

_fail := clock.duration(thresholds.failover_drill.fail)

_warn := clock.duration(thresholds.failover_drill.warn)

_gateway(g) := {"type": "gateway", "id": g.id}

_drill(d) := {"type": "drill", "id": d.id}
