# METADATA
# title: Instants and durations
# description: >-
#   The evaluation's clock, and the arithmetic of instants and durations in nanoseconds. A day is exactly 24 hours.
package kt.lib.clock

# Nanoseconds since 1970 of an RFC 3339 time.
instant(text) := time.parse_rfc3339_ns(text)

# The RFC 3339 time, in UTC, of nanoseconds since 1970.
text(ns) := time.format(ns)

_units := {
	"s": 1000000000,
	"m": 60000000000,
	"h": 3600000000000,
	"d": 86400000000000,
}

# Nanoseconds of a duration such as "60d", "4h", "15m" or "30s". Anything else is an error, not undefined: a check with a
# mistyped threshold must not be evaluable, rather than find nothing.
duration(text) := to_number(amount) * _units[unit] if [amount, unit] := _parts(text)

_parts(text) := [substring(text, 0, last), substring(text, last, 1)] if {
	regex.match(`^[0-9]+[smhd]$`, text)
	last := count(text) - 1
} else := [sprintf("%v is no duration such as 60d, 4h, 15m or 30s", [text]), "s"]

# The instant for which the verdict is given.
now := instant(input.as_of)

# The period's first instant.
from := instant(input.period.from)

# The first instant after the period.
to := instant(input.period.to)

# The earlier of the period's end and now: nothing after it can be judged.
close := min([to, now])

# The instant lies in the period.
in_period(ns) if {
	from <= ns
	ns < to
}

# A duration in words, rounded down: "95 days", "4 h 10 min", "3 min 20 s", "12 s".
words(ns) := sprintf("%d days", [floor(ns / _units.d)]) if ns >= 2 * _units.d

words(ns) := sprintf("%d h %d min", [floor(ns / _units.h), floor((ns % _units.h) / _units.m)]) if {
	ns >= _units.h
	ns < 2 * _units.d
}

words(ns) := sprintf("%d min %d s", [floor(ns / _units.m), floor((ns % _units.m) / _units.s)]) if {
	ns >= _units.m
	ns < _units.h
}

words(ns) := sprintf("%d s", [floor(ns / _units.s)]) if ns < _units.m
