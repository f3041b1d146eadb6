package clock

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

func TestParseReadsRFC3339AndReturnsUTC(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01T09:30:00Z":                "2026-03-01T09:30:00Z",
		"2026-03-01T09:30:00+00:00":           "2026-03-01T09:30:00Z",
		"2026-03-01T09:30:00-00:00":           "2026-03-01T09:30:00Z", // RFC 3339 §4.3: UTC is known, the local offset is not
		"2026-03-01T00:30:00+02:00":           "2026-02-28T22:30:00Z",
		"2026-12-31T23:59:59.999999999-23:59": "2027-01-01T23:58:59.999999999Z",
		"2026-03-01T09:30:00.120000Z":         "2026-03-01T09:30:00.12Z",
		"2026-03-01T09:30:00.000Z":            "2026-03-01T09:30:00Z",
		"2026-03-01T09:30:00.000000001Z":      "2026-03-01T09:30:00.000000001Z",
		"2024-02-29T00:00:00Z":                "2024-02-29T00:00:00Z",
		"2000-02-29T00:00:00Z":                "2000-02-29T00:00:00Z",
		"1678-01-01T00:00:00Z":                "1678-01-01T00:00:00Z",
		"2261-12-31T23:59:59.999999999Z":      "2261-12-31T23:59:59.999999999Z",
		"2262-01-01T00:30:00.000000000+01:00": "2261-12-31T23:30:00Z",
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if Format(got) != want || got.Location() != time.UTC {
			t.Errorf("Parse(%q) = %s, want %s", text, Format(got), want)
		}
	}
}

