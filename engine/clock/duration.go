package clock

import (
	"math"
	"strconv"
	"time"
)

// Day is exactly 24 hours, whatever the calendar says.
const Day = 24 * time.Hour

var units = []struct {
	letter byte
	length time.Duration
}{{'d', Day}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}

// ParseDuration reads one whole number and one unit: 60d, 4h, 15m, 30s. Errors are *FormError.
func ParseDuration(s string) (time.Duration, error) {
	bad := func(why string) (time.Duration, error) {
		return 0, &FormError{Expected: "a whole number and a unit d, h, m or s, such as 60d, 4h, 15m", Found: quote(s) + why}
	}
	if len(s) < 2 {
		return bad("")
	}
	number, letter := s[:len(s)-1], s[len(s)-1]
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return bad("")
		}
	}
	if number[0] == '0' && len(number) > 1 {
		return bad(": a leading zero")
	}
	for _, u := range units {
		if u.letter != letter {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > math.MaxInt64/int64(u.length) {
			return bad(": longer than 292 years")
		}
		return time.Duration(n) * u.length, nil
	}
	return bad("")
}

// FormatDuration prints a duration in the largest unit that gives a whole number, so that ParseDuration reads it back; what is no whole
// number of seconds is printed as Go does.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	for _, u := range units {
		if d%u.length == 0 {
			return strconv.FormatInt(int64(d/u.length), 10) + string(u.letter)
		}
	}
	return d.String()
}
