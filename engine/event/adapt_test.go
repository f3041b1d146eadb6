package event

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// renamed converts {"n":…} to the minimal event with that id, and refuses what has no n.
func renamed(in *canon.Value) (canon.Value, error) {
	n := in.Get("n")
	if n == nil {
		return canon.Value{}, errors.New("expected a member n, found none")
	}
	return canon.Parse([]byte(with("id", `"n`+n.Text+`"`)))
}

func wrappedOptions() Options {
	return Options{SkipInvalid: 5, Adaptation: Adaptation{Convert: renamed, Wrapper: []string{"Records", "items"}}}
}

func TestRecordsAreConvertedInWhateverFrame(t *testing.T) {
	for name, text := range map[string]string{
		"lines":                 "{\"n\":1}\n{\"n\":2}\n",
		"array":                 `[{"n":1},{"n":2}]`,
		"wrapper":               `{"Records":[{"n":1},{"n":2}]}`,
		"byte order mark":       byteOrderMark + `{"Records":[{"n":1},{"n":2}]}`,
		"other members":         `{"kind":"List \"[{","x":{"items":[{"n":9}]},"y":[1,[2]],"z":-1.5e3,"t":true,"items":[{"n":1},{"n":2}],"end":null}`,
		"wrapper over lines":    "{\n  \"Records\" : [\n    {\n      \"n\": 1\n    }\n  ,\n    {\"n\": 2}\n  ]\n}\n",
		"a wrapper a line":      `{"Records":[{"n":1}]}` + "\n" + `{"Records":[]}` + "\n" + `{"items":null}` + "\n" + `{"Records":[{"n":2}]}` + "\n",
		"member of like name":   "{\"n\":1,\"Record\":[]}\n{\"n\":2,\"deep\":{\"Records\":[{\"n\":3}]}}\n",
		"gzip":                  zipped(t, `{"Records":[{"n":1},{"n":2}]}`),
		"zstd":                  zstandard(t, `{"Records":[{"n":1},{"n":2}]}`),
		"escaped name is other": `{"\u0052ecords":{"n":3},"items":[{"n":1},{"n":2}]}`,
	} {
		l, events := readEvents(t, wrappedOptions(), text)
		if got := fmt.Sprint(ids(events)); got != "[n1 n2]" || l.Facts().Refused != 0 {
			t.Errorf("%s: %s, %d refused", name, got, l.Facts().Refused)
		}
	}
}

func TestAConvertersErrorRefusesTheRecordWithItsText(t *testing.T) {
	l, events := readEvents(t, wrappedOptions(), "{\"Records\":[{\"n\":1},\n{\"m\":1},\n7,{\"n\":{}},{\"n\":2}]}")
	want := []Refusal{{2, "expected a member n, found none"}, {3, "expected a member n, found none"}}
	if fmt.Sprint(ids(events)) != "[n1 n n2]" || fmt.Sprint(l.Facts().Refusals) != fmt.Sprint(want) {
		t.Errorf("%v %v", ids(events), l.Facts().Refusals)
	}
}

func TestABrokenWrapperEndsTheReadingWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		`{"Records":[{"n":1}]`:                                `part:1: expected the end of the object around the records, found the end of the file: it is cut off`,
		"{\"Records\":[{\"n\":1}]}\n{\"n\":2}":                `part:2: expected records in one of the members ["Records" "items"], as in the objects before, found an object without`,
		`{"Records":[{"n":1}]} x`:                             `part:1: expected an object around the records, found 'x'`,
		`{"Records":[{"n":1}],"items":[]}`:                    `part:1: expected one array of records in an object, found a second one, "items"`,
		"{\"Records\":[{\"n\":1}]}\n{\"Records\":{}}":         `part:2: /Records: expected an array of records, found '{'`,
		`{"Records":[{"n":1}]]`:                               `part:1: expected ',' or '}' in the object around the records, found ']'`,
		`{"Records":[{"n":1}],}`:                              `part:1: expected a member of the object around the records, found '}'`,
		`{"Records":[{"n":1}],"x" 1}`:                         `part:1: expected ':' after the name "x", found '1'`,
		`{"Records":[{"n":1}],"x":,}`:                         `part:1: expected a value of "x", found ','`,
		`{"Records":[{"n":1}],"x":[}]}`:                       `part:1: expected ']', found '}'`,
		`{"Records":[{"n":1}],"x":` + strings.Repeat("[", 65): `part:1: expected at most 64 arrays and objects in each other, found more`,
		`{"Records":[{"n":1},]}`:                              `part:1: expected an event in the JSON array, found ']'`,
	} {
		_, err := collect(FromReader("part", strings.NewReader(text), Options{Adaptation: wrappedOptions().Adaptation}))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant\n%s", text, err, want)
		}
	}
}

