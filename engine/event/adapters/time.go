package adapters

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// unit is how a source spells times in a member, by the definition of that member: never guessed from how large a number is.
type unit uint8

const (
	written      unit = iota // RFC 3339 and its relatives
	seconds                  // since 1970
	milliseconds             // since 1970
)

// timeField is a member that holds a time. Where it is a number's member, a written time is taken too.
type timeField struct {
	path []string
	unit unit
}

func at(u unit, path ...string) timeField { return timeField{path, u} }

// readTime reads the time from the first of the members that has one. Any but the first is a stand-in, and the event says so.
func (d *draft) readTime(fields []timeField) *event.Problem {
	for i, f := range fields {
		text, assumed, ok := instant(get(d.in, f.path...), f.unit)
		if !ok {
			continue
		}
		d.time = text
		if assumed {
			d.flag("time_assumed_utc", true)
		}
		if i > 0 {
			d.note("time_from", strings.Join(f.path, "."))
		}
		return nil
	}
	expected := "an RFC 3339 time, such as 2026-03-01T09:30:00Z"
	switch fields[0].unit {
	case seconds:
		expected = "a time in seconds since 1970, or as RFC 3339"
	case milliseconds:
		expected = "a time in milliseconds since 1970, or as RFC 3339"
	}
	first := fields[0].path
	return &event.Problem{Pointer: "/" + strings.Join(first, "/"), Expected: expected, Found: found(get(d.in, first...))}
}

// instant prints a time of a source as kt does. assumed: it has no offset, and UTC was taken for it.
func instant(v *canon.Value, u unit) (text string, assumed, ok bool) {
	var t time.Time
	switch {
	case v == nil:
		return "", false, false
	case v.Kind == canon.Number && u != written:
		t, ok = sinceEpoch(v.Text, u)
	case v.Kind == canon.String && u != written && isNumber(v.Text):
		t, ok = sinceEpoch(v.Text, u)
	case v.Kind == canon.String:
		t, assumed, ok = parseWritten(v.Text)
	}
	if !ok {
		return "", false, false
	}
	text = clock.Format(t)
	_, err := clock.Parse(text) // not beyond the years that kt counts
	return text, assumed, err == nil
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// sinceEpoch reads a decimal number of seconds or milliseconds, and cuts what is below a nanosecond.
func sinceEpoch(text string, u unit) (time.Time, bool) {
	nanoseconds := int64(time.Second)
	if u == milliseconds {
		nanoseconds = int64(time.Millisecond)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		perSecond := int64(time.Second) / nanoseconds
		return time.Unix(n/perSecond, n%perSecond*nanoseconds).UTC(), n/perSecond < 1<<40 && n/perSecond > -1<<40
	}
	if len(text) > 400 { // longer than any double
		return time.Time{}, false
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return time.Time{}, false
	}
	r.Mul(r, new(big.Rat).SetInt64(nanoseconds))
	n := new(big.Int).Div(r.Num(), r.Denom()) // towards the past, as for the digits of a fraction
	return time.Unix(0, n.Int64()).UTC(), n.IsInt64()
}

// parseWritten reads RFC 3339, which takes t and z for T and Z and a space for T, and what sources make of it: no offset (then UTC is
// assumed), an offset without colon or minutes, "UTC" after a space, a comma before the fraction. Digits beyond the ninth are cut, and a
// leap second is the one before it.
func parseWritten(s string) (t time.Time, assumed, ok bool) {
	const whole = len("2006-01-02T15:04:05")
	if len(s) < whole || len(s) > 128 || strings.IndexByte("Tt ", s[10]) < 0 {
		return t, false, false
	}
	clockTime, rest := s[11:whole], s[whole:]
	if strings.HasSuffix(clockTime, ":60") {
		clockTime = clockTime[:6] + "59"
	}
	fraction := ""
	if rest != "" && (rest[0] == '.' || rest[0] == ',') {
		digits := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0123456789"))
		fraction = "." + rest[1:1+min(digits, 9)]
		rest = rest[1+digits:]
	}
	rest = strings.TrimPrefix(rest, " ")
	switch n := len(rest); {
	case n == 0:
		rest, assumed = "Z", true
	case rest == "z" || rest == "UTC" || rest == "GMT":
		rest = "Z"
	case n == len("+00"):
		rest += ":00"
	case n == len("+0000"):
		rest = rest[:3] + ":" + rest[3:]
	}
	t, err := clock.Parse(s[:10] + "T" + clockTime + fraction + rest)
	return t, assumed, err == nil
}
