package kt.lib.calendar_test

import data.kt.lib.calendar

_ns(text) := time.parse_rfc3339_ns(text)

_periods(cadence, zone, first, before) := [[time.format(p.from), time.format(p.to)] |
	some p in calendar.periods(cadence, zone, _ns(first), _ns(before))
]

_starts(cadence, zone, first, before) := [time.format(p.from) |
	some p in calendar.periods(cadence, zone, _ns(first), _ns(before))
]

test_months_end_at_or_after_the_first_instant_and_before_the_second if {
	_periods("monthly", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z") == [["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]]
	_periods("monthly", "UTC", "2026-02-01T00:00:00.000000001Z", "2026-03-01T00:00:00Z") == []
	count(_periods("monthly", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00.000000001Z")) == 2
}

test_march_2026_has_743_hours_in_new_york_and_london if {
	every zone in ["America/New_York", "Europe/London"] {
		[p] := calendar.periods("monthly", zone, _ns("2026-03-15T00:00:00Z"), _ns("2026-04-15T00:00:00Z"))
		p.to - p.from == ((743 * 60) * 60) * 1000000000
	}
}

test_february_of_a_leap_year_has_29_days if {
	_periods("monthly", "UTC", "2024-02-15T00:00:00Z", "2024-03-15T00:00:00Z") == [["2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"]]
}

test_an_iso_week_runs_from_monday_to_monday_across_the_clock_change if {
	_periods("weekly", "Europe/London", "2026-03-30T00:00:00Z", "2026-04-06T00:00:00Z") == [["2026-03-29T23:00:00Z", "2026-04-05T23:00:00Z"]]
	_starts("weekly", "UTC", "2027-01-01T00:00:00Z", "2027-01-12T00:00:00Z") == ["2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"]
}

test_quarters_begin_in_january_april_july_and_october if {
	_starts("quarterly", "America/New_York", "2026-01-02T00:00:00Z", "2027-01-02T00:00:00Z") == [
		"2026-01-01T05:00:00Z",
		"2026-04-01T04:00:00Z",
		"2026-07-01T04:00:00Z",
		"2026-10-01T04:00:00Z",
	]
}

test_a_year_is_a_calendar_year_of_its_zone if {
	_periods("yearly", "Asia/Tokyo", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z") == [["2024-12-31T15:00:00Z", "2025-12-31T15:00:00Z"]]
}

test_years_before_1970_and_far_ahead_are_found if {
	_starts("yearly", "UTC", "1900-12-01T00:00:00Z", "1901-12-01T00:00:00Z") == ["1900-01-01T00:00:00Z"]
	_starts("yearly", "UTC", "2250-12-01T00:00:00Z", "2251-12-01T00:00:00Z") == ["2250-01-01T00:00:00Z"]
	_starts("weekly", "UTC", "1950-01-01T00:00:00Z", "1950-01-08T00:00:00Z") == ["1949-12-26T00:00:00Z"]
}

test_a_day_whose_midnight_was_skipped_begins_at_the_change if {
	_starts("daily", "Atlantic/Azores", "2026-03-29T00:00:00Z", "2026-03-31T00:00:00Z") == ["2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z"]
}

test_a_change_that_only_straddles_midnight_is_found_to_the_minute if {
	_starts("daily", "America/Toronto", "1919-03-31T00:00:00Z", "1919-04-02T00:00:00Z") == ["1919-03-30T05:00:00Z", "1919-03-31T04:30:00Z"]
}

test_a_day_with_two_midnights_begins_at_the_first if {
	_starts("daily", "Atlantic/Azores", "2026-10-25T00:00:00Z", "2026-10-27T00:00:00Z") == ["2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z"]
	_starts("daily", "America/St_Johns", "2010-11-08T00:00:00Z", "2010-11-09T00:00:00Z") == ["2010-11-07T02:30:00Z"]
}

test_a_change_later_on_the_day_moves_only_the_next_midnight if {
	_periods("daily", "America/New_York", "2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z") == [["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"]]
}

test_a_day_that_a_zone_skipped_is_no_period if {
	_starts("daily", "Pacific/Apia", "2011-12-30T00:00:00Z", "2012-01-01T00:00:00Z") == ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"]
}

test_the_days_of_a_year_tile_without_gap_or_overlap if {
	every zone in ["Atlantic/Azores", "Australia/Lord_Howe", "America/St_Johns"] {
		days := calendar.periods("daily", zone, _ns("2026-01-01T12:00:00Z"), _ns("2027-01-01T12:00:00Z"))
		count(days) == 365
		{day.from | some i, day in days; i > 0} == {day.to | some i, day in days; i < 364}
	}
}

test_an_unknown_cadence_has_no_periods if {
	_starts("fortnightly", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z") == []
	calendar.cadences == {"daily", "weekly", "monthly", "quarterly", "yearly"}
}

test_zones_of_no_place_are_not_known if {
	calendar.known_zone("Europe/Berlin")
	calendar.known_zone("UTC")
	not calendar.known_zone("")
	not calendar.known_zone("Local")
	not calendar.known_zone("Europe/Atlantis")
}
