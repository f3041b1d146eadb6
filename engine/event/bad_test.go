package event

import (
	"runtime"
	"strings"
	"testing"
)

func TestBadLogs(t *testing.T) {
	good := minimal + "\n"
	deep := with("details", strings.Repeat(`{"a":`, 100)+"1"+strings.Repeat("}", 100))
	for name, c := range map[string]struct {
		content string
		want    string
		always  bool // also where bad lines are tolerated
	}{
		"no timestamp":          {good + "\n" + `{"actor":"x"}` + "\n" + good, "x.log:3: /timestamp: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found nothing; correct the line, or tolerate bad lines with --skip-invalid", false},
		"cut at the end":        {good + minimal[:50], "x.log:2: expected one JSON object in each line, found one that is cut off after byte 50: the string that begins at byte", false},
		"10 MB line":            {good + `{"a":"` + strings.Repeat("x", 10_000_000) + `"}` + "\n" + good, "x.log:2: expected at most 4 MiB, found more", false},
		"10 MB line at the end": {good + `{"a":"` + strings.Repeat("x", 10_000_000), "x.log:2: expected at most 4 MiB, found more", false},
		"deep details":          {good + deep, "x.log:2: expected one JSON object in each line, found at byte 449: nested deeper than 64 arrays and objects", false},
		"binary":                {"\x7fELF\x02\x01\x01\x00\x00", "x.log: expected an audit log as NDJSON, JSON array or CSV, plain or compressed with gzip or zstd, found a binary file (byte 0x02 at 5)", true},
		"binary later":          {"PK\x03\x04", "found a binary file (byte 0x03 at 3)", true},
		"latin-1":               {"h\xe9llo", "found a binary file (byte 0xe9 at 2)", true},
		"binary in the middle":  {good + "\x00\x01\x02\n", "x.log:2: expected one JSON object in each line, found at byte 1: expected a value, found '\\x00'", false},
		"pretty object":         {indented(t, minimal), "x.log:1: expected one JSON object in each line, found one that is cut off after byte 1", false},
		"words":                 {"hello\nworld\n", "x.log:1: expected one JSON object in each line, found at byte 1: expected a value, found 'h'", false},
		"array cut in an item":  {"[" + minimal + ",\n" + minimal[:50], "x.log:2: expected one JSON object in each line, found one that is cut off", false},
		"array cut after one":   {"[" + minimal + "\n,\n", "x.log:3: expected ',' or ']' in the JSON array, found the end of the file: it is cut off", false},
		"array without comma":   {"[" + minimal + "\n" + minimal + "]", "x.log:2: expected ',' or ']' after an event of the JSON array, found '{'; correct the file; nothing after this can be read", true},
		"array with two commas": {"[" + minimal + ",,\n" + minimal + "]", "x.log:1: expected an event in the JSON array, found ','", true},
		"array and more":        {"[" + minimal + "]\n" + minimal, "x.log:2: expected nothing after the JSON array, found '{'", true},
		"array of arrays":       {"[[" + minimal + "]]", "x.log:1: expected one JSON object in each line, found an array", false},
		"array of numbers":      {"[1]", "x.log:1: expected one JSON object in each line, found 1", false},
		"cut gzip":              {zipped(t, strings.Repeat(good, 100))[:60], "x.log: cannot be read to its end: unexpected EOF", true},
		"cut zstd":              {zstandard(t, strings.Repeat(good, 100))[:60], "x.log: cannot be read to its end: unexpected EOF", true},
		"no gzip":               {"\x1f\x8bxxxxxxxxxxxxxxx", "x.log: expected a gzip file", true},
		"csv without actor":     {"timestamp,action,resource,outcome\n", "x.log:1: expected a header with the columns timestamp, actor, action, resource, outcome, comma-separated, found no actor", true},
		"csv with two columns":  {"timestamp,actor,actor,action,resource,outcome\n", "found \"actor\" twice", true},
		"csv short row":         {"timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,a,b.c,d\n", "x.log:2: expected 5 cells, as many as the header has, found 4", false},
		"csv stray quote":       {"timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,a\"b,b.c,d,success\n", "x.log:2: expected a CSV row, found expected a cell with a quote to be quoted as a whole, found \"a\\\"b\"", false},
		"csv bad details":       {"timestamp,actor,action,resource,outcome,details\n2026-06-01T09:30:00Z,a,b.c,d,success,{\n", "x.log:2: /details: expected a JSON object, found one that is cut off", false},
		"csv bad actor":         {"timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,robot/x,b.c,d,success\n", "x.log:2: /actor/type: expected one of user, service, system, found \"robot\"", false},
		"csv bad sequence":      {"timestamp,actor,action,resource,outcome,sequence\n2026-06-01T09:30:00Z,a,b.c,d,success,-1\n", "x.log:2: /sequence: expected a whole number", false},
		"csv open quote":        {"timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,\"a,b.c,d,success\n2026-06-01T09:30:00Z,a,b.c,d,success\n", "x.log:2: expected the closing quote of a cell, found the end of the file: the cell may have swallowed rows", true},
		"csv cut in a cell":     {"timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,\"a", "x.log:2: expected a CSV row, found expected the closing quote", false},
	} {
		l := FromReader("x.log", strings.NewReader(c.content), Options{})
		_, err := collect(l)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\nsays %v\nwant %s", name, err, c.want)
		}
		l = FromReader("x.log", strings.NewReader(c.content), Options{SkipInvalid: 20})
		_, err = collect(l)
		if (err != nil) != c.always {
			t.Errorf("%s, tolerated: %v", name, err)
		}
		if f := l.Facts(); err == nil && (f.Refused == 0 || len(f.Refusals) != int(f.Refused) || l.Statistics().Refused != f.Refused) {
			t.Errorf("%s, tolerated: %+v", name, f)
		}
	}
}

