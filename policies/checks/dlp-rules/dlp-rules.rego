# METADATA
# title: Prompts to outside providers are examined for personal data and secrets
# description: >-
#   Each route of a gateway in use that leads to a provider outside the organisation must block or redact personal data and
#   secrets, and must let pass only classes of data that are named. A rule that only watches stops nothing. A provider that
#   a gateway may use without any route to it is unknown, for no rule is seen to hold for it.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: dlp-rules
#   severity: critical
#   nature: design
#   reads: snapshot
#   evidence: [gateways of the configuration snapshot with their routes]
package kt.checks.dlp_rules

import data.kt.lib.gateway
import data.kt.thresholds

population contains _subject(g) if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	some route in g.routes
	route.external
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	faults := {fault | some route in g.routes; route.external; some fault in (_unstopped(route) | _unrestricted(route))}
	count(faults) > 0
	reason := sprintf("%s: add rules that block or redact, and name the classes of data that may pass.", [concat("; ", faults)])
}

unknown contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	doubts := {doubt | some route in g.routes; some doubt in _doubts(route)} | _unrouted(g)
	count(doubts) > 0
	reason := sprintf("%s: record it.", [concat("; ", doubts)])
}

# What a route that leads outside must stop, and does not.
_unstopped(route) := {sprintf("Route %s lets %s pass", [_name(route), kind]) |
	route.rules
	some kind in thresholds.dlp_rules.kinds
	not _stopped(route, kind)
}

_unrestricted(route) := {sprintf("Route %s lets every class of data pass", [_name(route)]) |
	some class in route.data_classes
	regex.match(thresholds.dlp_rules.wildcard, class)
}

_stopped(route, kind) if {
	some rule in route.rules
	rule.kind == kind
	rule.action in thresholds.dlp_rules.actions
}

# What is not known of a route.
_doubts(route) := {sprintf("Whether route %s leads outside is unknown", [_name(route)])} if {
	not _leads(route)
} else := {sprintf("Which %s of route %s hold is unknown", [field, _name(route)]) |
	route.external
	some field in ["rules", "data_classes"]
	not route[field]
}

_leads(route) if is_boolean(route.external)

# What is not known of a gateway's ways to its providers.
_unrouted(g) := {"Which routes the gateway has is unknown"} if {
	not g.routes
} else := {sprintf("Which route leads to provider %s is unknown", [provider]) |
	some provider in g.providers
	not provider in _reached(g)
}

_reached(g) := {route.provider | some route in g.routes} | {provider | some route in g.routes; some provider in route.failover}

_name(route) := object.get(route, "id", "without id")

_subject(g) := {"type": "gateway", "id": g.id}
