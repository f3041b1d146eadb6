package kt.thresholds_people_test

import data.kt.lib.clock
import data.kt.thresholds

test_every_duration_is_one if {
	clock.duration(thresholds.user_deprovision.limit) > 0
	clock.duration(thresholds.access_review.removal) > 0
}

test_a_privileged_role_has_few_holders if {
	thresholds.privileged_roles.max_holders > 0
	thresholds.privileged_roles.max_holders < 10
}

test_the_matrix_keeps_at_least_two_roles_apart_and_says_why if {
	count(thresholds.sod_matrix) > 0
	every rule in thresholds.sod_matrix {
		count({role | some role in rule.roles}) > 1
		rule.why != ""
	}
}

test_who_asks_for_access_does_not_approve_it if {
	some rule in thresholds.sod_matrix
	"access-requester" in rule.roles
	some role in thresholds.access_approvers
	role in rule.roles
}

test_a_password_is_no_strong_method if {
	every method in ["password", "sso", "saml", "oidc", "otp"] {
		not method in thresholds.strong_auth.methods
	}
	"passkey" in thresholds.strong_auth.methods
}

test_only_the_platform_acts_without_a_user if {
	count(thresholds.system_actors) > 0
	every id in thresholds.system_actors {
		is_string(id)
	}
}
