# METADATA
# title: The audit log is verified without a break
# description: >-
#   Every verification of a stretch of the log that reaches into the period must have found the chain of hashes whole and
#   the checkpoint's signature valid. Together they must cover the period, up to the time that the end of the log may wait
#   for its verification: what nobody verified could have been rewritten.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: log-integrity
#   severity: critical
#   nature: operating
#   reads: snapshot
#   evidence: [log_verifications of the configuration snapshot]
package kt.checks.log_integrity

import data.kt.lib.clock
import data.kt.thresholds

population contains _subject(v.id) if {
	some v in input.snapshot.log_verifications
	_concerns(v)
}

deviation contains {"subject": _subject(v.id), "reason": reason} if {
	some v in input.snapshot.log_verifications
	_concerns(v)
	faults := {"its chain of hashes is broken" | v.result != "ok"} | {"its checkpoint has no valid signature" | v.signature != "valid"}
	count(faults) > 0
	reason := sprintf("The log from %s to %s cannot be trusted, for %s: restore it from a copy, and find out who changed it.", [v.from, v.to, concat(" and ", faults)])
}

unknown contains {"subject": _subject(v.id), "reason": reason} if {
	some v in input.snapshot.log_verifications
	missing := {field | some field in ["from", "to", "verified_at", "result", "signature", "key"]; not v[field]}
	count(missing) > 0
	reason := sprintf("The verification has no %s, so it shows nothing: record it.", [concat(", ", missing)])
}

unknown contains {"subject": _subject(v.id), "reason": reason} if {
	some v in input.snapshot.log_verifications
	_disordered(v)
	reason := "The stretch ends before it begins, or was verified before its end or in the future: correct the times."
}

# A stretch of the period that no verification covers, named by its bounds.
unknown contains {"subject": _subject(sprintf("%s/%s", [clock.text(end), clock.text(start)])), "reason": reason} if {
	count(input.snapshot.log_verifications) > 0
	some i, end in _ends
	start := _starts[i]
	end < start
	reason := sprintf("The log from %s to %s was not verified: verify it.", [clock.text(end), clock.text(start)])
}

# It reaches into the period.
_concerns(v) if {
	clock.instant(v.from) < clock.close
	clock.instant(v.to) > clock.from
}

_disordered(v) if clock.instant(v.from) >= clock.instant(v.to)

_disordered(v) if clock.instant(v.to) > clock.instant(v.verified_at)

_disordered(v) if clock.instant(v.verified_at) > clock.now

_covering := [v |
	some v in input.snapshot.log_verifications
	v.verified_at
	not _disordered(v)
]

# Where as many stretches have ended as have begun, and the next begins later, nothing covers what lies between. What lies before
# the period ends at its beginning; what need not be verified yet begins a little before its end.
_ends := sort(array.concat([clock.from], [clock.instant(v.to) | some v in _covering]))

_starts := sort(array.concat([clock.close - _lag], [clock.instant(v.from) | some v in _covering]))

_lag := clock.duration(thresholds.log_integrity.lag)

_subject(id) := {"type": "log_verification", "id": id}
