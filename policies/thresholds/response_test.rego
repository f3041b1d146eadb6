package kt.thresholds_response_test

import data.kt.lib.clock
import data.kt.thresholds

test_a_delivery_is_told_before_it_is_lost_and_given_up_later_than_that if {
	clock.duration(thresholds.webhook_delivery.warn) < clock.duration(thresholds.webhook_delivery.deliver)
	clock.duration(thresholds.webhook_delivery.deliver) <= clock.duration(thresholds.webhook_delivery.handle)
}

test_graver_escalations_are_answered_sooner if {
	times := [clock.duration(thresholds.triage.acknowledge[s]) | some s in ["critical", "high", "medium", "low"]]
	count(times) == 4
	sort(times) == times
	count({t | some t in times}) == 4
	clock.duration(thresholds.triage.severity) > 0
}

test_critical_escalations_are_told_at_two_hours_and_breach_at_four if {
	thresholds.esc_sla == {"warn": "2h", "fail": "4h"}
}

test_gaps_in_an_incident_record_are_told_before_they_deviate if {
	clock.duration(thresholds.incident_record.warn) < clock.duration(thresholds.incident_record.fail)
	clock.duration(thresholds.incident_comms.warn) > 0
}
