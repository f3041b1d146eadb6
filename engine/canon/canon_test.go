package canon

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func canonical(t testing.TB, text string) string {
	t.Helper()
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return string(Append(nil, &v))
}

func TestCanonicalBytes(t *testing.T) {
	for text, want := range map[string]string{
		` { "b" : 1 , "a" : [ true , false , null ] } `: `{"a":[true,false,null],"b":1}`,
		`{"a":null,"b":{"c":null}}`:                     `{"b":{}}`,
		`null`:                                          `null`,
		"\t\"x\"\r\n":                                   `"x"`,
		`"\u0041\u00e9\u20ac\ud83d\ude00\/"`:            `"Aé€😀/"`,
		`"\b\t\n\f\r\u000b\u001f\u0000\"\\"`:            `"\b\t\n\f\r\u000b\u001f\u0000\"\\"`,
		`"\u007f\u2028<>&"`:                             "\"\x7f\u2028<>&\"",
		// RFC 8785 §3.2.3
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
	} {
		if got := canonical(t, text); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "-0.0": "0", "0.0": "0", "1.0": "1", "-1.50": "-1.5", "1e2": "100", "1E+2": "100", "1.5e-3": "0.0015",
		"0.000001": "0.000001", "0.0000001": "1e-7", "1e-7": "1e-7", "-1.25e-10": "-1.25e-10", "0.0000012": "0.0000012", "0.00000012": "1.2e-7",
		"1e20": "100000000000000000000", "1e21": "1e+21", "1.7976931348623157e308": "1.7976931348623157e+308", "5e-324": "5e-324", "1e-999": "0",
		"333333333.33333329": "333333333.3333333", "4.50": "4.5", "2e-3": "0.002", "0.1": "0.1", "0.30000000000000004": "0.30000000000000004",
		"9007199254740992": "9007199254740992", "9007199254740993": "9007199254740993", "-9007199254740993": "-9007199254740993",
		"123456789012345678901234567890": "123456789012345678901234567890", "9007199254740993.0": "9007199254740992",
		"1" + strings.Repeat("0", 308): "1" + strings.Repeat("0", 308), "123456.7890123456": "123456.7890123456", "0.1234567890123456789": "0.12345678901234568",
	} {
		if got := canonical(t, text); got != want {
			t.Errorf("%s is printed as %s, want %s", text, got, want)
		}
		if got := canonical(t, "["+text+"]"); got != "["+want+"]" {
			t.Errorf("[%s] is printed as %s", text, got)
		}
	}
	for _, text := range []string{"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1e999", "-1e309", "1" + strings.Repeat("0", 309), "--1", "00", "-01", "1.e3", "１"} {
		if v, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is read as %+v", text, v)
		}
	}
}

