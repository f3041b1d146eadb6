package canon

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

// TestFloatsAreThoseOfOthers compares with RFC 8785's other Go implementation over random bit patterns.
func TestFloatsAreThoseOfOthers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		want, err := jcs.NumberToJSON(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatFloat(f); got != want {
			t.Fatalf("%v is printed as %s, want %s", f, got, want)
		}
	}
}

// TestShortDecimalsNeedNoFloat holds the short cut for literals such as 12.5 against the long way.
func TestShortDecimalsNeedNoFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500_000 {
		digits := strconv.FormatUint(r.Uint64()%uint64(math.Pow10(1+r.IntN(17))), 10)
		literal := strings.Repeat("0", r.IntN(9)) + digits
		point := r.IntN(len(literal)) + 1
		literal = literal[:point] + "." + literal[point:] + strconv.Itoa(r.IntN(10))
		literal = strings.TrimLeft(literal, "0")
		if literal[0] == '.' {
			literal = "0" + literal
		}
		got, _, err := number(literal)
		if err != nil {
			t.Fatalf("%s: %v", literal, err)
		}
		f, err := strconv.ParseFloat(literal, 64)
		if err != nil {
			t.Fatal(err)
		}
		if want := formatFloat(f); got != want {
			t.Fatalf("%s is printed as %s, want %s", literal, got, want)
		}
	}
}

// random makes a JSON text whose numbers are within what RFC 8785 keeps exactly.
func random(r *rand.Rand, depth int) string {
	switch n := r.IntN(9); {
	case n < 2 && depth > 0:
		var parts []string
		for i := range r.IntN(5) {
			parts = append(parts, fmt.Sprintf("%s:%s", randomString(r, strconv.Itoa(i)), random(r, depth-1)))
		}
		return "{ " + strings.Join(parts, " , ") + "}"
	case n < 4 && depth > 0:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, random(r, depth-1))
		}
		return "[" + strings.Join(parts, ",\n") + " ]"
	case n < 6:
		return randomString(r, "")
	case n == 6:
		return strconv.FormatInt(r.Int64N(1<<54)-(1<<53), 10)
	case n == 7:
		return strconv.FormatFloat(r.NormFloat64()*math.Pow10(r.IntN(40)-20), "eEfg"[r.IntN(4)], 1+r.IntN(12), 64)
	default:
		return []string{"true", "false", "null"}[r.IntN(3)]
	}
}

func randomString(r *rand.Rand, suffix string) string {
	runes := []rune("ab\"\\/é€\U0001f600\uffff\ue000\n\t\x00\x1f\x7f<>&\u2028z")
	var b strings.Builder
	for range r.IntN(6) {
		c := runes[r.IntN(len(runes))]
		if c < ' ' || c == '"' || c == '\\' || r.IntN(4) == 0 {
			if c > 0xFFFF {
				c -= 0x10000
				fmt.Fprintf(&b, `\u%04x\u%04X`, 0xd800+c>>10, 0xdc00+c&0x3ff)
				continue
			}
			fmt.Fprintf(&b, `\u%04x`, c)
			continue
		}
		b.WriteRune(c)
	}
	return `"` + b.String() + suffix + `"`
}

func TestRandomDocumentsAreCanonicalisedAsOthersDo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		text := random(r, 4)
		v, err := Parse([]byte(text))
		if err != nil {
			if strings.Contains(err.Error(), "twice") {
				continue // two random names may be equal
			}
			t.Fatalf("%s: %v", text, err)
		}
		got := Append(nil, &v)
		want, err := json.Marshal(withoutNulls(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if want, err = jcs.Transform(want); err != nil && got[0] != '{' && got[0] != '[' {
			continue // jcs takes objects and arrays only
		} else if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if string(got) != string(want) {
			t.Fatalf("%s\ngives %s\nwant  %s", text, got, want)
		}
	}
}

func withoutNulls(t testing.TB, text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return dropNulls(v)
}

func dropNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			if item == nil {
				delete(v, k)
			} else {
				v[k] = dropNulls(item)
			}
		}
	case []any:
		for i := range v {
			v[i] = dropNulls(v[i])
		}
	}
	return v
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.50,-0,1e400],"b":null}`, `"\ud83d\ude00"`, `{"\u20ac":1,"\ufb33":2,"😀":3}`, `[[[]]]`, `{"a":1,"a":2}`, "\"\xff\"", `9007199254740993`, `1e21`, `{"a":"\u0000"}`} {
		f.Add([]byte(s))
	}
	var reused Parser
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		again, err2 := reused.Parse(data)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("a used parser differs: %v, %v", err, err2)
		}
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(data) {
				t.Fatalf("%v", err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is no JSON for encoding/json", data)
		}
		out := Append(nil, &v)
		if string(out) != string(Append(nil, again)) {
			t.Fatal("a used parser reads it differently")
		}
		second, err := Parse(out)
		if err != nil || string(Append(nil, &second)) != string(out) {
			t.Fatalf("%q is not a fixed point: %v", out, err)
		}
		if !json.Valid(out) {
			t.Fatalf("%q is no JSON", out)
		}
		back, err := FromAny(v.Any())
		if err != nil || string(Append(nil, &back)) != string(out) {
			t.Fatalf("%q does not survive Any: %v", out, err)
		}
	})
}
