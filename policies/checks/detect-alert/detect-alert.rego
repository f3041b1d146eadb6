# METADATA
# title: What alarms raises an alert in time
# description: >-
#   For every block, every attempt to pass personal data, every deletion of a policy (done or only attempted) and every burst of
#   failed sign-ins of one account, an alert or an escalation must have been raised within the limit. It is found by its
#   details.event or by the correlation_id. What happens unnoticed is answered by nobody.
# schemas:
#   - input.event: schema.event
#   - input.events: schema.events
# custom:
#   id: detect-alert
#   severity: high
#   nature: operating
#   reads: events
#   evidence: [alarming events of the audit log, alert.create and escalation.create events]
package kt.checks.detect_alert

import data.kt.lib.alerts
import data.kt.lib.clock
import data.kt.thresholds

selected if input.event.action in {"event.block", "policy.delete", "alert.create", "escalation.create"}

selected if {
	input.event.action in {"event.flag", "event.redact"}
	object.get(input.event, ["details", "kind"], "pii") == "pii"
}

selected if {
	input.event.action == "user.login"
	input.event.outcome in {"failure", "denied"}
}

population contains _subject(alarm) if some alarm in _alarms

deviation contains object.union(_finding(alarm), {"reason": reason}) if {
	some alarm in _alarms
	every e in alarm.events { alerts.missed(e, alarm.due - clock.instant(e.timestamp)) }
	reason := sprintf("No alert was raised within %s of the %s: see to it now, and to why it went unnoticed.", [thresholds.detect_alert.limit, alarm.name])
}

unknown contains object.union(_finding(alarm), {"reason": reason}) if {
	some alarm in _alarms
	every e in alarm.events { alerts.unseen(e, alarm.due - clock.instant(e.timestamp)) }
	reason := sprintf("The %s may have raised its alert after the period: evaluate a period that ends later.", [alarm.name])
}

unknown contains object.union(_finding(alarm), {"reason": reason}) if {
	some e in input.events
	e.action in {"event.flag", "event.redact"}
	not e.details.kind
	alarm := {"events": [e]}
	reason := sprintf("The %s does not tell what was found, so whether it had to alert is unknown: log details.kind.", [e.action])
}

_alarms := array.concat(_single, _bursts)

_single := [{"events": [e], "name": e.action, "due": clock.instant(e.timestamp) + _limit} |
	some e in input.events
	_alarming(e)
]

_alarming(e) if e.action in {"event.block", "policy.delete"}

_alarming(e) if {
	e.action in {"event.flag", "event.redact"}
	e.details.kind == "pii"
}

# A burst is told when it becomes one, not again while it goes on.
_bursts := [{"events": events, "name": sprintf("burst of failed sign-ins of %s", [account]), "due": due} |
	some account, tries in _tries
	some i, _ in tries
	_full(tries, i)
	not _full(tries, i - 1)
	events := [try[1] | some try in array.slice(tries, i, i + thresholds.login_burst.failures)]
	due := tries[(i + thresholds.login_burst.failures) - 1][0] + _limit
]

_full(tries, i) if tries[(i + thresholds.login_burst.failures) - 1][0] - tries[i][0] <= _window

# Each account's failed sign-ins in the order of time.
_tries := {account: tries |
	some account in {e.actor.id | some e in _sign_ins}
	tries := sort([[clock.instant(e.timestamp), e] | some e in _sign_ins; e.actor.id == account])
}

_sign_ins := [e | some e in input.events; e.action == "user.login"]

_limit := clock.duration(thresholds.detect_alert.limit)

_window := clock.duration(thresholds.login_burst.window)

_finding(alarm) := {"subject": _subject(alarm), "at": last.timestamp, "events": [e.id | some e in alarm.events]} if {
	last := alarm.events[count(alarm.events) - 1]
}

_subject(alarm) := {"type": "event", "id": alarm.events[count(alarm.events) - 1].id}
