# METADATA
# title: Keys that nobody uses are disabled
# description: >-
#   An active key must have been used within the limit; one that was never used may wait a shorter time for its first use,
#   counted from when the key was made, so that rotating it does not begin the wait anew. A key that nobody
#   misses is one whose misuse nobody notices. Suspended keys and keys in their grace time are already on their way out.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: key-dormant
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [tokens of the configuration snapshot]
package kt.checks.key_dormant

import data.kt.lib.clock
import data.kt.lib.token
import data.kt.thresholds

population contains _subject(t) if some t in _active

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in _active
	idle := clock.now - clock.instant(t.last_used_at)
	idle > clock.duration(thresholds.key_dormant.unused)
	reason := sprintf("The key was last used %s ago: revoke it, or suspend it until it is needed.", [clock.words(idle)])
}

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in _active
	not t.last_used_at
	waiting := clock.now - _made(t)
	waiting > clock.duration(thresholds.key_dormant.never_used)
	reason := sprintf("The key was made %s ago and never used: revoke it.", [clock.words(waiting)])
}

unknown contains {"subject": _subject(t), "reason": token.doubt(t)} if some t in input.snapshot.tokens

unknown contains {"subject": _subject(t), "reason": reason} if {
	some t in _active
	not t.last_used_at
	not _made(t)
	reason := "The key has neither last_used_at nor issued_at: record when it was last used, or when it was issued."
}

unknown contains {"subject": _subject(t), "reason": reason} if {
	some t in _active
	some field in ["last_used_at", "issued_at", "created_at"]
	clock.instant(t[field]) > clock.now
	reason := sprintf("The key's %s is %s, which is still to come: correct it.", [field, t[field]])
}

_active := [t | some t in input.snapshot.tokens; t.status == "active"; token.usable(t)]

# When the key was made: its record's time, else that of its present secret.
_made(t) := clock.instant(t.created_at) if {
	t.created_at
} else := clock.instant(t.issued_at)

_subject(t) := {"type": "token", "id": t.id}
