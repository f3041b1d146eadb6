package kt.thresholds_log_test

import data.kt.lib.clock
import data.kt.thresholds

test_every_duration_is_one if {
	every text in [
		thresholds.log_integrity.lag,
		thresholds.log_config_change.alert,
		thresholds.log_retention.slack,
		thresholds.clock_skew.median,
		thresholds.clock_skew.p99,
		thresholds.clock_skew.measured,
	] {
		clock.duration(text) > 0
	}
}

test_nearly_all_events_may_lie_farther_off_than_the_median if {
	clock.duration(thresholds.clock_skew.median) < clock.duration(thresholds.clock_skew.p99)
}

test_a_placeholder_names_nobody if {
	every name in ["unknown", "anonymous", "null", "-"] { name in thresholds.log_content.placeholders }
	every name in ["admin", "root", "system", "usr_1"] { not name in thresholds.log_content.placeholders }
}

test_nobody_comes_from_the_unspecified_address if {
	thresholds.log_content.addresses == ["0.0.0.0", "::"]
}

test_some_role_may_read_the_log_and_no_role_of_daily_work if {
	count(thresholds.log_access.roles) > 0
	every role in ["admin", "developer", "user", "*"] { not role in thresholds.log_access.roles }
}
