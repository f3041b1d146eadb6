package assess_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// BenchmarkSubjects evaluates each check with 10,000 items in one of the lists that it reads, and says how much longer 20,000
// take: a rule that is linear in its subjects stays near 2, and 2.5 is the most that a check of the library may need.
func BenchmarkSubjects(b *testing.B) {
	lib, err := policy.Load(context.Background(), policy.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	clean, err := demo.Snapshot(demo.Options{Clean: true, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range lib.Checks {
		for _, list := range c.Lists {
			b.Run(c.ID+"/"+list, func(b *testing.B) {
				few, many := grown(b, clean, list, 10_000), grown(b, clean, list, 20_000)
				for b.Loop() {
					short, long := took(b, lib, c, few), took(b, lib, c, many)
					b.ReportMetric(float64(short.Nanoseconds())/10_000, "ns/subject")
					b.ReportMetric(float64(long)/float64(short), "x20000/10000")
				}
			})
		}
	}
}

// grown is a snapshot with one list repeated, under new ids, to a number of items.
func grown(b *testing.B, text []byte, name string, items int) *snapshot.Snapshot {
	document, err := canon.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	for i := range document.Members {
		list := &document.Members[i].Value
		if document.Members[i].Key != name || len(list.Items) == 0 {
			continue
		}
		first := slices.Clone(list.Items)
		for n := 0; len(list.Items) < items; n++ {
			copied := canon.Value{Kind: canon.Object, Members: slices.Clone(first[n%len(first)].Members)}
			id := copied.Get("id")
			*id = canon.Value{Kind: canon.String, Text: fmt.Sprintf("%s-%d", id.Text, n)}
			list.Items = append(list.Items, copied)
		}
	}
	s, err := snapshot.Load("snapshot.json", bytes.NewReader(canon.Append(nil, &document)))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// took is the shortest of three runs, so that what else the machine does counts less.
func took(b *testing.B, lib *policy.Library, c *policy.Check, s *snapshot.Snapshot) time.Duration {
	return min(once(b, lib, c, s), once(b, lib, c, s), once(b, lib, c, s))
}

func once(b *testing.B, lib *policy.Library, c *policy.Check, s *snapshot.Snapshot) time.Duration {
	log := &assess.Log{Paths: []string{"-"}, Stdin: demo.Events(demo.Options{Clean: true, Seed: 1, Events: 1000})}
	began := time.Now()
	_, err := assess.Run(context.Background(), assess.Request{Library: lib, Snapshot: s, Log: log, Now: s.CapturedAt, Only: []string{c.ID}, Limit: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
