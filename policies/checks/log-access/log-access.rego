# METADATA
# title: Only auditors read the audit log, and every read is logged
# description: >-
#   Every account that can read the audit log must be a known user with access by listed roles alone; every read must be by such an
#   account while it had access; and the log must hold each read that the store counted. Who can read the log
#   unseen learns what it catches.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
#   - input.events: schema.events
# custom:
#   id: log-access
#   severity: high
#   nature: operating
#   reads: events
#   evidence: [log_readers and users of the configuration snapshot, audit.read events of the audit log]
package kt.checks.log_access

import data.kt.lib.clock
import data.kt.thresholds

selected if {
	input.event.action == "audit.read"
	not input.event.outcome in {"failure", "denied"}
}

population contains _subject(r) if some r in input.snapshot.log_readers

population contains {"type": "event", "id": e.id} if some e in input.events

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.log_readers
	not _removed(r)
	excess := {role | some role in r.roles} - {role | some role in thresholds.log_access.roles}
	count(excess) > 0
	reason := sprintf("It reads the audit log by the roles %s, which may not give that: take the access from the role.", [concat(", ", excess)])
}

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.log_readers
	not _removed(r)
	count(r.roles) == 0
	reason := "It can read the audit log without any role: take the access away, or give it by a role."
}

deviation contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.log_readers
	logged := count(object.get(_reads, r.id, []))
	r.reads > logged
	reason := sprintf("The store counted %d reads by it, and the log holds %d: find out how it reads unseen.", [r.reads, logged])
}

deviation contains {"subject": {"type": "event", "id": e.id}, "reason": reason, "at": e.timestamp, "events": [e.id]} if {
	some e in input.events
	not _entitled(e)
	reason := sprintf("%s read the audit log and had no access to it: find out how, or list the account among the log_readers.", [e.actor.id])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.log_readers
	missing := {field | some field in ["roles", "reads"]; not r[field]}
	count(missing) > 0
	reason := sprintf("It has no %s, so how it reads the audit log is unknown: record it.", [concat(", ", missing)])
}

unknown contains {"subject": _subject(r), "reason": reason} if {
	some r in input.snapshot.log_readers
	not r.id in _users
	reason := "It is none of the snapshot's users, so nobody answers for it: list the user, or take the access away."
}

_removed(r) if clock.instant(r.removed_at) <= clock.now

_entitled(e) if {
	reader := _readers[e.actor.id]
	not _gone(reader, e)
}

_gone(reader, e) if clock.instant(reader.removed_at) <= clock.instant(e.timestamp)

_readers := {r.id: r | some r in input.snapshot.log_readers}

_users := {u.id | some u in input.snapshot.users}

_reads := {id: ids |
	some id in {e.actor.id | some e in input.events}
	ids := [e.id | some e in input.events; e.actor.id == id]
}

_subject(r) := {"type": "log_reader", "id": r.id}