func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "end of the text",
		" ":                        "end of the text",
		"{":                        "end of the text",
		`{"a":1`:                   "expected ',' or '}'",
		`{"a":1,}`:                 "expected a name",
		`{"a" 1}`:                  "expected ':'",
		`{a:1}`:                    "expected a name in double quotes, found 'a'",
		`[1,]`:                     "expected a value, found ']'",
		`[1 2]`:                    "expected ',' or ']', found '2'",
		`{} {}`:                    "expected the end of the text, found '{'",
		`{"a":1}]`:                 "expected the end of the text",
		`"abc`:                     "not closed",
		`"abc\`:                    "ends in an escape",
		`"\x"`:                     `found "\\x"`,
		`"\u12G4"`:                 "four hex digits",
		`"\u12`:                    "four hex digits",
		"\"a\nb\"":                 "U+000A",
		"\"\\t\x01\"":              "U+0001",
		`"\ud800"`:                 "surrogate",
		`"\ud800x"`:                "surrogate",
		`"\udc00\ud800"`:           "surrogate",
		`"\ud800\u0041"`:           "surrogate",
		`"\udead\ud800"`:           "surrogate",
		"\"\xff\"":                 "0xff is not UTF-8",
		"\"\\n\xc3\"":              "0xc3 is not UTF-8",
		"\"\xed\xa0\x80\"":         "0xed is not UTF-8",
		"\xef\xbb\xbf{}":           "expected a value",
		"\x00":                     "expected a value",
		"\xff":                     "the byte 0xff",
		`{"a":1,"a":2}`:            `"a" stands twice`,
		`{"a":1,"b":2,"\u0061":3}`: `"a" stands twice`,
		`{"a":null,"a":1}`:         `"a" stands twice`,
		`[{"x":{"y":1,"y":1}}]`:    `"y" stands twice`,
		"tru":                      "expected true",
		"nulL":                     "expected null",
		"True":                     "expected a value",
		"'a'":                      "expected a value",
		"/* */1":                   "expected a value",
	} {
		v, err := Parse([]byte(text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q is read as %+v, error %v", text, v, err)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q does not say %q", text, err, want)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for text, want := range map[string]SyntaxError{
		`{"a":01}`:        {Offset: 7},
		"\"ab\xffc\"":     {Offset: 3},
		`[1,2`:            {Offset: 4, Cut: true},
		`{"a":"b`:         {Offset: 7, Cut: true},
		`[tr`:             {Offset: 3, Cut: true},
		`[{"b":1,"b":2}]`: {Offset: 1},
	} {
		_, err := Parse([]byte(text))
		var got *SyntaxError
		if !errors.As(err, &got) || got.Offset != want.Offset || got.Cut != want.Cut {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestNestingIsLimited(t *testing.T) {
	for _, brackets := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
		nested := func(n int) string { return strings.Repeat(brackets[0], n) + "1" + strings.Repeat(brackets[1], n) }
		if _, err := Parse([]byte(nested(MaxDepth))); err != nil {
			t.Errorf("%d levels of %s: %v", MaxDepth, brackets[0], err)
		}
		if _, err := Parse([]byte(nested(MaxDepth + 1))); err == nil || !strings.Contains(err.Error(), "deeper than 64") {
			t.Errorf("%d levels of %s: %v", MaxDepth+1, brackets[0], err)
		}
		if _, err := Parse([]byte(nested(1_000_000))); err == nil {
			t.Errorf("a million levels of %s are accepted", brackets[0])
		}
	}
	deep := any("x")
	for range MaxDepth {
		deep = []any{deep}
	}
	if _, err := FromAny(deep); err != nil {
		t.Error(err)
	}
	if _, err := FromAny(map[string]any{"a": deep}); err == nil {
		t.Error("FromAny accepts what Parse refuses")
	}
}

func TestLargeObjectsAreSortedAndCheckedToo(t *testing.T) {
	for _, n := range []int{fewMembers - 1, fewMembers, fewMembers + 1, 300} {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(`"k%03d":%d`, (i*7+3)%n, i))
		}
		v, err := Parse([]byte("{" + strings.Join(parts, ",") + "}"))
		if err != nil || len(v.Members) != n {
			t.Fatalf("%d members: %d, %v", n, len(v.Members), err)
		}
		for i, m := range v.Members {
			if m.Key != fmt.Sprintf("k%03d", i) {
				t.Fatalf("%d members: %s stands at %d", n, m.Key, i)
			}
		}
		if _, err := Parse([]byte("{" + strings.Join(append(parts, `"k001":0`), ",") + "}")); err == nil {
			t.Errorf("%d members: one stands twice", n)
		}
	}
}

func TestPlainUntilLooksAtEveryByte(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	bytes := []byte("\x00\x1f\x20\x21\"#[\\]\x7f\x80\x9f\xa2\xdc\xffaaaaaaaaaaaaaaaaaaaaaa")
	for range 200_000 {
		text := make([]byte, r.IntN(40))
		for i := range text {
			text[i] = bytes[r.IntN(len(bytes))]
		}
		s, from := string(text), r.IntN(len(text)+1)
		want := from
		for want < len(s) && s[want] >= ' ' && s[want] != '"' && s[want] != '\\' {
			want++
		}
		if got := plainUntil(s, from); got != want {
			t.Fatalf("%q from %d: %d, want %d", s, from, got, want)
		}
		if got, want := isASCII(s), strings.IndexFunc(s, func(c rune) bool { return c >= 0x80 }) < 0; got != want {
			t.Fatalf("%q: %v", s, got)
		}
	}
}

func TestGet(t *testing.T) {
	v, err := Parse([]byte(`{"a":{"b":[1]},"c":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Get("a").Get("b"); got == nil || got.Items[0].Text != "1" {
		t.Errorf("a.b is %+v", got)
	}
	if v.Get("a").Get("x").Get("y") != nil || v.Get("c").Get("b") != nil {
		t.Error("what is not there is nil")
	}
}

func TestParserReusesItsMemoryAndLeavesStringsAlone(t *testing.T) {
	var p Parser
	first, err := p.Parse([]byte(`{"a":["one","t\u0077o"],"b":{"c":"three"}}`))
	if err != nil {
		t.Fatal(err)
	}
	kept := []string{first.Get("a").Items[0].Text, first.Get("a").Items[1].Text, first.Get("b").Get("c").Text}
	if _, err := p.Parse([]byte(`{"a":["111","2222"],"b":{"c":"33333"}}`)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(kept, []string{"one", "two", "three"}) {
		t.Errorf("strings changed to %q", kept)
	}
	if _, err := p.Parse([]byte(`{"a":[1,{"b":[`)); err == nil {
		t.Fatal("accepted")
	}
	after, err := p.Parse([]byte(`[[[1]]]`))
	if err != nil || string(Append(nil, after)) != "[[[1]]]" {
		t.Errorf("after an error the parser gives %v, %v", after, err)
	}
	line := `{"actor":{"id":"usr_1","type":"user"},"list":[1,2,3,{"x":true}]}`
	if n := testing.AllocsPerRun(100, func() {
		if _, err := p.ParseString(line); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for a line without escapes", n)
	}
}

func TestParseObjectAddsMembers(t *testing.T) {
	text := func(s string) Value { return Value{Kind: String, Text: s} }
	var p Parser
	got, err := p.ParseObject(`{"b":{"b":1},"d":2}`, Member{Key: "d", Value: text("new")}, Member{Key: "a", Value: text("first")}, Member{Key: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if s := string(Append(nil, got)); s != `{"a":"first","b":{"b":1},"d":"new"}` {
		t.Error(s)
	}
	if got, err = p.ParseObject(`{}`, Member{Key: "a", Value: text("x")}); err != nil || string(Append(nil, got)) != `{"a":"x"}` {
		t.Error(got, err)
	}
	if _, err := p.ParseObject(`[{}]`, Member{Key: "a", Value: text("x")}); err == nil {
		t.Error("an array has no members")
	}
}

func TestAnyAndBack(t *testing.T) {
	in := map[string]any{"s": "x", "n": nil, "b": true, "i": -3, "u": uint64(math.MaxUint64), "f": 1.0, "f32": float32(0.5), "num": json.Number("1E2"), "list": []any{nil, int64(7), map[string]any{}}}
	v, err := FromAny(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"b":true,"f":1,"f32":0.5,"i":-3,"list":[null,7,{}],"num":100,"s":"x","u":18446744073709551615}`
	if got := string(Append(nil, &v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	back, err := FromAny(v.Any())
	if err != nil || !reflect.DeepEqual(v, back) {
		t.Errorf("there and back: %+v, %v", back, err)
	}
	for _, bad := range []any{math.NaN(), math.Inf(1), "\xff", json.Number("x"), json.Number("1 "), json.Number(""), struct{}{}, map[string]any{"\xff": 1}, []any{"\xff"}} {
		if v, err := FromAny(bad); err == nil {
			t.Errorf("FromAny(%#v) = %+v", bad, v)
		}
	}
}

const benchmarkEvent = `{"timestamp":"2026-06-01T09:30:00.123Z","actor":{"type":"user","id":"usr_000123","team":"team_07"},"action":"gateway.request","resource":{"type":"gateway","id":"gw_eu_1"},"outcome":"success","ip_address":"10.20.30.40","source":"gw-eu-1","epoch":"2026-05-30","sequence":1234567,"details":{"model":"gpt-x","provider":"prov_2","policy":"pol_9","decision":"allow","tokens":812.5}}`

func BenchmarkParseAndAppend(b *testing.B) {
	var p Parser
	var out []byte
	line := []byte(benchmarkEvent)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		v, err := p.Parse(line)
		if err != nil {
			b.Fatal(err)
		}
		out = Append(out[:0], v)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
