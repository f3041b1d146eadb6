# Thresholds of alerts, escalations and incidents: how soon a webhook must be delivered, an escalation answered and resolved, and an incident written up.
package kt.thresholds

# A delivery is told when still on its way after warn, and lost when not delivered within deliver; one that was given up
# must have been dealt with by a person within handle of its creation.
webhook_delivery := {"warn": "4h", "deliver": "24h", "handle": "72h"}

# How soon an escalation must be acknowledged, by severity, and how soon it must have one.
triage := {
	"acknowledge": {"critical": "15m", "high": "1h", "medium": "8h", "low": "24h"},
	"severity": "1h",
}

# The time within which a critical escalation must be resolved, and from which an open one is told.
esc_sla := {"warn": "2h", "fail": "4h"}

# How long after its detection an incident's record must be complete and reviewed, and from when gaps in it are told.
incident_record := {"warn": "20d", "fail": "30d"}

# How long before its deadline a notice that was not yet given is told.
incident_comms := {"warn": "24h"}
