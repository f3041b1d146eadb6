package adapters

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

const own = `{"timestamp":"2026-06-01T09:30:00Z","actor":"u","action":"policy.update","resource":"policy/p","outcome":"success"}`

// guessable is a record of each system as it writes it.
var guessable = map[string]string{
	"github": "branch-policy-override", "cloudtrail": "logging-stopped", "kubernetes": "secret-deleted", "gcp": "key-created",
	"ocsf": "guardrail-deleted", "okta": "group-membership", "cloudevents": "policy-update", "litellm": "team-budget",
}

func TestWhatIsPlainIsGuessedInWhateverFrame(t *testing.T) {
	for _, a := range known {
		record := own
		if a.fill != nil {
			record = inputs(t, a.Name)["testdata/"+a.Name+"/"+guessable[a.Name]+".json"]
		}
		in := parse(t, record)
		line := bytesOf(in)
		frames := []string{record, line + "\n" + line + "\n", "[" + record + ",\n" + record + "]", " \n[ " + line, "\xef\xbb\xbf" + line, line + "\n{\"cut"}
		for _, name := range a.Wrapper {
			frames = append(frames, `{"`+name+`":[`+line+`]}`, `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{"x":[1]},"`+name+"\": [\n"+record)
		}
		for _, frame := range frames {
			if name, ok := Guess([]byte(frame)); !ok || name != a.Name {
				t.Errorf("%s is taken for %q (%v): %.200s", a.Name, name, ok, frame)
			}
		}
	}
	if name, ok := Guess([]byte("timestamp,actor,action,resource,outcome,details\r\n")); !ok || name != "kt" {
		t.Errorf("kt's CSV is taken for %q", name)
	}
}

func TestWhatIsNotPlainIsNotGuessed(t *testing.T) {
	for _, head := range []string{
		"", "\n", "[]", "[", "{", "{}", "7", "[[{}]]", `{"Records":[]}`, `{"items":[7]}`, `{"a":1}`, `["specversion","type","source","id"]`,
		`{"action":"a","actor":"b"}`, "a,b,c\n", `{"data":{"specversion":"1.0","type":"t","source":"s","id":"i"}}`,
		// of two systems at once
		`{"specversion":"1.0","type":"t","source":"s","id":"i","timestamp":"","actor":"","action":"","resource":"","outcome":""}`,
		`{"auditID":"","stage":"","class_uid":1,"activity_id":1}`,
	} {
		if name, ok := Guess([]byte(head)); ok {
			t.Errorf("%s is taken for %s", head, name)
		}
	}
}

func TestOnlyJSONWithoutAnyNameOfAnEventIsRefusedAsAWhole(t *testing.T) {
	large := strings.Repeat("x", event.HeadSize)
	for _, head := range []string{
		`{"a":1}`, `{}`, `[{"a":1},{"timestamp":""}]`, "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}\n" + own, `{"Records":[]}`, ("{\"a\":\"" + large)[:event.HeadSize],
		"[ {\"a\":\"" + large[:event.HeadSize-9], `{"auditID":"","stage":"","class_uid":1,"activity_id":1}`,
	} {
		if _, err := Guessing(Options{})([]byte(head)); err == nil || !strings.Contains(err.Error(), "name the format with --format") {
			t.Errorf("%.80s: %v", head, err)
		}
	}
	for _, head := range []string{
		"", "\n", "not an event", "[", "[7]", "[[{}]]", "7", `{"a":1`, `{"a":1}}`[:6] + "x}", "{'a':1}", `{"a":` + "\n" + own, "a,b,c\n", `{"outcome":"success"}`,
		`[{"resource":"x"`, large, `{"timestamp":"` + large, `{"action":"a","actor":"b"}`, own,
		`{"specversion":"1.0","type":"t","source":"s","id":"i","timestamp":"","actor":"","action":"","resource":"","outcome":""}`,
	} {
		a, err := Guessing(Options{})([]byte(head))
		if err != nil || a.Convert != nil || a.Wrapper != nil {
			t.Errorf("%.80s: is not read as kt's own: %v", head, err)
		}
	}
	if a, err := Guessing(Options{})([]byte(`{"specversion":"1.0","type":"t","source":"s","id":"i"}`)); err != nil || a.Convert == nil {
		t.Errorf("a plain CloudEvent is not converted: %v", err)
	}
}

// TestACutHeadIsNeverGuessedWrongly: all that is cut off may make a record less plain, never another system's.
func TestACutHeadIsNeverGuessedWrongly(t *testing.T) {
	for _, a := range foreign() {
		for path, record := range inputs(t, a.Name) {
			line := bytesOf(parse(t, record))
			for n := 0; n < len(line); n += 5 {
				if name, ok := Guess([]byte(line[:n])); ok && name != a.Name {
					t.Fatalf("%s: its first %d bytes are taken for %s", path, n, name)
				}
			}
		}
	}
}

