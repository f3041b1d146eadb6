package kt.thresholds_governance_test

import data.kt.lib.clock
import data.kt.thresholds

test_a_waivers_end_is_told_within_its_life if {
	clock.duration(thresholds.waivers.warn) < clock.duration(thresholds.waivers.cap)
	clock.duration(thresholds.waivers.remove) > 0
}

test_providers_may_work_somewhere_and_keep_prompts_for_a_time if {
	count(thresholds.provider_inventory.areas) > 0
	clock.duration(thresholds.provider_inventory.retention) > 0
}

test_every_decision_that_stops_something_is_a_known_one if {
	every decision in thresholds.decision_logged.explained {
		decision in thresholds.decision_logged.decisions
	}
	"block" in thresholds.decision_logged.explained
}

test_findings_are_assigned_before_long_and_told_before_they_are_due if {
	clock.duration(thresholds.deficiency_tracking.assign) > 0
	clock.duration(thresholds.deficiency_tracking.warn) > 0
}

test_a_high_risk_needs_two_people_and_some_role_may_release if {
	"high" in thresholds.human_override.dual
	every risk in thresholds.human_override.dual {
		risk in thresholds.human_override.risks
	}
	count(thresholds.human_override.roles) > 0
}
