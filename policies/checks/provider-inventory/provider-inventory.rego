# METADATA
# title: Requests go only to model providers that were accepted
# description: >-
#   The provider of every request must be in the register and approved, have a data processing agreement in force that forbids
#   training on what it is sent, keep it no longer than the limit, and process it in an accepted region. A request that was
#   denied before a provider was chosen went nowhere, and is left out. The register is the one of the snapshot.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
# custom:
#   id: provider-inventory
#   severity: high
#   nature: operating
#   reads: event
#   evidence: [gateway.request events, providers of the configuration snapshot]
package kt.checks.provider_inventory

import data.kt.lib.clock
import data.kt.thresholds

selected if {
	input.event.action == "gateway.request"
	input.event.outcome != "denied"
}

selected if {
	input.event.action == "gateway.request"
	input.event.details.provider
}

deviation contains {"reason": reason} if {
	selected
	not input.event.details.provider in _listed
	reason := sprintf("It went to %v, which is not in the register: stop it, or have the provider accepted.", [input.event.details.provider])
}

deviation contains {"reason": sprintf("It went to %s, %s", [input.event.details.provider, fault])} if {
	selected
	some fault in _faults[input.event.details.provider]
}

unknown contains {"reason": "It does not say which provider it went to: have the gateway log details.provider."} if {
	selected
	not input.event.details.provider
}

unknown contains {"reason": sprintf("Its provider %s has no %s in the register: record it.", [input.event.details.provider, field])} if {
	selected
	some field in _missing[input.event.details.provider]
}

_listed := {p.id | some p in input.snapshot.providers}

# What is wrong with each provider, and what is not known of it.
_faults := {id: {fault | some fault, ids in _bad; id in ids} | some id in _listed}

_missing := {p.id: {field | some field in _fields; object.get(p, field, "") == ""} | some p in input.snapshot.providers}

_fields := ["approved", "dpa", "no_training", "retention", "region"]

_bad := {
	"which is not approved: stop it, or have the provider approved.": {p.id |
		some p in input.snapshot.providers
		p.approved == false
	},
	"with whom no data processing agreement is in force: conclude one.": {p.id |
		some p in input.snapshot.providers
		p.dpa == false
	},
	"which may train on what it is sent: agree that it must not.": {p.id |
		some p in input.snapshot.providers
		p.no_training == false
	},
	"which keeps it too long: agree on a shorter retention.": {p.id |
		some p in input.snapshot.providers
		clock.duration(p.retention) > clock.duration(thresholds.provider_inventory.retention)
	},
	"which processes it in a region that is not accepted: use another.": {p.id |
		some p in input.snapshot.providers
		not split(p.region, "-")[0] in thresholds.provider_inventory.areas
	},
}
