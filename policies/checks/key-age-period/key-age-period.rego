# METADATA
# title: At every instant of the period, keys are younger than ninety days
# description: >-
#   Every secret that worked at any instant of the period must have been younger than the limit for as long as it worked. The
#   lives of the secrets are rebuilt from the keys' life-cycle events and held against the snapshot; where the two do not
#   agree, the key is unknown. After a rotation the old secret counts until its grace_until (without one it stops at
#   once), which may not be far off. A suspended key counts, and a rotation to the same secret is none.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.event: schema.event
#   - input.events: schema.events
# custom:
#   id: key-age-period
#   severity: high
#   nature: operating
#   reads: events
#   evidence: [token events of the audit log, tokens of the configuration snapshot]
package kt.checks.key_age_period

import data.kt.lib.clock
import data.kt.lib.secret
import data.kt.thresholds

selected if {
	input.event.action in {"token.create", "token.rotate", "token.revoke", "token.expire", "token.delete"}
	not input.event.outcome in {"failure", "denied"}
	not _same_secret(input.event)
}

_same_secret(event) if {
	event.action == "token.rotate"
	event.details.before.secret_sha256 == event.details.after.secret_sha256
}

population contains _subject(life.token) if {
	some life in secret.lives
	_overlaps(life, life.issued)
}

deviation contains {"subject": _subject(life.token), "reason": reason, "at": clock.text(start)} if {
	some life in secret.lives
	_overlaps(life, life.issued + _fail)
	start := max({clock.from, life.issued + _fail})
	reason := sprintf(
		"A secret issued at %s worked until %s, and may work for less than %s: rotate keys in time.",
		[clock.text(life.issued), clock.text(min({life.until, clock.close})), clock.words(_fail)],
	)
}

deviation contains {"subject": _subject(id), "reason": reason, "at": clock.text(at)} if {
	some id, history in secret.histories
	some [at, _, e] in history
	e.action == "token.rotate"
	grace := clock.instant(e.details.grace_until) - at
	grace > _grace
	reason := sprintf("The rotation let the old secret work on until %s, longer than %s: shorten the grace time.", [e.details.grace_until, clock.words(_grace)])
}

warning contains {"subject": _subject(life.token), "reason": reason} if {
	some life in secret.lives
	_overlaps(life, life.issued + _warn)
	reason := sprintf("A secret issued at %s reached an age of %s: rotate the key before it is %s.", [clock.text(life.issued), clock.words(_warn), clock.words(_fail)])
}

unknown contains {"subject": _subject(id), "reason": reason} if some [id, reason] in secret.doubts

# The life goes on after the instant, inside the period.
_overlaps(life, instant) if max({clock.from, instant}) < min({life.until, clock.close})

_fail := clock.duration(thresholds.key_age.fail)

_warn := clock.duration(thresholds.key_age.warn)

_grace := clock.duration(thresholds.key_grace.max)

_subject(id) := {"type": "token", "id": id}
