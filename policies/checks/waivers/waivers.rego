# METADATA
# title: Waivers are short, approved by another person, and tidied up
# description: >-
#   Every entry of the waiver register must last no longer than the cap, be approved before it begins by a person among the users who is
#   not who asked, name what holds the risk down meanwhile and the ticket under which the cause is mended, and leave the
#   register soon after it ended. A register that nobody tidies hides which exceptions still stand. People are told apart by
#   their e-mail addresses, so that nobody approves their own request under another name.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: waivers
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [mappings/waivers.yaml at the evaluated commit, users of the configuration snapshot]
package kt.checks.waivers

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(w) if some w in data.kt.waivers

deviation contains {"subject": _subject(w), "at": w.until, "reason": reason} if {
	some w in data.kt.waivers
	over := clock.now - clock.instant(w.until)
	over > clock.duration(thresholds.waivers.remove)
	reason := sprintf("It ended %s ago: take it out of the register.", [clock.words(over)])
}

deviation contains {"subject": _subject(w), "at": w.from, "reason": reason} if {
	some w in data.kt.waivers
	lasts := clock.instant(w.until) - clock.instant(w.from)
	lasts > clock.duration(thresholds.waivers.cap)
	reason := sprintf("It lasts %s, and may last %s at most: shorten it.", [clock.words(lasts), thresholds.waivers.cap])
}

deviation contains {"subject": _subject(w), "at": w.from, "reason": reason} if {
	some w in data.kt.waivers
	clock.instant(w.approved_at) > clock.instant(w.from)
	reason := sprintf("It begins at %s, before its approval at %s: let it begin with the approval.", [w.from, w.approved_at])
}

deviation contains {"subject": _subject(w), "at": w.approved_at, "reason": reason} if {
	some w in data.kt.waivers
	some field in ["compensating", "ticket"]
	object.get(w, field, "") == ""
	reason := sprintf("It names no %s: record what holds the risk down, and where its cause is mended.", [field])
}

deviation contains {"subject": _subject(w), "at": w.approved_at, "reason": reason} if {
	some w in data.kt.waivers
	_person(w.approved_by) == _person(w.requested_by)
	reason := sprintf("%s asked for it and approved it: have another person decide.", [w.approved_by])
}

deviation contains {"subject": _subject(w), "at": w.approved_at, "reason": reason} if {
	some w in data.kt.waivers
	_person(w.approved_by) in _services
	reason := sprintf("%s approved it, which is no person: have a person decide.", [w.approved_by])
}

warning contains {"subject": _subject(w), "reason": sprintf("It ends at %s: mend the cause by then.", [w.until])} if {
	some w in data.kt.waivers
	left := clock.instant(w.until) - clock.now
	left > 0
	left <= clock.duration(thresholds.waivers.warn)
}

unknown contains {"subject": _subject(w), "reason": _doubt(w)} if some w in data.kt.waivers

_doubt(w) := sprintf("It was approved at %s, which is still to come: correct it.", [w.approved_at]) if {
	clock.instant(w.approved_at) > clock.now
} else := sprintf("It was approved by %s, who is not among the users: name one by id or e-mail address.", [w.approved_by]) if {
	not _person(w.approved_by)
} else := sprintf("It was requested by %s, who is not among the users: name one by id or e-mail address.", [w.requested_by]) if {
	not _person(w.requested_by)
} else := sprintf("It was approved by %s, who may be no person: record the type of that user.", [w.approved_by]) if {
	not _person(w.approved_by) in _people
}

# The e-mail address, or else the id, of a user who is named by either.
_person(name) := _addresses[name]

_person(name) := lower(name) if {
	not _addresses[name]
	lower(name) in _known
}

_addresses := {u.id: lower(object.get(u, "email", u.id)) | some u in input.snapshot.users}

_known := {address | some address in _addresses}

_services := {_addresses[u.id] | some u in input.snapshot.users; u.type == "service"}

_people := {_addresses[u.id] | some u in input.snapshot.users; u.type == "human"}

_subject(w) := {"type": "waiver", "id": w.id}
