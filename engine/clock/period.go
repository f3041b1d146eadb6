package clock

import (
	"strings"
	"time"
)

// Period is half-open: From belongs to it, To does not.
type Period struct{ From, To time.Time }

// Contains says whether an instant belongs to the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// String prints the period as ParsePeriod reads it.
func (p Period) String() string { return Format(p.From) + "/" + Format(p.To) }

// ParsePeriod reads a year (2026), a quarter (2026-Q1), a month (2026-03), or two instants or dates with a slash between them
// (2026-03-01/2026-04-01; the second is the first instant that no longer belongs to it), all in UTC. Errors are *FormError.
func ParsePeriod(s string) (Period, error) {
	bad := func(why string) (Period, error) {
		return Period{}, &FormError{Expected: "a period such as 2026, 2026-Q1, 2026-03 or 2026-03-01/2026-04-01", Found: quote(s) + why}
	}
	if first, second, ok := strings.Cut(s, "/"); ok {
		from, err := ParseInstant(first)
		if err != nil {
			return bad(": its start is neither a date nor an RFC 3339 time")
		}
		to, err := ParseInstant(second)
		if err != nil {
			return bad(": its end is neither a date nor an RFC 3339 time")
		}
		if !from.Before(to) {
			return bad(": it does not end after its start")
		}
		return Period{From: from, To: to}, nil
	}
	if len(s) < 4 {
		return bad("")
	}
	year, ok := digits(s[:4])
	if !ok || year < minYear || year > maxYear {
		return bad("")
	}
	month, months := 1, 12
	switch rest := s[4:]; {
	case rest == "":
	case len(rest) == 3 && rest[:2] == "-Q" && rest[2] >= '1' && rest[2] <= '4':
		month, months = int(rest[2]-'1')*3+1, 3
	case len(rest) == 3 && rest[0] == '-':
		month, ok = digits(rest[1:])
		if !ok || month < 1 || month > 12 {
			return bad("")
		}
		months = 1
	default:
		return bad("")
	}
	from := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	return Period{From: from, To: from.AddDate(0, months, 0)}, nil
}
