# METADATA
# title: Calendar periods
# description: >-
#   Days, ISO weeks, months, quarters and years of an IANA time zone as half-open intervals of instants. A civil
#   day begins at the first instant that carries its date: at 01:00 where the clocks go forward at midnight, and
#   at the first of two midnights where they go back.
package kt.lib.calendar

_day := 86400000000000

_minute := 60000000000

# Periods are numbered from the one that begins at `origin`; each is `step` years, months and days long, and
# `mean` ns on average, from which the number of an instant's period is guessed to within two.
_cadences := {
	"daily": {"origin": 0, "step": [0, 0, 1], "mean": _day},
	"weekly": {"origin": 4 * _day, "step": [0, 0, 7], "mean": 7 * _day}, # 5 January 1970 was a Monday
	"monthly": {"origin": 0, "step": [0, 1, 0], "mean": 2629746000000000}, # a twelfth of the mean year
	"quarterly": {"origin": 0, "step": [0, 3, 0], "mean": 7889238000000000},
	"yearly": {"origin": 0, "step": [1, 0, 0], "mean": 31556952000000000}, # 365.2425 days
}

# The names of the cadences.
cadences := object.keys(_cadences)

# Whether a time zone is one of the IANA database. "Local" would be the zone of whichever machine asks.
known_zone(zone) if {
	not zone in {"", "Local", "localtime"}
	time.date([0, zone])
}

# The periods of a cadence in a time zone that end at or after one instant and before another, in order. All
# instants are ns since 1970 in UTC. There are none of an unknown cadence.
periods(cadence, zone, first, before) := [period |
	edges := _edges(cadence, zone, first, before)
	some i, end in edges
	end >= first
	end < before
	period := {"from": edges[i - 1], "to": end}
	period.from < period.to # where a zone skipped a day, that day has no instant
]

_edges(cadence, zone, first, before) := [midnight(date, zone) |
	some n in numbers.range(_number(c, first) - 2, _number(c, before) + 2)
	date := time.add_date(c.origin, c.step[0] * n, c.step[1] * n, c.step[2] * n)
] if {
	c := _cadences[cadence]
}

_number(c, instant) := floor((instant - c.origin) / c.mean)

# The first instant of a civil day in a time zone; the day is given as its midnight in UTC. Zones are at most
# 15 hours from UTC, so that the offsets a day before and a day after are those on either side of a change.
midnight(day, zone) := day - before if {
	before := _offset(day - _day, zone)
	before == _offset(day + _day, zone)
}

midnight(day, zone) := _midnight(day, min({before, after}), max({before, after}), zone) if {
	before := _offset(day - _day, zone)
	after := _offset(day + _day, zone)
	before != after
}

# The clocks change within a day of it: the earlier instant stands if its offset is the one it was made with.
_midnight(day, _, high, zone) := day - high if _offset(day - high, zone) == high

_midnight(day, low, high, zone) := day - low if {
	_offset(day - high, zone) != high
	_offset(day - low, zone) == low
}

# Midnight was skipped: the change itself, sought by the minute, begins the day.
_midnight(day, low, high, zone) := min({instant |
	some m in numbers.range(0, floor((high - low) / _minute))
	instant := (day - low) - (m * _minute)
	instant + _offset(instant, zone) >= day
}) if {
	_offset(day - high, zone) != high
	_offset(day - low, zone) != low
}

# How far a zone's civil time is ahead of UTC at an instant, in ns: its clock's reading, taken as one of UTC.
_offset(instant, zone) := time.parse_rfc3339_ns(reading) - instant if {
	reading := time.format([instant, zone, "2006-01-02T15:04:05.999999999Z"])
}
