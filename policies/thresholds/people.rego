# Who may approve what, how soon access must go, and what nobody may hold together.
package kt.thresholds

# Roles whose holders may approve access, besides the user's manager or the service's owner.
access_approvers := ["access-approver", "admin"]

# How soon after a user left all access must be gone.
user_deprovision := {"limit": "24h"}

# How soon after an access review decided a removal it must be executed.
access_review := {"removal": "7d"}

# How many users may hold a privileged role that sets no limit of its own.
privileged_roles := {"max_holders": 5}

# Roles that nobody may hold together, and what the one could hide of the other.
sod_matrix := [
	{"roles": ["policy-author", "policy-approver"], "why": "could put a policy of their own in force"},
	{"roles": ["gateway-admin", "audit-admin"], "why": "could change a gateway and remove the trace of it"},
	{"roles": ["access-requester", "access-approver"], "why": "could grant access to themselves"},
]

# Ways of signing in that are two factors by themselves.
strong_auth := {"methods": ["passkey", "webauthn", "smartcard"]}

# The platform's own components that may act without a user, as actors of type system.
system_actors := ["keeptrusts", "scheduler", "gateway"]