func TestTolerance(t *testing.T) {
	content := minimal + "\nx\n" + with("outcome", `"failure"`) + "\n{}\n"
	l, events := readEvents(t, Options{SkipInvalid: 2}, content)
	f := l.Facts()
	if len(events) != 2 || f.Records != 4 || f.Refused != 2 || f.Refusals[0].Line != 2 || f.Refusals[1].Line != 4 || !strings.HasPrefix(f.Refusals[1].Reason, "/timestamp: expected") {
		t.Errorf("%d events, %+v", len(events), f)
	}
	_, err := collect(FromReader("x", strings.NewReader(content), Options{SkipInvalid: 1}))
	if err == nil || !strings.Contains(err.Error(), "x:4: ") || !strings.Contains(err.Error(), "more than the 1 that --skip-invalid tolerates") {
		t.Errorf("one too many: %v", err)
	}
	l, _ = readEvents(t, Options{SkipInvalid: 2}, minimal, "x")
	if r := l.Facts().Refusals; len(r) != 1 || !strings.HasPrefix(r[0].Reason, "partb: ") {
		t.Errorf("of several files the reason names the one: %+v", r)
	}
	l, _ = readEvents(t, Options{SkipInvalid: 5000}, strings.Repeat("x\n", 3000))
	if f := l.Facts(); f.Refused != 3000 || len(f.Refusals) != MaxListed || f.Refusals[999].Line != 1000 {
		t.Errorf("%d refused, %d listed", f.Refused, len(f.Refusals))
	}
}

func TestBombsAreReadPieceByPiece(t *testing.T) {
	long := strings.Repeat("x", 256<<20)
	for name, packed := range map[string]string{"gzip": zipped(t, minimal+"\n"+long), "zstd": zstandard(t, minimal+"\n"+long)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l, events := readEvents(t, Options{SkipInvalid: 1}, packed)
		runtime.ReadMemStats(&after)
		if len(events) != 1 || l.Facts().Refused != 1 {
			t.Errorf("%s: %d events, %+v", name, len(events), l.Facts())
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: %d MiB for a line that is refused", name, used>>20)
		}
	}
}
