package kt.thresholds_configuration_test

import data.kt.lib.clock
import data.kt.thresholds

test_every_duration_is_one if {
	every text in [
		thresholds.config_drift.limit,
		thresholds.config_drift.observed,
		thresholds.crypto.certificate_warn,
	] {
		clock.duration(text) > 0
	}
}

test_personal_data_and_secrets_are_stopped_not_watched if {
	every kind in ["pii", "secret"] { kind in thresholds.dlp_rules.kinds }
	every action in ["flag", "monitor", "allow", "log"] { not action in thresholds.dlp_rules.actions }
	count(thresholds.dlp_rules.actions) > 0
}

test_wildcards_restrict_nothing if {
	every class in ["*", "**", "*.*", "all", "ANY"] { regex.match(thresholds.dlp_rules.wildcard, class) }
	every class in ["public", "internal", "hr.*", ""] { not regex.match(thresholds.dlp_rules.wildcard, class) }
}

test_only_encrypting_schemes_and_current_versions_of_tls_are_accepted if {
	every scheme in ["http", "ws", "grpc", "tcp", "ftp", ""] { not scheme in thresholds.crypto.schemes }
	every version in ["1.0", "1.1", "none", ""] { not version in thresholds.crypto.tls }
	"https" in thresholds.crypto.schemes
	"1.2" in thresholds.crypto.tls
	"1.3" in thresholds.crypto.tls
}

test_the_baseline_keeps_the_audit_on_and_prompts_out_of_files if {
	thresholds.baseline_settings.audit == true
	thresholds.baseline_settings.debug_capture == false
	thresholds.baseline_settings.anonymous_access == false
	thresholds.baseline_settings.verify_upstream == true
}

test_no_origin_may_be_every_origin if "*" in thresholds.baseline_origins

test_forbidden_origins_are_written_small_as_they_are_compared if {
	every origin in thresholds.baseline_origins { origin == lower(origin) }
}
