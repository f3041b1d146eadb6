package kt.thresholds_keys_test

import data.kt.lib.clock
import data.kt.thresholds

test_every_duration_is_one if {
	every text in [
		thresholds.key_age.warn,
		thresholds.key_age.fail,
		thresholds.key_grace.max,
		thresholds.key_log_tolerance,
		thresholds.key_scope.expiry_warn,
		thresholds.key_dormant.unused,
		thresholds.key_dormant.never_used,
		thresholds.key_revoke.owner_left,
		thresholds.key_revoke.team_deleted,
		thresholds.key_revoke.exposed,
	] {
		clock.duration(text) > 0
	}
}

test_keys_are_younger_than_ninety_days_and_told_at_sixty if {
	thresholds.key_age == {"warn": "60d", "fail": "90d"}
}

test_a_grace_time_is_shorter_than_a_keys_life if {
	clock.duration(thresholds.key_grace.max) < clock.duration(thresholds.key_age.fail)
}

test_an_exposed_key_is_the_most_urgent if {
	clock.duration(thresholds.key_revoke.exposed) < clock.duration(thresholds.key_revoke.owner_left)
	clock.duration(thresholds.key_revoke.exposed) < clock.duration(thresholds.key_revoke.team_deleted)
}

test_wildcards_restrict_nothing if {
	every entry in ["*", "**", "*/*", "*.*", ".*", "all", "ALL", "Any"] {
		regex.match(thresholds.key_scope.wildcard, entry)
	}
	every entry in ["gpt-4o", "openai/*", "allowed", "any-model", "", "/"] {
		not regex.match(thresholds.key_scope.wildcard, entry)
	}
}
