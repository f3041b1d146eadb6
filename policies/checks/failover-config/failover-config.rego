# METADATA
# title: Production routes can turn to an independent provider
# description: >-
#   Every production route of a gateway in service must name, beside its first provider, an active one that is independent of
#   it (another region, or another vendor), and its providers must be probed for health. Otherwise one provider's outage
#   stops the service.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: failover-config
#   severity: high
#   nature: design
#   reads: snapshot
#   evidence: [gateways with their routes and providers of the configuration snapshot]
package kt.checks.failover_config

import data.kt.lib.gateway

population contains _subject(g) if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	some r in g.routes
	r.production
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	some n, r in g.routes
	r.production
	_providers[r.provider]
	not _redundant(r)
	reason := sprintf("Its production route %s has no active failover provider known to be of another region or vendor: add one.", [_name(n, r)])
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	some n, r in g.routes
	r.production
	not r.health_checks
	reason := sprintf("Its production route %s does not probe its providers: turn health_checks on.", [_name(n, r)])
}

unknown contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not g.status
	not gateway.served(g)
	reason := "It has no status, so it may be in service: record whether it is active or disabled."
}

unknown contains {"subject": _subject(g), "reason": "It is in service and has no routes: record them."} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	not g.routes
}

unknown contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	some n, r in g.routes
	not is_boolean(object.get(r, "production", "absent"))
	reason := sprintf("Its route %s does not say whether it is for production: record true or false.", [_name(n, r)])
}

unknown contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	some n, r in g.routes
	r.production
	not _providers[object.get(r, "provider", "")]
	reason := sprintf("Its production route %s names no first provider of the snapshot: record it.", [_name(n, r)])
}

_redundant(r) if {
	first := _providers[r.provider]
	some id in r.failover
	other := _providers[id]
	other.status == "active"
	_independent(first, other)
}

_independent(first, other) if first.region != other.region

_independent(first, other) if first.vendor != other.vendor

_providers := {p.id: p | some p in input.snapshot.providers}

_name(n, r) := object.get(r, "id", sprintf("number %d", [n + 1]))

_subject(g) := {"type": "gateway", "id": g.id}
