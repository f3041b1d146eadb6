package adapters

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// parser is used by one test at a time.
var parser event.Parser

// inputs are the records of testdata: for each adapter's folder, by name.
func inputs(t testing.TB, adapter string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", adapter, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, ".golden.json") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		records[path] = string(data)
	}
	return records
}

// foreign are the adapters that convert.
func foreign() (out []*Adapter) {
	for _, a := range known {
		if a.fill != nil {
			out = append(out, a)
		}
	}
	return out
}

func parse(t testing.TB, text string) canon.Value {
	t.Helper()
	v, err := canon.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func bytesOf(v canon.Value) string { return string(canon.Append(nil, &v)) }

// TestGolden holds what every adapter makes of the records in testdata. The golden files show it without the original, which another test
// holds.
func TestGolden(t *testing.T) {
	for _, a := range foreign() {
		records := inputs(t, a.Name)
		if len(records) < 4 {
			t.Errorf("%s has %d records in testdata", a.Name, len(records))
		}
		for path, record := range records {
			in := parse(t, record)
			var got []byte
			if out, err := a.Convert(&in, Options{}); err != nil {
				got, _ = json.Marshal(map[string]string{"refused": err.Error()})
			} else {
				got = canon.Append(nil, &out)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, got, "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			golden := strings.TrimSuffix(path, ".json") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, pretty.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(want, pretty.Bytes()) {
				t.Errorf("%s: %v\n%s", golden, err, pretty.Bytes())
			}
		}
	}
}

// TestTheOriginalIsKeptAndChangesNothingElse: the original is the whole record, leaf by leaf, and taking it away gives what --no-original gives.
func TestTheOriginalIsKeptAndChangesNothingElse(t *testing.T) {
	for _, a := range foreign() {
		for path, record := range inputs(t, a.Name) {
			in := parse(t, record)
			with, err := a.Convert(&in, Options{KeepOriginal: true})
			if err != nil {
				continue
			}
			without, err := a.Convert(&in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := get(&with, "details", "original")
			if got == nil || bytesOf(*got) != bytesOf(parse(t, record)) {
				t.Errorf("%s: the original is %s", path, bytesOf(with))
			}
			if missing := missingLeaf(&in, got); missing != "" {
				t.Errorf("%s: lost %s", path, missing)
			}
			if without.Get("details") == nil {
				without.Set("details", canon.Value{Kind: canon.Object})
			}
			get(&without, "details").Set("original", in)
			if bytesOf(with) != bytesOf(without) {
				t.Errorf("%s: with its original it is another event:\n%s\n%s", path, bytesOf(with), bytesOf(without))
			}
		}
	}
}

// missingLeaf is the JSON pointer of a value of in that is not the same in out; "" where there is none.
func missingLeaf(in, out *canon.Value) string {
	switch in.Kind {
	case canon.Object:
		for i := range in.Members {
			m := &in.Members[i]
			if missing := missingLeaf(&m.Value, out.Get(m.Key)); missing != "" {
				return "/" + m.Key + missing
			}
		}
		return ""
	case canon.Array:
		if out == nil || len(out.Items) != len(in.Items) {
			return "/"
		}
		for i := range in.Items {
			if missing := missingLeaf(&in.Items[i], &out.Items[i]); missing != "" {
				return "/" + missing
			}
		}
		return ""
	}
	if out == nil || !reflect.DeepEqual(*in, *out) {
		return "/ " + bytesOf(*in)
	}
	return ""
}

// TestWhatIsMadeIsWhatALineParsesTo: members in order, and accepted.
func TestWhatIsMadeIsWhatALineParsesTo(t *testing.T) {
	var p event.Parser
	for _, a := range foreign() {
		for path, record := range inputs(t, a.Name) {
			for _, options := range []Options{{}, {KeepOriginal: true}} {
				in := parse(t, record)
				out, err := a.Convert(&in, options)
				if err != nil {
					continue
				}
				holdsConverted(t, path, &p, &out)
				if bytesOf(in) != bytesOf(parse(t, record)) {
					t.Errorf("%s: the record itself was changed", path)
				}
			}
		}
	}
}

func holdsConverted(t *testing.T, name string, p *event.Parser, out *canon.Value) {
	t.Helper()
	line := bytesOf(*out)
	e, err := p.FromValue(out)
	if err != nil {
		t.Fatalf("%s: refused: %v\n%.2000s", name, err, line)
	}
	again, err := p.Parse([]byte(line))
	if err != nil || string(again.Canonical) != string(e.Canonical) || again.ID != e.ID || again.IngestedAt != e.IngestedAt {
		t.Fatalf("%s: its line is another event: %v\n%.2000s", name, err, line)
	}
	if back := bytesOf(parse(t, line)); back != line {
		t.Fatalf("%s: its members are out of order:\n%s\n%s", name, line, back)
	}
}

func TestOnlyWhatIsNoObjectOrHasNoTimeIsRefused(t *testing.T) {
	for _, a := range foreign() {
		for _, text := range []string{`[]`, `"x"`, `7`, `null`, `true`, `{}`, `{"` + a.times[0].path[0] + `":[]}`} {
			in := parse(t, text)
			_, err := a.Convert(&in, Options{KeepOriginal: true})
			if _, ok := err.(*event.Problem); !ok || !strings.HasPrefix(strings.TrimPrefix(err.Error(), "/"+strings.Join(a.times[0].path, "/")+": "), "expected ") {
				t.Errorf("%s: %s: %v", a.Name, text, err)
			}
		}
	}
}

func TestAnOriginalThatIsNestedTooDeepIsKeptAsText(t *testing.T) {
	var p event.Parser
	for depth := 58; depth <= canon.MaxDepth; depth++ {
		record := `{"updated_at":"2026-06-01T09:30:00Z","before_value":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
		in := parse(t, record)
		a, _ := ByName("litellm")
		out, err := a.Convert(&in, Options{KeepOriginal: true})
		if err != nil {
			t.Fatal(err)
		}
		holdsConverted(t, record, &p, &out)
		kept, written := get(&out, "details", "original"), get(&out, "details", "original_text")
		if deep := depth > canon.MaxDepth-2; (kept == nil) != deep || (written == nil) == deep {
			t.Errorf("depth %d: %s", depth, bytesOf(out))
		}
		if written != nil && bytesOf(parse(t, written.Text)) != bytesOf(in) {
			t.Errorf("depth %d: kept as %s", depth, written.Text)
		}
	}
}

func TestLongMembersAreNotMappedTwice(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	record := `{"updated_at":"2026-06-01T09:30:00Z","id":"` + long[:maxText+1] + `","action":"updated","table_name":"LiteLLM_TeamTable","object_id":"t","before_value":{"a":"` + long + `"}}`
	in := parse(t, record)
	a, _ := ByName("litellm")
	out, err := a.Convert(&in, Options{KeepOriginal: true})
	if err != nil {
		t.Fatal(err)
	}
	var p event.Parser
	holdsConverted(t, "long", &p, &out)
	if out.Get("id") != nil || get(&out, "details", "before") != nil || missingLeaf(&in, get(&out, "details", "original")) != "" {
		t.Error("what is long stands elsewhere than in the original, or not there")
	}
	if out, err = a.Convert(&in, Options{}); err != nil || get(&out, "details", "before") == nil {
		t.Error("without the original, a long member is lost", err)
	}
}

func TestEachAdapterHasAFileOfItsName(t *testing.T) {
	for _, name := range Names() {
		if _, err := os.Stat(name + ".go"); err != nil {
			t.Error(err)
		}
		if a, ok := ByName(name); !ok || a.Name != name || a.Title == "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if got := strings.Join(Names(), " "); got != "cloudevents cloudtrail gcp github kt kubernetes litellm ocsf okta" {
		t.Error(got)
	}
	if _, ok := ByName("syslog"); ok {
		t.Error("an adapter of no file is known")
	}
}
