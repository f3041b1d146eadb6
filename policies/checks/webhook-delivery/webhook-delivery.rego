# METADATA
# title: Webhook deliveries arrive, or a person deals with them
# description: >-
#   Every delivery whose deadline fell in the period, or that is not settled, must have been accepted by its target (an
#   attempt answered with 200 to 299) in time; one that was given up must have been dealt with by a person. A webhook that
#   the platform suspended after failures sends nothing more, so that nothing would be missed: it is a deviation itself.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: webhook-delivery
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [webhooks and deliveries of the configuration snapshot with their attempts, users]
package kt.checks.webhook_delivery

import data.kt.lib.clock
import data.kt.thresholds

population contains {"type": "webhook", "id": w.id} if {
	some w in input.snapshot.webhooks
	w.status in {"active", "suspended"}
}

population contains _subject(d) if {
	some d in input.snapshot.deliveries
	_concerns(d)
}

deviation contains {"subject": {"type": "webhook", "id": w.id}, "reason": reason} if {
	some w in input.snapshot.webhooks
	w.status == "suspended"
	reason := "It was suspended after failures and sends nothing: mend its target and resume it, or pause it on purpose."
}

deviation contains {"subject": _subject(d), "at": time.format(_due(d)), "reason": reason} if {
	some d in input.snapshot.deliveries
	_concerns(d)
	_settled(d) > _due(d)
	reason := sprintf("It was settled at %s, and had to be by %s: see what held it up.", [
		time.format(_settled(d)),
		time.format(_due(d)),
	])
}

deviation contains {"subject": _subject(d), "at": time.format(_due(d)), "reason": reason} if {
	some d in input.snapshot.deliveries
	_concerns(d)
	d.status != "delivered"
	not _settled(d)
	clock.now > _due(d)
	reason := sprintf("It is %s since %s: send it again, or have a named person deal with it.", [d.status, d.created_at])
}

warning contains {"subject": _subject(d), "reason": reason} if {
	some d in input.snapshot.deliveries
	_concerns(d)
	d.status == "pending"
	clock.now >= clock.instant(d.created_at) + clock.duration(thresholds.webhook_delivery.warn)
	reason := sprintf("It is on its way since %s: see whether its target answers.", [d.created_at])
}

unknown contains {"subject": {"type": "webhook", "id": w.id}, "reason": reason} if {
	some w in input.snapshot.webhooks
	not object.get(w, "status", "") in {"active", "suspended", "paused"}
	reason := "It has no status of active, suspended or paused: record it."
}

unknown contains {"subject": _subject(d), "reason": _doubt(d)} if some d in input.snapshot.deliveries

_doubt(d) := "It has no created_at: record it." if {
	not d.created_at
} else := "It has no status of pending, delivered or dead_letter: record it." if {
	not object.get(d, "status", "") in object.keys(_limits)
} else := "It names no webhook of the snapshot: record the one that it belongs to." if {
	_concerns(d)
	not object.get(d, "webhook", "") in _webhooks
} else := "It is called delivered, but no attempt was answered with 200 to 299: record its attempts." if {
	d.status == "delivered"
	not _settled(d)
} else := "It was created or settled in the future, or settled before it was created: correct its times." if {
	_disordered(d)
}

_disordered(d) if clock.instant(d.created_at) > clock.now

_disordered(d) if _settled(d) > clock.now

_disordered(d) if _settled(d) < clock.instant(d.created_at)

# Its deadline fell in the period, or it is not settled.
_concerns(d) if {
	_due(d) >= clock.from
	_due(d) < clock.to
}

_concerns(d) if {
	clock.instant(d.created_at) < clock.close
	not _settled(d)
}

_due(d) := clock.instant(d.created_at) + _limits[d.status]

# When the target accepted it; of one that was given up, else when a person had dealt with it.
_settled(d) := _accepted(d)

_settled(d) := clock.instant(d.handled_at) if {
	not _accepted(d)
	d.status == "dead_letter"
	d.handled_by in _people
}

_accepted(d) := min([clock.instant(a.at) | some a in d.attempts; floor(a.status / 100) == 2])

_limits := {
	"pending": clock.duration(thresholds.webhook_delivery.deliver),
	"delivered": clock.duration(thresholds.webhook_delivery.deliver),
	"dead_letter": clock.duration(thresholds.webhook_delivery.handle),
}

_webhooks := {w.id | some w in input.snapshot.webhooks}

_people := {u.id | some u in input.snapshot.users; u.type == "human"}

_subject(d) := {"type": "delivery", "id": d.id}
