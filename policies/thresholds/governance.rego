# Thresholds of governance: limits of waivers, model providers, decisions, findings and overrides.
package kt.thresholds

# How long a waiver may last, how long before its end it is told, and how long after its end it may stay in the register.
waivers := {"cap": "90d", "warn": "14d", "remove": "30d"}

# Where model providers may process prompts (the first word of their region), and how long they may keep them.
provider_inventory := {"areas": ["eu", "us"], "retention": "30d"}

# The decisions that a gateway may take, and those that must say why.
decision_logged := {
	"decisions": ["allow", "block", "redact", "escalate"],
	"explained": ["block", "redact", "escalate"],
}

# How soon a finding must have an owner and a due date, and how long before the due date an open one is told.
deficiency_tracking := {"assign": "5d", "warn": "7d"}

# The roles that may release what a policy stopped, and the risks that need a second person.
human_override := {
	"roles": ["escalation-reviewer", "compliance", "admin"],
	"risks": ["low", "medium", "high"],
	"dual": ["high"],
}
