# METADATA
# title: Gateways in use
# description: >-
#   Whether a gateway of the snapshot was in use in the period. One without a status counts as in use, so that nothing escapes
#   judgement by leaving it out.
package kt.lib.gateway

import data.kt.lib.clock

# It served a request since the period began.
served(g) if clock.instant(g.last_request_at) >= clock.from

# It is disabled, and served nothing since the period began.
idle(g) if {
	g.status == "disabled"
	not served(g)
}

# The instant of the period from which on it was there.
since(g) := clock.instant(g.created_at) if {
	clock.instant(g.created_at) > clock.from
	clock.instant(g.created_at) < clock.close
} else := clock.from
