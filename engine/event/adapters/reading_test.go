package adapters

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

// read reads files by the real reader.
func read(t testing.TB, options event.Options, paths ...string) (*event.Log, []event.Event) {
	t.Helper()
	l, err := event.Open(paths, nil, options)
	if err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	err = l.Each(context.Background(), func(b *event.Batch) error {
		for i := range b.Events {
			events = append(events, b.Events[i].Clone())
		}
		b.Release()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, events
}

// stored writes a file; one whose name ends in .gz is compressed.
func stored(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		_, err = file.WriteString(text)
	} else {
		z := gzip.NewWriter(file)
		if _, err = z.Write([]byte(text)); err == nil {
			err = z.Close()
		}
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// several are n records of a system that differ in their id.
func several(t testing.TB, a *Adapter, n int) (lines []string) {
	record := inputs(t, a.Name)["testdata/"+a.Name+"/"+guessable[a.Name]+".json"]
	in := parse(t, record)
	id := map[string][]string{"github": {"_document_id"}, "cloudtrail": {"eventID"}, "kubernetes": {"auditID"}, "gcp": {"insertId"}, "ocsf": {"metadata", "uid"},
		"okta": {"uuid"}, "cloudevents": {"id"}, "litellm": {"id"}}[a.Name]
	for i := range n {
		place := get(&in, id...)
		if place == nil {
			t.Fatalf("%s: no %v", a.Name, id)
		}
		*place = text(fmt.Sprintf("%s-%05d", a.Name, i))
		lines = append(lines, bytesOf(in))
	}
	return lines
}

func TestEverySystemsFilesAreReadInAllTheirFrames(t *testing.T) {
	const n = 700 // more than one chunk
	for _, a := range foreign() {
		lines := several(t, a, n)
		files := map[string]string{
			"a.ndjson": strings.Join(lines, "\n"), "b.json": "[\n" + strings.Join(lines, ",\n") + "\n]\n", "c.json.gz": "[" + strings.Join(lines, ",") + "]",
		}
		for i, name := range a.Wrapper {
			files[fmt.Sprintf("d%d.json.gz", i)] = `{"kind":"EventList","` + name + `":[` + strings.Join(lines, ",") + `],"metadata":{"resourceVersion":""}}`
			files[fmt.Sprintf("e%d.json", i)] = `{"` + name + `":[` + strings.Join(lines[:n/2], ",") + "]}\n{\"" + name + `":[` + strings.Join(lines[n/2:], ",") + "]}\n"
		}
		var want []string
		for name, text := range files {
			for _, options := range []event.Options{{Adaptation: a.Adaptation(Options{KeepOriginal: true})}, {Adapt: Guessing(Options{KeepOriginal: true})}} {
				l, events := read(t, options, stored(t, name, text))
				if len(events) != n || l.Facts().Records != n || l.Facts().Refused != 0 {
					t.Fatalf("%s, %s: %d events, %+v", a.Name, name, len(events), l.Facts())
				}
				got := make([]string, n)
				for i := range events {
					got[i] = string(events[i].Canonical)
				}
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s, %s: other events than in another frame", a.Name, name)
				}
				holdsView(t, &events[n-1], lines[n-1])
			}
		}
	}
}

// holdsView holds that a rule sees the record's original.
func holdsView(t *testing.T, e *event.Event, line string) {
	t.Helper()
	var p canon.Parser
	view, err := e.Value(&p)
	if err != nil {
		t.Fatal(err)
	}
	if original := get(&view, "details", "original"); original == nil || bytesOf(*original) != line {
		t.Fatalf("the original is not there: %s", bytesOf(view))
	}
}

func TestAFolderOfSeveralSystemsIsReadByGuess(t *testing.T) {
	dir := t.TempDir()
	want := 0
	for _, a := range known {
		lines := []string{own}
		if a.fill != nil {
			lines = several(t, a, 3)
		}
		want += len(lines)
		if err := os.WriteFile(filepath.Join(dir, a.Name+".ndjson"), []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, events := read(t, event.Options{Adapt: Guessing(Options{})}, dir); len(events) != want {
		t.Errorf("%d events, want %d", len(events), want)
	}
}

func TestARecordTwiceIsOneAndAnOtherOneOfItsIdIsAConflict(t *testing.T) {
	for _, a := range foreign() {
		line := several(t, a, 1)[0]
		l, events := read(t, event.Options{Adaptation: a.Adaptation(Options{KeepOriginal: true})}, stored(t, "a.ndjson", line+"\n"+line+"\n"))
		if len(events) != 1 || conflicts(l) != 0 {
			t.Errorf("%s: %d events, %d conflicts", a.Name, len(events), conflicts(l))
		}
		other := strings.TrimSuffix(line, "}") + `,"zzz":1}`
		l, events = read(t, event.Options{Adaptation: a.Adaptation(Options{KeepOriginal: true})}, stored(t, "a.ndjson", line+"\n"+other+"\n"))
		if len(events) != 1 || conflicts(l) != 1 {
			t.Errorf("%s: %d events, %d conflicts, where one id stands for two", a.Name, len(events), conflicts(l))
		}
	}
}

func conflicts(l *event.Log) (n int64) {
	s := l.Statistics()
	for i := range s.Sources {
		n += s.Sources[i].ConflictCount
	}
	return n
}

// TestStagesOfARequestAreEventsOfTheirOwn: also where a client chose the auditID of somebody else's request.
func TestStagesOfARequestAreEventsOfTheirOwn(t *testing.T) {
	a, _ := ByName("kubernetes")
	line := several(t, a, 1)[0]
	received := strings.Replace(line, "ResponseComplete", "RequestReceived", 1)
	chosen := strings.Replace(line, `"stageTimestamp":"2026-06-01T09:30:00.2`, `"stageTimestamp":"2026-06-01T10:30:00.2`, 1)
	l, events := read(t, event.Options{Adaptation: a.Adaptation(Options{})}, stored(t, "a.ndjson", received+"\n"+line+"\n"+chosen+"\n"))
	if len(events) != 3 || conflicts(l) != 0 {
		t.Errorf("%d events, %d conflicts", len(events), conflicts(l))
	}
}

func TestARefusedRecordSaysWhatItLacks(t *testing.T) {
	a, _ := ByName("cloudtrail")
	path := stored(t, "a.json", "{\"Records\":[\n{\"eventTime\":\"2026-06-01T09:30:00Z\"},\n{\"eventTime\":\"soon\"},\n7]}")
	l, events := read(t, event.Options{SkipInvalid: 2, Adaptation: a.Adaptation(Options{})}, path)
	want := []event.Refusal{
		{Line: 3, Reason: `/eventTime: expected an RFC 3339 time, such as 2026-03-01T09:30:00Z, found "soon"`},
		{Line: 4, Reason: `expected one JSON object for each record, found 7`},
	}
	if len(events) != 1 || !slices.Equal(l.Facts().Refusals, want) {
		t.Errorf("%d events, %+v", len(events), l.Facts().Refusals)
	}
}

func TestCSVIsReadOnlyAsKtsOwn(t *testing.T) {
	path := stored(t, "a.csv", "timestamp,actor,action,resource,outcome\n2026-06-01T09:30:00Z,u,policy.update,policy/p,success\n")
	if _, events := read(t, event.Options{Adapt: Guessing(Options{})}, path); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
	for _, a := range foreign() {
		l, err := event.Open([]string{path}, nil, event.Options{Adaptation: a.Adaptation(Options{})})
		if err != nil {
			t.Fatal(err)
		}
		if err = l.Each(context.Background(), func(*event.Batch) error { return nil }); err == nil || !strings.Contains(err.Error(), "found CSV") {
			t.Errorf("%s: %v", a.Name, err)
		}
	}
}

func BenchmarkConvert(b *testing.B) {
	for _, a := range foreign() {
		b.Run(a.Name, func(b *testing.B) {
			line := several(b, a, 1)[0]
			var json canon.Parser
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				in, err := json.ParseString(line)
				if err != nil {
					b.Fatal(err)
				}
				out, err := a.Convert(in, Options{KeepOriginal: true})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := parser.FromValue(&out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
