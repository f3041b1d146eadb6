# METADATA
# title: The audit log's configuration changes only with approval, and never unseen
# description: >-
#   Whenever audit logging was switched off or paused, its retention or destination was changed, or an export was deleted, another person
#   must have approved it before (details.approval), and an alert must have been raised soon after. Whoever can silence the
#   log unseen can hide everything else.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
#   - input.events: schema.events
# custom:
#   id: log-config-change
#   severity: critical
#   nature: operating
#   reads: events
#   evidence: [audit and export.delete events of the audit log, alert.create and escalation.create events, users of the configuration snapshot]
package kt.checks.log_config_change

import data.kt.lib.alerts
import data.kt.lib.approval
import data.kt.lib.clock
import data.kt.thresholds

selected if {
	input.event.action in {"audit.disable", "audit.pause", "audit.retention", "audit.sink", "export.delete"}
	not input.event.outcome in {"failure", "denied"}
}

selected if input.event.action in {"alert.create", "escalation.create"}

population contains _subject(e) if some e in _changes

deviation contains {"subject": _subject(e), "reason": reason, "at": e.timestamp, "events": [e.id]} if {
	some e in _changes
	faults := {fault | fault := approval.fault(e, _user(e, "approved_by"), _user(e, "requested_by"))} | {sprintf("raised no alert within %s", [thresholds.log_config_change.alert]) | alerts.missed(e, _limit)}
	count(faults) > 0
	reason := sprintf("The %s %s: undo it, or have another person approve it before and let it alert.", [e.action, concat(" and ", faults)])
}

unknown contains {"subject": _subject(e), "reason": reason, "at": e.timestamp, "events": [e.id]} if {
	some e in _changes
	doubt := approval.doubt(e, _user(e, "approved_by"), _user(e, "requested_by"))
	reason := sprintf("The %s %s: find the approval, and log it whole.", [e.action, doubt])
}

unknown contains {"subject": _subject(e), "reason": reason, "at": e.timestamp, "events": [e.id]} if {
	some e in _changes
	alerts.unseen(e, _limit)
	reason := sprintf("The %s may have raised its alert after the period: evaluate a period that ends later.", [e.action])
}

_changes := [e | some e in input.events; not e.action in {"alert.create", "escalation.create"}]

_users := {u.id: u | some u in input.snapshot.users}

_user(event, part) := object.get(_users, object.get(event, ["details", "approval", part], ""), {})

_limit := clock.duration(thresholds.log_config_change.alert)

_subject(e) := {"type": "event", "id": e.id}
