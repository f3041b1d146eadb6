# METADATA
# title: Alerts for events
# description: >-
#   Whether an alert or an escalation was raised for an event, among the events that a check selected. An alert is for the event
#   that its details.event names, and for those with its correlation_id that did not come after it.
# schemas:
#   - input.events: schema.events
package kt.lib.alerts

import data.kt.lib.clock

# An alert for the event was raised within the limit, given in nanoseconds.
raised(event, limit) if {
	some at in _naming[event.id]
	at <= clock.instant(event.timestamp) + limit
}

raised(event, limit) if {
	start := clock.instant(event.timestamp)
	some at in _correlated[event.correlation_id]
	at >= start
	at <= start + limit
}

# No alert was raised within the limit.
missed(event, limit) if {
	clock.instant(event.timestamp) + limit < clock.close
	not raised(event, limit)
}

# None was raised within the period, and the limit ended after the period, where the log was not looked at.
unseen(event, limit) if {
	due := clock.instant(event.timestamp) + limit
	due >= clock.to
	due < clock.now
	not raised(event, limit)
}

# An alert that could not be raised is none.
_alerts := [e |
	some e in input.events
	e.action in {"alert.create", "escalation.create"}
	e.outcome == "success"
]

_naming := {id: times |
	some id in {e.details.event | some e in _alerts}
	times := {clock.instant(e.timestamp) | some e in _alerts; e.details.event == id}
}

_correlated := {id: times |
	some id in {e.correlation_id | some e in _alerts}
	times := {clock.instant(e.timestamp) | some e in _alerts; e.correlation_id == id}
}
