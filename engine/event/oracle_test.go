package event

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// records frames a text in pieces of some size and returns its records, and whether it was refused as a whole.
func records(f framer, data []byte, piece int) (out []string, refused bool) {
	var under []byte
	inside := false
	for len(data) > 0 {
		part := data[:min(piece, len(data))]
		used := 0
		for used < len(part) {
			if !inside {
				n, problem := f.skip(part[used:])
				if problem != nil {
					return out, true
				}
				used += n
				inside = used < len(part)
				continue
			}
			n, ended := f.scan(part[used:])
			under = append(under, part[used:used+n]...)
			used += n
			if ended {
				out, under, inside = append(out, string(under)), nil, false
			}
		}
		data = data[len(part):]
	}
	if inside {
		out = append(out, string(under))
	}
	return out, f.finish(inside) != nil
}

func FuzzFrames(f *testing.F) {
	for _, s := range []string{"{}\n\n{\"a\":1}", `[{"a":"]\"}"},[1,2], 3 ,"x,y"]`, "a,b\n\"c\"\"\n,\",d\r\n\ne", `[`, `[]x`, "\"a\"b\",c\nd", `[{"a":[}]`, `{"k":{"R":[1]},"R":[{"a":"]"},2],"x":"}"} {"R":null}`, `{"R":[],"R":[]}`, `{"x":[}`} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, piece uint8) {
		for name, make := range map[string]func() framer{"lines": func() framer { return lines{} }, "items": func() framer { return &items{} }, "rows": func() framer { return &rows{} },
			"wrapped": func() framer { return &wrapped{names: []string{"R"}} }} {
			whole, refused := records(make(), data, len(data)+1)
			parts, refusedParts := records(make(), data, 1+int(piece)%7)
			if !reflect.DeepEqual(whole, parts) || refused != refusedParts {
				t.Fatalf("%s: %q in pieces gives %q, whole %q", name, data, parts, whole)
			}
		}
		var want []json.RawMessage
		if trimmed := strings.TrimLeft(string(data), " \t\r\n"); strings.HasPrefix(trimmed, "[") && json.Unmarshal(data, &want) == nil {
			got, refused := records(&items{}, data, len(data)+1)
			if refused || len(got) != len(want) {
				t.Fatalf("%q: %d items, want %d", data, len(got), len(want))
			}
			for i := range want {
				if got[i] != string(want[i]) {
					t.Fatalf("%q: item %d is %q, want %q", data, i, got[i], want[i])
				}
			}
			if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > canon.MaxDepth {
				return // it may be too deep to be passed over
			}
			in, refused := records(&wrapped{names: []string{"R"}}, []byte(`{"x":`+string(data)+`,"R":`+string(data)+`}`), len(data))
			if refused || !reflect.DeepEqual(in, got) {
				t.Fatalf("%q: wrapped it has the items %q, want %q", data, in, got)
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "\"a\"\"b\",\"c\nd\"\r\ne,f", "a,\"b\"c\n", ",,\n", "\"\"", "a\"b,c\n", "'=x,\"'+y\"\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got [][]string
		failed := false
		found, refused := records(&rows{}, data, len(data)+1)
		for _, row := range found {
			cells, err := splitRow(nil, strings.TrimSuffix(row, "\r"))
			failed = failed || err != nil
			got = append(got, cells)
		}
		r := csv.NewReader(strings.NewReader(string(data)))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err == nil && (failed || refused) {
			t.Fatalf("%q: encoding/csv reads %q, we %q", data, want, got)
		}
		// encoding/csv also turns CRLF in cells into LF and takes a carriage return alone for the end of a quoted cell
		if err == nil && !strings.Contains(string(data), "\r") && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %q, want %q", data, got, want)
		}
	})
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{minimal, with("id", `"x"`, "sequence", "1.0e3", "source", `"gw"`), with("actor", `{"id":"x","type":"service","more":[1]}`), with("action_as_logged", `"policy.changed"`), `{}`, `[]`, with("details", `{"a":null}`), with("ip_address", `"::1"`)} {
		f.Add(s)
	}
	raw, normal := schema(f, "event-line"), schema(f, "event")
	f.Fuzz(func(t *testing.T, line string) {
		agree(t, line, raw, normal)
		var p Parser
		e, err := p.Parse([]byte(line))
		if err != nil {
			return
		}
		again, err := p.Parse(e.Canonical)
		if err != nil || string(again.Canonical) != string(e.Canonical) || again.ID != e.ID {
			t.Fatalf("%s\nis no fixed point: %s, %v", e.Canonical, again.Canonical, err)
		}
		var parser canon.Parser
		view, err := e.Value(&parser)
		if err != nil {
			t.Fatal(err)
		}
		back, err := p.FromValue(&view)
		if err != nil || string(back.Canonical) != string(e.Canonical) || back.ID != e.ID || back.IngestedAt != e.IngestedAt {
			t.Fatalf("%s\nas Rego sees it is another event: %s, %v", e.Canonical, back.Canonical, err)
		}
	})
}

func FuzzLog(f *testing.F) {
	for _, s := range []string{minimal + "\n" + minimal, "[" + minimal + "]", "timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,usr_1,a.b,c/d,success\n", zipped(f, minimal), zstandard(f, minimal), at(1, "gw", 1) + "\n" + at(2, "gw", 1)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := FromReader("x", strings.NewReader(string(data)), Options{SkipInvalid: 3})
		n := int64(0)
		err := l.Each(context.Background(), func(b *Batch) error {
			for _, e := range b.Events {
				n++
				if e.Position != n || e.Line < 1 {
					t.Fatalf("%+v", e)
				}
			}
			b.Release()
			return nil
		})
		if err == nil && l.Statistics().Events != n {
			t.Fatalf("%d events, %+v", n, l.Statistics())
		}
		if err == nil && l.Facts().Refused > 3 {
			t.Fatalf("%+v", l.Facts())
		}
	})
}