func TestCSVIsNotConverted(t *testing.T) {
	_, err := collect(FromReader("a.csv", strings.NewReader("timestamp,actor\n"), wrappedOptions()))
	if err == nil || !strings.Contains(err.Error(), "a.csv: expected JSON") || !strings.Contains(err.Error(), "found CSV") {
		t.Error(err)
	}
}

func TestEachInputHasItsOwnAdaptation(t *testing.T) {
	options := Options{Adapt: func(head []byte) (Adaptation, error) {
		switch {
		case bytes.Contains(head, []byte("Records")):
			return wrappedOptions().Adaptation, nil
		case bytes.Contains(head, []byte("timestamp")):
			return Adaptation{}, nil
		}
		return Adaptation{}, errors.New("expected a known format")
	}}
	_, events := readEvents(t, options, with("id", `"own"`), `{"Records":[{"n":1}]}`)
	if fmt.Sprint(ids(events)) != "[own n1]" {
		t.Error(ids(events))
	}
	_, err := collect(FromReader("part", strings.NewReader("{}"), options))
	if err == nil || err.Error() != "part: expected a known format" {
		t.Error(err)
	}
}

func TestAConvertedEventThatIsTooLongSaysWhatToDo(t *testing.T) {
	long := func(*canon.Value) (canon.Value, error) {
		return canon.Parse([]byte(with("details", `{"original":"`+strings.Repeat("x", MaxLine)+`"}`)))
	}
	l, _ := readEvents(t, Options{SkipInvalid: 1, Adaptation: Adaptation{Convert: long}}, `{"n":1}`)
	if want := "expected at most 4 MiB as an event, its original included, found more; leave the originals out"; l.Facts().Refusals[0].Reason != want {
		t.Error(l.Facts().Refusals)
	}
}

func TestAWrapperIsReadTheSameInPieces(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		var text strings.Builder
		want := []string{}
		for range 1 + r.IntN(3) {
			text.WriteString(`{"kind":"a{\"[","metadata":{"n":[0]},"Records": [`)
			for i := range r.IntN(3000) {
				if i > 0 {
					text.WriteString(",\n")
				}
				fmt.Fprintf(&text, `{"n":%d,"pad":"%s\"]}"}`, len(want), strings.Repeat("{", r.IntN(400)))
				want = append(want, fmt.Sprint("n", len(want)))
			}
			text.WriteString("] }\n")
		}
		_, events := readEvents(t, wrappedOptions(), text.String())
		if fmt.Sprint(ids(events)) != fmt.Sprint(want) {
			t.Fatalf("seed %d: %d events of %d", seed, len(events), len(want))
		}
		whole, refused := records(&wrapped{names: []string{"Records"}}, []byte(text.String()), text.Len()+1)
		parts, refusedParts := records(&wrapped{names: []string{"Records"}}, []byte(text.String()), 1+r.IntN(30))
		if refused || refusedParts || len(whole) != len(want) || !reflect.DeepEqual(whole, parts) {
			t.Fatalf("seed %d: whole %d records, in pieces %d, want %d; refused %v %v", seed, len(whole), len(parts), len(want), refused, refusedParts)
		}
	}
}
