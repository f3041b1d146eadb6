# METADATA
# title: Keys are younger than ninety days
# description: >-
#   Every key whose secret could authenticate at the evaluation's instant (active and not expired, suspended, or replaced and
#   still in its grace time) must carry a secret younger than the limit. An old secret has had more time to leak, and
#   stays of use to whoever has it. The age counts from the issue of the present secret; editing the key's record does not renew it.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: key-age
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [tokens of the configuration snapshot]
package kt.checks.key_age

import data.kt.lib.clock
import data.kt.lib.token
import data.kt.thresholds

population contains _subject(t) if {
	some t in input.snapshot.tokens
	token.usable(t)
}

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in input.snapshot.tokens
	token.usable(t)
	age := clock.now - clock.instant(t.issued_at)
	age >= _fail
	reason := sprintf("The secret is %s old, and must be younger than %s: rotate the key.", [clock.words(age), clock.words(_fail)])
}

warning contains {"subject": _subject(t), "reason": reason} if {
	some t in input.snapshot.tokens
	token.usable(t)
	age := clock.now - clock.instant(t.issued_at)
	age >= _warn
	reason := sprintf("The secret is %s old: rotate the key before it is %s.", [clock.words(age), clock.words(_fail)])
}

unknown contains {"subject": _subject(t), "reason": token.doubt(t)} if some t in input.snapshot.tokens

unknown contains {"subject": _subject(t), "reason": reason} if {
	some t in input.snapshot.tokens
	token.usable(t)
	not t.issued_at
	reason := "The key has no issued_at, so its age is unknown: record when its present secret was issued."
}

unknown contains {"subject": _subject(t), "reason": reason} if {
	some t in input.snapshot.tokens
	token.usable(t)
	clock.instant(t.issued_at) > clock.now
	reason := sprintf("The key's issued_at is %s, which is still to come: correct it.", [t.issued_at])
}

_fail := clock.duration(thresholds.key_age.fail)

_warn := clock.duration(thresholds.key_age.warn)

_subject(t) := {"type": "token", "id": t.id}