func FuzzGuess(f *testing.F) {
	f.Add([]byte(own))
	for _, a := range foreign() {
		for _, record := range inputs(f, a.Name) {
			f.Add([]byte(record))
		}
	}
	f.Add([]byte(`{"Records":[{"items":[{"a":[]}`))
	f.Fuzz(func(t *testing.T, head []byte) {
		name, ok := Guess(head)
		a, there := ByName(name)
		if ok != there {
			t.Fatalf("%q: %q %v", head, name, ok)
		}
		if !ok {
			return
		}
		for _, set := range a.plain {
			all := true
			for _, member := range set {
				all = all && bytes.Contains(head, []byte(member)) || bytes.Contains(head, []byte(`\`))
			}
			if all {
				return
			}
		}
		t.Fatalf("%q is taken for %s without its members", head, name)
	})
}

// FuzzConvert holds of every adapter that any object with a time is taken, and made an event that kt accepts.
func FuzzConvert(f *testing.F) {
	for _, a := range foreign() {
		for _, record := range inputs(f, a.Name) {
			f.Add(a.Name, record)
		}
	}
	f.Add("kubernetes", `{"stageTimestamp":"2026-06-01T09:30:00Z","sourceIPs":[null,"x"],"objectRef":{"resource":"\u0000"}}`)
	f.Add("cloudtrail", `{"eventTime":"2026-06-01 09:30:00","eventName":"é","requestParameters":{"éName":"x","Arn":"y"},"resources":[7]}`)
	f.Fuzz(func(t *testing.T, name, record string) {
		a, ok := ByName(name)
		in, err := canon.Parse([]byte(record))
		if !ok || a.fill == nil || err != nil || in.Kind != canon.Object || len(record) > 1<<20 {
			return
		}
		holdsWhateverIsInIt(t, a, &in)
	})
}

func TestWrongTypesNeverRefuseARecord(t *testing.T) {
	deep := strings.Repeat(`[`, 50) + strings.Repeat(`]`, 50)
	values := []string{`null`, `7`, `-0.5`, `""`, `"x"`, `"/"`, `true`, `[]`, `[7]`, `["x",{}]`, `{}`, `{"id":7,"type":{},"name":[]}`, deep, `"` + strings.Repeat("é", maxText) + `"`}
	for _, a := range foreign() {
		record := inputs(t, a.Name)["testdata/"+a.Name+"/"+guessable[a.Name]+".json"]
		in := parse(t, record)
		replaced := 0
		eachPlace(&in, func(place *canon.Value) {
			before := *place
			for _, text := range values {
				*place = parse(t, text)
				holdsWhateverIsInIt(t, a, &in)
				replaced++
			}
			*place = before
		})
		if replaced < 100 {
			t.Errorf("%s: only %d values were replaced", a.Name, replaced)
		}
	}
}

// eachPlace calls fn with every value in an object.
func eachPlace(v *canon.Value, fn func(*canon.Value)) {
	for i := range v.Items {
		eachPlace(&v.Items[i], fn)
		fn(&v.Items[i])
	}
	for i := range v.Members {
		eachPlace(&v.Members[i].Value, fn)
		fn(&v.Members[i].Value)
	}
}

// holdsWhateverIsInIt holds that an object is converted, with its original and without, unless none of its members with a time has one.
func holdsWhateverIsInIt(t *testing.T, a *Adapter, object *canon.Value) {
	t.Helper()
	in := parse(t, bytesOf(*object)) // nulls go, as in the reading
	line := bytesOf(in)
	timed := false
	for _, f := range a.times {
		_, _, ok := instant(get(&in, f.path...), f.unit)
		timed = timed || ok
	}
	for _, options := range []Options{{}, {KeepOriginal: true}} {
		out, err := a.Convert(&in, options)
		if (err == nil) != timed {
			t.Fatalf("%s: %v\n%.2000s", a.Name, err, line)
		}
		if err != nil {
			continue
		}
		holdsConverted(t, a.Name, &parser, &out)
		if options.KeepOriginal && keptOriginal(&out) != line {
			t.Fatalf("%s: the original is not kept:\n%.2000s", a.Name, bytesOf(out))
		}
		if bytesOf(in) != line {
			t.Fatalf("%s: the record itself was changed:\n%.2000s", a.Name, line)
		}
	}
}

func keptOriginal(out *canon.Value) string {
	if v := get(out, "details", "original"); v != nil {
		return bytesOf(*v)
	}
	return fmt.Sprint(plain(get(out, "details", "original_text")))
}

func plain(v *canon.Value) string {
	if v == nil {
		return ""
	}
	return v.Text
}
