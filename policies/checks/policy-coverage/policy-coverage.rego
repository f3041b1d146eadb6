# METADATA
# title: Every gateway in use enforces a policy
# description: >-
#   Every gateway that is active, or that served a request in the period although it is not, must have a policy with a known
#   digest, loaded without error and in enforce mode. A gateway without one lets every prompt and answer through unexamined.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: policy-coverage
#   severity: critical
#   nature: operating
#   reads: snapshot
#   evidence: [gateways of the configuration snapshot]
package kt.checks.policy_coverage

import data.kt.lib.gateway

population contains _subject(g) if {
	some g in input.snapshot.gateways
	_in_use(g)
}

deviation contains {"subject": _subject(g), "reason": "No policy is bound to the gateway: bind one and load it."} if {
	some g in input.snapshot.gateways
	_in_use(g)
	not g.policy
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	_in_use(g)
	faults := _faults(g.policy)
	count(faults) > 0
	reason := sprintf("The gateway's policy %s: load a known version of it in enforce mode.", [concat(" and ", faults)])
}

unknown contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not g.status
	not gateway.served(g)
	reason := "The gateway has no status, so whether it is in use is unknown: record whether it is active or disabled."
}

_in_use(g) if g.status == "active"

_in_use(g) if gateway.served(g)

_faults(policy) := union({
	{"is not enforced" | not policy.mode == "enforce"},
	{"has no digest" | not policy.digest},
	{"is not loaded" | not policy.loaded},
})

_subject(g) := {"type": "gateway", "id": g.id}
