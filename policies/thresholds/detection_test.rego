package kt.thresholds_detection_test

import data.kt.lib.clock
import data.kt.thresholds

test_every_duration_is_one if {
	every text in [
		thresholds.review_ran.grace,
		thresholds.review_ran.every,
		thresholds.detect_alert.limit,
		thresholds.login_burst.window,
	] {
		clock.duration(text) > 0
	}
}

test_an_evaluation_is_due_every_day_however_long_the_local_day if {
	clock.duration(thresholds.review_ran.every) == clock.duration("25h")
}

test_an_evaluation_is_delivered_before_the_next_is_due if {
	clock.duration(thresholds.review_ran.grace) < clock.duration(thresholds.review_ran.every)
}

test_a_burst_takes_more_than_a_slip_of_the_finger if {
	thresholds.login_burst.failures >= 5
	thresholds.login_burst.failures <= 20
}
