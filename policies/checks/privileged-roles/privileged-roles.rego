# METADATA
# title: Privileged roles are few, justified, approved and guarded by a second factor
# description: >-
#   Every grant of a privileged role that stands must say why and be approved beforehand by another person; its holder must be a user
#   who works here and, as a person, must sign in with a second factor; a grant that was made for a time must end with it. A privileged
#   role has no more holders than its limit, and nobody holds one without a grant.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: privileged-roles
#   severity: high
#   nature: operating
#   reads: snapshot
#   evidence: [roles, grants and users of the configuration snapshot]
package kt.checks.privileged_roles

import data.kt.lib.clock
import data.kt.lib.person
import data.kt.lib.privilege
import data.kt.thresholds

population contains {"type": "role", "id": r.id} if some r in privilege.roles

population contains _subject(g) if some g in privilege.grants

deviation contains {"subject": {"type": "role", "id": r.id}, "reason": reason} if {
	some r in privilege.roles
	limit := object.get(r, "max_holders", thresholds.privileged_roles.max_holders)
	held := count(privilege.holders[r.id])
	held > limit
	reason := sprintf("The role's holders are %d, and may be at most %d: withdraw it from those who can do without.", [held, limit])
}

deviation contains {"subject": {"type": "user", "id": user}, "reason": reason} if {
	some [user, role] in (privilege.held - privilege.granted)
	reason := sprintf("The user holds the privileged role %s without a grant that stands: have it granted, or withdraw it.", [role])
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in privilege.grants
	privilege.over(g)
	reason := sprintf("The grant ended at %s, and the user %s still holds the role: withdraw it.", [g.expires_at, g.user])
}

deviation contains {"subject": _subject(g), "reason": "The grant does not say why the user needs the role: justify it, or withdraw it."} if {
	some g in privilege.grants
	not _justified(g)
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in privilege.grants
	fault := _fault(g, _user(g, "approved_by"))
	reason := sprintf("The grant %s: have another person approve it anew, or withdraw it.", [fault])
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in privilege.grants
	gone := person.gone(_user(g, "user"))
	reason := sprintf("The holder %s %s: withdraw the grant.", [g.user, gone])
}

deviation contains {"subject": _subject(g), "reason": reason} if {
	some g in privilege.grants
	user := _user(g, "user")
	user.type != "service"
	user.mfa == false
	reason := sprintf("The holder %s signs in without a second factor: enforce one, or withdraw the grant.", [g.user])
}

unknown contains {"subject": subject, "reason": reason} if some [subject, reason] in privilege.doubts

_justified(g) if trim_space(g.justification) != ""

# What is wrong with the grant's approval by the approver, as the users have them.
_fault(g, approver) := "was not approved" if {
	not g.approved_by
} else := sprintf("was approved by %s, who is no person among the users", [g.approved_by]) if {
	not _person(approver)
} else := sprintf("was approved by %s, who asked for it", [g.approved_by]) if {
	person.same(approver, _user(g, "requested_by"))
} else := sprintf("was approved by %s, who holds it", [g.approved_by]) if {
	person.same(approver, _user(g, "user"))
} else := sprintf("was approved only at %s", [g.approved_at]) if {
	clock.instant(g.approved_at) >= clock.instant(g.granted_at)
}

_person(u) if {
	u.id
	not u.type == "service"
}

# The user whom the grant names in a field; {} where there is none.
_user(g, field) := object.get(privilege.users, object.get(g, field, ""), {})

_subject(g) := {"type": "grant", "id": g.id}
