package kt.lib.clock_test

import data.kt.lib.clock

_at(as_of) := {"as_of": as_of, "period": {"from": "2026-06-01T00:00:00Z", "to": "2026-07-01T00:00:00Z"}}

test_instants_are_told_in_utc if {
	clock.instant("1970-01-01T00:00:01.5Z") == 1500000000
	clock.instant("2026-06-01T02:00:00+02:00") == clock.instant("2026-06-01T00:00:00Z")
	clock.text(clock.instant("2026-06-01T02:00:00+02:00")) == "2026-06-01T00:00:00Z"
}

test_a_duration_is_one_number_and_one_unit if {
	clock.duration("30s") == 30000000000
	clock.duration("15m") == 900000000000
	clock.duration("4h") == 14400000000000
	clock.duration("90d") == 7776000000000000
}

test_a_day_is_24_hours if clock.duration("1d") == clock.duration("24h")

# Run with errors turned on, a malformed duration ends the evaluation; here it is seen to give no value.
test_a_malformed_duration_has_no_value if {
	every text in ["", "90", "90 days", "-4h", "1.5h", "1h30m", "4w", " 4h", "4h\n", "4h\n4h", 90] {
		not clock.duration(text)
	}
}

test_the_close_is_the_earlier_of_the_periods_end_and_now if {
	clock.close == clock.to with input as _at("2026-08-01T00:00:00Z")
	clock.close == clock.now with input as _at("2026-06-15T00:00:00Z")
	clock.close == clock.to with input as _at("2026-07-01T00:00:00Z")
}

test_a_period_has_its_first_instant_and_not_its_last if {
	clock.in_period(clock.from) with input as _at("2026-06-15T00:00:00Z")
	clock.in_period(clock.to - 1) with input as _at("2026-06-15T00:00:00Z")
	not clock.in_period(clock.from - 1) with input as _at("2026-06-15T00:00:00Z")
	not clock.in_period(clock.to) with input as _at("2026-06-15T00:00:00Z")
}

test_words_round_down if {
	clock.words(clock.duration("95d") + clock.duration("23h")) == "95 days"
	clock.words(clock.duration("2d")) == "2 days"
	clock.words(clock.duration("2d") - 1) == "47 h 59 min"
	clock.words(clock.duration("1h")) == "1 h 0 min"
	clock.words(clock.duration("1h") - 1) == "59 min 59 s"
	clock.words(clock.duration("1m")) == "1 min 0 s"
	clock.words(clock.duration("1m") - 1) == "59 s"
	clock.words(0) == "0 s"
}
