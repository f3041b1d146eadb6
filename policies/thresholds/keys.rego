# How old, how wide and how idle a key may be, and how soon it must be revoked.
package kt.thresholds

# The age of a key's secret: from fail on it deviates, from warn on it is told.
key_age := {"warn": "60d", "fail": "90d"}

# How long a replaced secret may go on working.
key_grace := {"max": "7d"}

# How far the snapshot's time of an issue or a revocation may be from the event's.
key_log_tolerance := "5m"

# Entries of scopes, gateways and models that are no restriction, and the remaining life from which an expiry is told.
key_scope := {"wildcard": `(?i)^(all|any|[*./:_-]*\*[*./:_-]*)$`, "expiry_warn": "365d"}

# How long a key may go unused since its last use, and since its making if it was never used.
key_dormant := {"unused": "90d", "never_used": "30d"}

# How soon a key must be revoked after its owner left, its team was deleted, or it was reported as exposed.
key_revoke := {"owner_left": "24h", "team_deleted": "24h", "exposed": "1h"}
