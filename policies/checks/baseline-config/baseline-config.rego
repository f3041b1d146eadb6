# METADATA
# title: Gateways keep to the baseline of settings
# description: >-
#   Every gateway in use must have each setting of the baseline at its required value: audit on, no capture of whole prompts for
#   debugging, no access without a key, verified upstream certificates, and no origin list that lets every web page call it.
#   One wrong switch undoes what the policies promise.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: baseline-config
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [settings of the gateways of the configuration snapshot]
package kt.checks.baseline_config

import data.kt.lib.gateway
import data.kt.thresholds

population contains _subject(g) if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	faults := _wrong(g) | _open(g)
	count(faults) > 0
	reason := sprintf("The baseline forbids %s: set it right.", [concat(", ", faults)])
}

unknown contains {"subject": _subject(g), "reason": reason} if {
	some g in input.snapshot.gateways
	not gateway.idle(g)
	names := object.keys(thresholds.baseline_settings) | {"cors_origins"}
	missing := names - {name | some name in names; object.get(g, ["settings", name], null) != null}
	count(missing) > 0
	reason := sprintf("Nothing says how the gateway sets %s: record it.", [concat(", ", missing)])
}

_wrong(g) := {sprintf("%s: %v", [name, g.settings[name]]) |
	some name, required in thresholds.baseline_settings
	g.settings[name] != required
}

_open(g) := {sprintf("cors_origins: %s", [origin]) |
	some origin in g.settings.cors_origins
	lower(origin) in thresholds.baseline_origins
}

_subject(g) := {"type": "gateway", "id": g.id}
