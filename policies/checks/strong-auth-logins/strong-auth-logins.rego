# METADATA
# title: Nobody signs in with a password alone
# description: >-
#   Every sign-in that did not fail must have used a second factor (details.mfa), or a method that is two factors by itself
#   (details.method, such as passkey). It shows that what is configured is also enforced.
# schemas:
#   - input.event: schema.event
# custom:
#   id: strong-auth-logins
#   severity: high
#   nature: operating
#   reads: event
#   evidence: [user.login events of the audit log]
package kt.checks.strong_auth_logins

import data.kt.thresholds

selected if {
	input.event.action == "user.login"
	not input.event.outcome in {"failure", "denied"}
}

deviation contains {"reason": reason} if {
	selected
	not _strong_method
	input.event.details.mfa == false
	reason := sprintf("%s signed in without a second factor: enforce one, and ask what was done.", [input.event.actor.id])
}

unknown contains {"reason": reason} if {
	selected
	not _strong_method
	not is_boolean(_mfa)
	reason := "Whether a second factor was used is unknown: log it as details.mfa, true or false."
}

_strong_method if input.event.details.method in thresholds.strong_auth.methods

default _mfa := "unknown"

_mfa := input.event.details.mfa
