// Package clock reads and prints instants, durations and periods the one way kt knows them: RFC 3339 with an explicit offset,
// whole days of 24 hours, half-open periods, everything in UTC.
package clock

import (
	"fmt"
	"time"
)

// The years whose every nanosecond fits an int64 count since 1970, as Rego's time functions need it.
const (
	minYear = 1678
	maxYear = 2261
)

// FormError is a text that is not what was expected.
type FormError struct {
	Expected string // what would have been accepted, with an example
	Found    string // the text itself, quoted, and what is wrong with it
}

func (e *FormError) Error() string { return "expected " + e.Expected + ", found " + e.Found }

const expectedTime = "an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z"

func notTime(s, why string) (time.Time, error) {
	return time.Time{}, &FormError{Expected: expectedTime, Found: quote(s) + ": " + why}
}

// quote keeps a message readable where the text is long.
func quote(s string) string {
	if len(s) > 64 {
		return fmt.Sprintf("%q…", s[:64])
	}
	return fmt.Sprintf("%q", s)
}

// Parse reads an RFC 3339 time with an explicit offset and returns it in UTC. It is stricter than time.Parse: no offset of 24 hours or
// more, no comma, no leap second, no lower-case t and z, at most nine fractional digits (more would be cut off silently), and a year
// whose nanoseconds since 1970 fit an int64. What it accepts, Rego's time.parse_rfc3339_ns accepts too. Errors are *FormError.
func Parse(s string) (time.Time, error) {
	const shortest = len("2006-01-02T15:04:05Z")
	if len(s) < shortest {
		if _, err := ParseDate(s); err == nil {
			return notTime(s, "a date without time and offset")
		}
		return notTime(s, "not of the form YYYY-MM-DDThh:mm:ss")
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return notTime(s, "not of the form YYYY-MM-DDThh:mm:ss")
	}
	switch {
	case month < 1 || month > 12:
		return notTime(s, fmt.Sprintf("there is no month %02d", month))
	case day < 1 || day > daysIn(year, month):
		return notTime(s, fmt.Sprintf("%04d-%02d has no day %02d", year, month, day))
	case hour > 23:
		return notTime(s, fmt.Sprintf("there is no hour %02d", hour))
	case minute > 59:
		return notTime(s, fmt.Sprintf("there is no minute %02d", minute))
	case second == 60:
		return notTime(s, "a leap second; write the second before or after it")
	case second > 59:
		return notTime(s, fmt.Sprintf("there is no second %02d", second))
	}
	nanosecond, rest, why := fraction(s[19:])
	if why != "" {
		return notTime(s, why)
	}
	offset, why := offset(rest)
	if why != "" {
		return notTime(s, why)
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, time.UTC)
	if offset != 0 {
		t = t.Add(-offset)
	}
	if y := t.Year(); y < minYear || y > maxYear {
		return notTime(s, fmt.Sprintf("only the years %d to %d can be counted in nanoseconds", minYear, maxYear))
	}
	return t, nil
}

// fraction reads ".digits" at the beginning of s, if it is there.
func fraction(s string) (nanosecond int, rest, why string) {
	if s == "" {
		return 0, "", "it has no offset"
	}
	if s[0] == ',' {
		return 0, "", "the fraction begins with a comma; write a point"
	}
	if s[0] != '.' {
		return 0, s, ""
	}
	n := 1
	for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		if n > 9 {
			return 0, "", "more than nine fractional digits"
		}
		nanosecond = nanosecond*10 + int(s[n]-'0')
	}
	if n == 1 {
		return 0, "", "no digit after the point"
	}
	for i := n; i < 10; i++ {
		nanosecond *= 10
	}
	return nanosecond, s[n:], ""
}

// offset reads "Z" or "±hh:mm", and nothing more.
func offset(s string) (time.Duration, string) {
	if s == "Z" {
		return 0, ""
	}
	if s == "" {
		return 0, "it has no offset"
	}
	if len(s) != len("+00:00") || (s[0] != '+' && s[0] != '-') || s[3] != ':' {
		return 0, "the offset is neither Z nor ±hh:mm"
	}
	hours, ok1 := digits(s[1:3])
	minutes, ok2 := digits(s[4:6])
	switch {
	case !ok1 || !ok2:
		return 0, "the offset is neither Z nor ±hh:mm"
	case hours > 23 || minutes > 59:
		return 0, "there is no offset " + s
	}
	d := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, ""
}

// digits reads an unsigned decimal number that is nothing but ASCII digits.
func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// ParseDate reads YYYY-MM-DD as the first instant of that day in UTC. Errors are *FormError.
func ParseDate(s string) (time.Time, error) {
	year, month, day := 0, 0, 0
	ok := len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-'
	if ok {
		var ok1, ok2, ok3 bool
		year, ok1 = digits(s[0:4])
		month, ok2 = digits(s[5:7])
		day, ok3 = digits(s[8:10])
		ok = ok1 && ok2 && ok3 && year >= minYear && year <= maxYear && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
	}
	if !ok {
		return time.Time{}, &FormError{Expected: "a date such as 2026-03-01", Found: quote(s)}
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), nil
}

// ParseInstant reads what people write for an instant: an RFC 3339 time, or a date for its first instant in UTC.
func ParseInstant(s string) (time.Time, error) {
	if t, err := ParseDate(s); err == nil {
		return t, nil
	}
	t, err := Parse(s)
	if e, ok := err.(*FormError); ok {
		e.Expected = "a date such as 2026-03-01, or " + expectedTime
	}
	return t, err
}

// Format prints an instant as RFC 3339 in UTC, with Z and without trailing zeros. What Parse accepts, Parse reads back the same.
func Format(t time.Time) string {
	return string(Append(make([]byte, 0, len("2006-01-02T15:04:05.000000000Z")), t))
}

// Append appends what Format prints.
func Append(dst []byte, t time.Time) []byte {
	t = t.UTC()
	if year := t.Year(); year < 0 || year > 9999 {
		return t.AppendFormat(dst, time.RFC3339Nano)
	}
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = append(dst, byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-')
	dst = append(twoDigits(dst, int(month)), '-')
	dst = append(twoDigits(dst, day), 'T')
	dst = append(twoDigits(dst, hour), ':')
	dst = append(twoDigits(dst, minute), ':')
	dst = twoDigits(dst, second)
	if ns := t.Nanosecond(); ns != 0 {
		dst = append(dst, '.')
		for unit := 100_000_000; ns != 0; unit /= 10 {
			dst = append(dst, byte('0'+ns/unit))
			ns %= unit
		}
	}
	return append(dst, 'Z')
}

func twoDigits(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
