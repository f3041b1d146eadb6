package kt.thresholds_resilience_test

import data.kt.lib.clock
import data.kt.thresholds

test_traffic_leaves_a_failed_provider_sooner_than_it_returns if {
	clock.duration(thresholds.failover_operated.switch) < clock.duration(thresholds.failover_operated.back)
	thresholds.failover_operated.failed_percent >= 0
	thresholds.failover_operated.failed_percent < 100
}

test_an_ageing_drill_is_told_before_it_deviates if {
	clock.duration(thresholds.failover_drill.warn) < clock.duration(thresholds.failover_drill.fail)
}
