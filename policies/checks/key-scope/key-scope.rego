# METADATA
# title: Keys are bound to a team, an owner, an expiry and named resources
# description: >-
#   Every key whose secret could authenticate must belong to one team, have an owner who still works here, end at a set time and
#   name what it may reach: a gateway key its gateways and models, an access key its scopes. A list that is
#   absent, empty or a wildcard restricts nothing, so whoever holds such a key holds everything.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: key-scope
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [tokens of the configuration snapshot, users of the configuration snapshot]
package kt.checks.key_scope

import data.kt.lib.clock
import data.kt.lib.person
import data.kt.lib.token
import data.kt.thresholds

population contains _subject(t) if some t in _keys

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	some field in _restrictions(t)
	not _given(t, field)
	reason := sprintf("The key has no %s, so nothing restricts them: list those that it needs.", [field])
}

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	some field in {"scopes", "gateways", "models"}
	some entry in t[field]
	_wildcard(entry)
	reason := sprintf("The key's %s hold %q, which is no restriction: list those that it needs.", [field, entry])
}

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	some [field, remedy] in [
		["team", "bind it to the one team that uses it"],
		["owner", "name the user who answers for it"],
		["expires_at", "set when it ends"],
	]
	not _given(t, field)
	reason := sprintf("The key has no %s: %s.", [field, remedy])
}

deviation contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	fault := person.gone(object.get(_users, t.owner, {}))
	reason := sprintf("The key's owner %s %s: name an owner who works here, or revoke the key.", [t.owner, fault])
}

warning contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	some field in {"scopes", "gateways", "models"}
	some entry in t[field]
	contains(entry, "*")
	reason := sprintf("The key's %s hold the open-ended %q: list those that it needs by name.", [field, entry])
}

warning contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	left := clock.instant(t.expires_at) - clock.now
	left > clock.duration(thresholds.key_scope.expiry_warn)
	reason := sprintf("The key expires only in %s: set an earlier expires_at.", [clock.words(left)])
}

unknown contains {"subject": _subject(t), "reason": token.doubt(t)} if some t in input.snapshot.tokens

unknown contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	not _restrictions(t)
	reason := "The key has no type that is known (gateway or access), so what must restrict it is unknown: record it."
}

unknown contains {"subject": _subject(t), "reason": reason} if {
	some t in _keys
	owner := _users[t.owner]
	not person.known(owner)
	reason := sprintf("Whether the key's owner %s still works here is unknown: record the user's status.", [t.owner])
}

_keys := [t | some t in input.snapshot.tokens; token.usable(t)]

_users := {u.id: u | some u in input.snapshot.users}

# What a key of its type must list.
_restrictions(t) := {"gateway": {"gateways", "models"}, "access": {"scopes"}}[t.type]

# The field says something: a text that is not blank, a list that is not empty.
_given(t, field) if {
	is_string(t[field])
	trim_space(t[field]) != ""
}

_given(t, field) if {
	is_array(t[field])
	count(t[field]) > 0
}

_wildcard(entry) if regex.match(thresholds.key_scope.wildcard, trim_space(entry))

_subject(t) := {"type": "token", "id": t.id}
