package adapters

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

func TestTimesAreReadAsTheirMemberDefinesThem(t *testing.T) {
	for _, c := range []struct {
		json string
		unit unit
		want string // with a leading ~ where UTC was assumed; "" where it is no time
	}{
		{`"2026-06-01T09:30:00Z"`, written, "2026-06-01T09:30:00Z"},
		{`"2026-06-01T09:30:00.100Z"`, written, "2026-06-01T09:30:00.1Z"},
		{`"2026-06-01t09:30:00z"`, written, "2026-06-01T09:30:00Z"},
		{`"2026-06-01T11:30:00+02:00"`, written, "2026-06-01T09:30:00Z"},
		{`"2026-06-01T11:30:00+0200"`, written, "2026-06-01T09:30:00Z"},
		{`"2026-06-01 11:30:00.5+02"`, written, "2026-06-01T09:30:00.5Z"},
		{`"2026-06-01 09:30:00 UTC"`, written, "2026-06-01T09:30:00Z"},
		{`"2026-06-01 09:30:00 -0030"`, written, "2026-06-01T10:00:00Z"},
		{`"2023-05-26 20:14:51.309"`, written, "~2023-05-26T20:14:51.309Z"},
		{`"2023-05-26T20:14:51"`, written, "~2023-05-26T20:14:51Z"},
		{`"2023-05-26 20:14:51,309"`, written, "~2023-05-26T20:14:51.309Z"},
		{`"2025-03-26 16:43:57.000000000"`, written, "~2025-03-26T16:43:57Z"},
		{`"2026-06-01T09:30:00.1234567899999Z"`, written, "2026-06-01T09:30:00.123456789Z"},
		{`"2016-12-31T23:59:60Z"`, written, "2016-12-31T23:59:59Z"},
		{`1780306200123`, milliseconds, "2026-06-01T09:30:00.123Z"},
		{`"1780306200123"`, milliseconds, "2026-06-01T09:30:00.123Z"},
		{`1780306200123.25`, milliseconds, "2026-06-01T09:30:00.12325Z"},
		{`1780306200`, milliseconds, "1970-01-21T14:31:46.2Z"}, // by the member's definition, however small
		{`1780306200`, seconds, "2026-06-01T09:30:00Z"},
		{`1780306200.25`, seconds, "2026-06-01T09:30:00.25Z"},
		{`0`, milliseconds, "1970-01-01T00:00:00Z"},
		{`-1`, milliseconds, "1969-12-31T23:59:59.999Z"},
		{`-0.5`, seconds, "1969-12-31T23:59:59.5Z"},
		{`1e-9`, seconds, "1970-01-01T00:00:00.000000001Z"},
		{`1e-300`, seconds, "1970-01-01T00:00:00Z"},
		{`1.780306200123e12`, milliseconds, "2026-06-01T09:30:00.123Z"},
		{`"2026-06-01T09:30:00Z"`, milliseconds, "2026-06-01T09:30:00Z"},
		{`1780306200`, written, ""},
		{`"1780306200"`, written, ""},
		{`"2026-06-01"`, written, ""},
		{`"2026-06-01T09:30"`, written, ""},
		{`"2026-06-01T09:30:00+24:00"`, written, ""},
		{`"2026-06-01T09:30:00."`, written, ""},
		{`"2026-06-01T09:30:00.Z"`, written, ""},
		{`"2026-06-01T09:30:00 CEST"`, written, ""},
		{`"2026-02-29T09:30:00Z"`, written, ""},
		{`"0001-01-01T00:00:00Z"`, written, ""},
		{`""`, milliseconds, ""},
		{`9223372036854775807`, milliseconds, ""},
		{`-9223372036854775808`, seconds, ""},
		{`9007199254740993000000000000`, seconds, ""},
		{`1e300`, milliseconds, ""},
		{`true`, milliseconds, ""},
		{`{}`, written, ""},
		{`[1780306200123]`, milliseconds, ""},
	} {
		v := parse(t, c.json)
		got, assumed, ok := instant(&v, c.unit)
		if assumed && ok {
			got = "~" + got
		}
		if got != c.want && (ok || c.want != "") {
			t.Errorf("%s: %q, want %q", c.json, got, c.want)
		}
	}
	if _, _, ok := instant(nil, written); ok {
		t.Error("nothing is a time")
	}
}

// TestEveryTimeOfKtIsReadBack holds the reading of written and counted times against Go's clock.
func TestEveryTimeOfKtIsReadBack(t *testing.T) {
	const seed = 4
	r := rand.New(rand.NewPCG(seed, 0))
	for range 5000 {
		at := time.Unix(r.Int64N(8e9)-2e9, r.Int64N(1e9)).UTC()
		v := canon.Value{Kind: canon.String, Text: clock.Format(at)}
		if got, assumed, ok := instant(&v, written); !ok || assumed || got != v.Text {
			t.Fatalf("seed %d: %s is read as %s", seed, v.Text, got)
		}
		at = at.Truncate(time.Millisecond)
		v = canon.Value{Kind: canon.Number, Text: fmt.Sprint(at.UnixMilli())}
		if got, _, ok := instant(&v, milliseconds); !ok || got != clock.Format(at) {
			t.Fatalf("seed %d: %s is read as %s, want %s", seed, v.Text, got, clock.Format(at))
		}
	}
}

func TestAddressesThatAreNoIPAreKeptAsideOfTheAddress(t *testing.T) {
	a, _ := ByName("cloudtrail")
	for address, ip := range map[string]bool{
		`"203.0.113.7"`: true, `"2001:db8::17"`: true, `"::ffff:203.0.113.7"`: true,
		`"AWS Internal"`: false, `"s3.amazonaws.com"`: false, `"10.0.0.0/8"`: false, `"fe80::1%eth0"`: false, `"035.249.253.232"`: false,
		`"203.0.113.7, 10.0.0.1"`: false, `"203.0.113.7:443"`: false, `" 203.0.113.7"`: false, `["203.0.113.7"]`: false, `3405803783`: false, `""`: false,
	} {
		in := parse(t, `{"eventTime":"2026-06-01T09:30:00Z","sourceIPAddress":`+address+`}`)
		out, err := a.Convert(&in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		at, kept := out.Get("ip_address"), get(&out, "details", "address")
		if ip && (at == nil || bytesOf(*at) != address || kept != nil) || !ip && (at != nil || kept == nil || bytesOf(*kept) != address) {
			t.Errorf("%s: %s", address, bytesOf(out))
		}
	}
}
