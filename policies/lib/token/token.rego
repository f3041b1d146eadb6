# METADATA
# title: States of keys
# description: >-
#   Which of the snapshot's keys could authenticate at the evaluation's instant, when each one's secret ends, and of which that
#   cannot be told.
package kt.lib.token

import data.kt.lib.clock

# The key's secret could authenticate: it is active and not past its expiry, or suspended (it may be resumed at any
# time), or replaced by a new secret and still in its grace time.
usable(t) if {
	t.status == "active"
	not _expired(t)
}

usable(t) if t.status == "suspended"

usable(t) if {
	t.status == "grace"
	clock.now < clock.instant(t.grace_until)
}

_expired(t) if clock.instant(t.expires_at) <= clock.now

# Why it cannot be told whether the key's secret could authenticate.
doubt(t) := "The key has no known status: record whether it can authenticate." if {
	not _known(t)
} else := "The key is in its grace time, but has no grace_until: record when its secret stops working." if {
	t.status == "grace"
	not t.grace_until
}

_known(t) if t.status in {"active", "grace", "suspended", "revoked", "expired"}

# When the key's secret ends, or ended. Undefined of one without an end, and of a suspended one, which may be resumed.
end(t) := min({clock.instant(t.revoked_at)} | {at | at := clock.instant(t.expires_at)}) if t.status == "revoked"

end(t) := clock.instant(t.expires_at) if t.status in {"active", "expired"}

end(t) := clock.instant(t.grace_until) if t.status == "grace"

# It can be told when the key's secret ends: its status is known, and the time that goes with it.
certain(t) if t.status in {"active", "suspended"}

certain(t) if t[{"revoked": "revoked_at", "expired": "expires_at", "grace": "grace_until"}[t.status]]
