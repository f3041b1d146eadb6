package kt.thresholds_exports_test

import data.kt.lib.clock
import data.kt.thresholds

test_a_deletion_that_lags_is_told_before_it_deviates if {
	clock.duration(thresholds.deletion_executed.warn) < clock.duration(thresholds.deletion_executed.fail)
}