func TestParseRefusesWhatOthersReadDifferently(t *testing.T) {
	for _, text := range []string{
		"", "2026", "2026-03-01", "2026-13-01", "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", "2026-03-01t09:30:00Z", "2026-03-01T09:30:00z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-04-00T00:00:00Z",
		"2026-03-01T24:00:00Z", "2026-03-01T23:60:00Z", "2026-06-30T23:59:60Z", "2026-03-01T09:30:61Z",
		"2026-03-01T09:30:00,5Z", "2026-03-01T09:30:00.Z", "2026-03-01T09:30:00.1234567890Z", "2026-03-01T09:30:00.12",
		"2026-03-01T09:30:00+24:00", "2026-03-01T09:30:00+00:60", "2026-03-01T09:30:00+0100", "2026-03-01T09:30:00+01", "2026-03-01T09:30:00+1:00",
		"2026-03-01T09:30:00ZZ", "2026-03-01T09:30:00Z ", " 2026-03-01T09:30:00Z", "2026-3-01T09:30:00.0Z", "+026-03-01T09:30:00Z",
		"1677-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "1678-01-01T00:00:00+00:01", "٢٠٢٦-03-01T09:30:00Z",
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, Format(got))
		} else if _, ok := err.(*FormError); !ok {
			t.Errorf("Parse(%q): %T, want *FormError", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-03-01T09:30:00Z", "2026-03-01T09:30:00.123+02:00", "2026-02-30T09:30:00Z", "2026-03-01T09:30:00,1Z", "2024-02-29T23:59:59.999999999-23:59"} {
		f.Add(s)
	}
	parse := topdown.GetBuiltin(ast.ParseRFC3339Nanos.Name)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s)
		if err != nil {
			return
		}
		want, err := time.Parse(time.RFC3339, s)
		if err != nil || !got.Equal(want) {
			t.Fatalf("Parse(%q) = %s; time.Parse says %v, %v", s, Format(got), want, err)
		}
		again, err := Parse(Format(got))
		if err != nil || !again.Equal(got) {
			t.Fatalf("%q is printed as %q, which reads as %v, %v", s, Format(got), again, err)
		}
		if Format(got) != want.UTC().Format(time.RFC3339Nano) {
			t.Fatalf("Format(%q) = %s", s, Format(got))
		}
		err = parse(topdown.BuiltinContext{}, []*ast.Term{ast.StringTerm(s)}, func(term *ast.Term) error {
			if n, ok := term.Value.(ast.Number).Int64(); !ok || n != got.UnixNano() {
				t.Fatalf("Rego reads %q as %v, we as %d", s, json.Number(term.Value.(ast.Number)), got.UnixNano())
			}
			return nil
		})
		if err != nil {
			t.Fatalf("Rego refuses %q: %v", s, err)
		}
	})
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"0s": 0, "30s": 30 * time.Second, "15m": 15 * time.Minute, "4h": 4 * time.Hour, "60d": 1440 * time.Hour, "36h": 36 * time.Hour, "106751d": 106751 * Day} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v", text, got, err)
		}
		if back := FormatDuration(got); back != text {
			t.Errorf("FormatDuration(%v) = %q, want %q", got, back, text)
		}
	}
	for _, text := range []string{"", "d", "60", "-1d", "+1d", "1.5h", "1h30m", "060d", "00s", "60D", "1w", " 1d", "1d ", "106752d", "99999999999999999999s", "١d"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
	for d, want := range map[time.Duration]string{120 * time.Second: "2m", 48 * time.Hour: "2d", -4 * time.Hour: "-4h", 1500 * time.Millisecond: "1.5s"} {
		if got := FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestPeriods(t *testing.T) {
	for text, want := range map[string]string{
		"2026":                                 "2026-01-01T00:00:00Z/2027-01-01T00:00:00Z",
		"2026-Q1":                              "2026-01-01T00:00:00Z/2026-04-01T00:00:00Z",
		"2026-Q4":                              "2026-10-01T00:00:00Z/2027-01-01T00:00:00Z",
		"2026-12":                              "2026-12-01T00:00:00Z/2027-01-01T00:00:00Z",
		"2024-02":                              "2024-02-01T00:00:00Z/2024-03-01T00:00:00Z",
		"2026-03-01/2026-04-01":                "2026-03-01T00:00:00Z/2026-04-01T00:00:00Z",
		"2026-03-01T12:00:00+02:00/2026-04-01": "2026-03-01T10:00:00Z/2026-04-01T00:00:00Z",
	} {
		got, err := ParsePeriod(text)
		if err != nil || got.String() != want {
			t.Errorf("ParsePeriod(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "26", "2026-Q0", "2026-Q5", "2026-13", "2026-00", "2026-1", "2026-03-01", "2026-04-01/2026-04-01", "2026-04-01/2026-03-01", "2026-03-01/", "/2026-03-01", "1500", "a026"} {
		if got, err := ParsePeriod(text); err == nil {
			t.Errorf("ParsePeriod(%q) = %v, want an error", text, got)
		}
	}
}

func TestPeriodIsHalfOpen(t *testing.T) {
	p, err := ParsePeriod("2026-03")
	if err != nil {
		t.Fatal(err)
	}
	if !p.Contains(p.From) || p.Contains(p.To) || !p.Contains(p.To.Add(-1)) || p.Contains(p.From.Add(-1)) {
		t.Error("a period holds its first instant and not its end")
	}
}

func TestInstants(t *testing.T) {
	got, err := ParseInstant("2026-03-01")
	if err != nil || Format(got) != "2026-03-01T00:00:00Z" {
		t.Errorf("a date is its first instant in UTC, not %v, %v", got, err)
	}
	got, err = ParseInstant("2026-03-01T01:00:00+01:00")
	if err != nil || Format(got) != "2026-03-01T00:00:00Z" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"2026-02-30", "2026-13-01", "1500-01-01", "today"} {
		if _, err := ParseInstant(text); err == nil {
			t.Errorf("ParseInstant(%q) is accepted", text)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("2026-03-01T09:30:00.123456+02:00"); err != nil {
			b.Fatal(err)
		}
	}
}
