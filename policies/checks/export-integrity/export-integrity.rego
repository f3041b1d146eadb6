# METADATA
# title: Exports are whole, authentic and kept unchanged
# description: >-
#   Every export completed in the period must have been read back and verified after its delivery, have the digest that its
#   manifest names, a valid signature, as many rows as its source counted, and lie where nobody can change it. An export
#   that fails one of these is no evidence.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: export-integrity
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [exports of the configuration snapshot, their manifests, the verifier's output]
package kt.checks.export_integrity

import data.kt.lib.clock

population contains _subject(e) if {
	some e in input.snapshot.exports
	_concerns(e)
}

deviation contains {"subject": _subject(e), "at": e.created_at, "reason": reason} if {
	some e in input.snapshot.exports
	_concerns(e)
	reason := _fault(e)
}

unknown contains {"subject": _subject(e), "reason": reason} if {
	some e in input.snapshot.exports
	_concerns(e)
	some field in ["verified", "sha256", "manifest_sha256", "signature", "rows", "source_rows", "immutable"]
	object.get(e, field, "") == ""
	reason := sprintf("It has no %s: record it.", [field])
}

unknown contains {"subject": _subject(e), "reason": _doubt(e)} if some e in input.snapshot.exports

_fault(e) := "What was delivered was not verified: read it back, and deliver it again if it differs." if {
	e.verified == false
} else := "Its digest is not the one in its manifest: make and deliver it again." if {
	lower(e.sha256) != lower(e.manifest_sha256)
} else := "Its signature is not valid: find out who changed it, and make and sign it again." if {
	e.signature != "valid"
} else := sprintf("It has %d rows, and its source %d: find the difference, and make it again.", [e.rows, e.source_rows]) if {
	e.rows != e.source_rows
} else := "It lies where it can be changed: move it to storage that keeps it unchanged." if {
	e.immutable == false
}

_doubt(e) := "It has no created_at, so its period is unknown: record it." if {
	object.get(e, "status", "completed") == "completed"
	not e.created_at
} else := "It was created in the future: correct its time." if {
	clock.instant(e.created_at) > clock.now
} else := "It has no status: record whether it was completed." if {
	not e.status
	_made_in_period(e)
}

_concerns(e) if {
	e.status == "completed"
	_made_in_period(e)
}

_made_in_period(e) if {
	at := clock.instant(e.created_at)
	at >= clock.from
	at < clock.close
}

_subject(e) := {"type": "export", "id": e.id}
