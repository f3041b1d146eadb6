# METADATA
# title: People sign in through the identity provider with a second factor
# description: >-
#   Every human account that is not departed must be bound to single sign-on and to a second factor, suspended ones too, for they
#   may be resumed. A password alone is guessed, reused or phished, and an account beside the identity provider
#   outlives its person.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: strong-auth
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [users of the configuration snapshot]
package kt.checks.strong_auth

import data.kt.lib.person

population contains _subject(u) if some u in _people

deviation contains {"subject": _subject(u), "reason": reason} if {
	some u in _people
	some [field, reason] in [
		["mfa", "The user signs in without a second factor: enforce one."],
		["sso", "The user signs in beside the identity provider: bind the account to single sign-on."],
	]
	u[field] == false
}

unknown contains {"subject": _subject(u), "reason": reason} if {
	some u in _people
	some field in ({"mfa", "sso"} - object.keys(u))
	reason := sprintf("Whether %s is enforced for the user is unknown: record it.", [field])
}

unknown contains {"subject": _subject(u), "reason": reason} if {
	some u in input.snapshot.users
	not u.type
	not u.status == "departed"
	reason := "Whether the user is a person is unknown: record the type."
}

unknown contains {"subject": _subject(u), "reason": reason} if {
	some u in _people
	not person.known(u)
	reason := "Whether the user is still here is unknown: record the status."
}

_people := [u | some u in input.snapshot.users; u.type == "human"; not u.status == "departed"]

_subject(u) := {"type": "user", "id": u.id}
