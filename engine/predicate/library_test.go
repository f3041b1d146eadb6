package predicate_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/predicate"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// heard is a log of which the test sees what the conditions say.
type heard struct {
	check.Log
	say func(part check.Part, out predicate.Outcome) error
}

func (h heard) Each(ctx context.Context, fn func(check.Part) error) error {
	return h.Log.Each(ctx, func(p check.Part) error { return fn(heardPart{p, h.say}) })
}

type heardPart struct {
	check.Part
	say func(check.Part, predicate.Outcome) error
}

func (p heardPart) Evaluate(programme *predicate.Programme) (predicate.Outcome, error) {
	out, err := p.Part.Evaluate(programme)
	if err == nil {
		err = p.say(p.Part, out)
	}
	return out, err
}

// TestTheLibraryAsksRegoOfFewEvents: the speed of kt rests on it. The demo's events are of the kinds that a gateway's log has, nearly all of
// them requests.
func TestTheLibraryAsksRegoOfFewEvents(t *testing.T) {
	ctx := context.Background()
	lib, err := policy.Load(ctx, policy.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	opt := demo.Options{Events: 6000, Seed: 1}
	data, err := demo.Snapshot(opt)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := snapshot.Load("snapshot.json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := io.ReadAll(demo.Events(opt))
	if err != nil {
		t.Fatal(err)
	}
	window := clock.Period{From: snap.CapturedAt.Add(-90 * 24 * time.Hour), To: snap.CapturedAt}
	log := logIn(bytes.NewReader(lines), window)
	kept := map[string]int{} // events that Rego must look at, by action
	asked := map[string]int{}
	events := len(eventsIn(t, bytes.NewReader(lines), window))
	var lock sync.Mutex
	say := func(part check.Part, out predicate.Outcome) error {
		lock.Lock()
		defer lock.Unlock()
		var rows, unsure []int32
		for i := range out.Ask {
			unsure = predicate.Union(unsure, out.Ask[i])
			if i%2 == 1 { // of each check first whether it selects, then whether it finds
				rows = predicate.Union(rows, out.Yes[i])
			}
		}
		for counts, rows := range map[*map[string]int][]int32{&kept: predicate.Union(rows, unsure), &asked: unsure} {
			for _, row := range rows {
				e, err := part.Event(int(row))
				if err != nil {
					return err
				}
				(*counts)[e.Action]++
			}
		}
		return nil
	}
	if _, err := check.Run(ctx, lib, check.Inputs{AsOf: snap.CapturedAt, Period: window, Snapshot: snap, Log: heard{check.Files{Log: log}, say}}, check.Options{Checks: lib.Checks}); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range kept {
		total += n
	}
	if t.Logf("of %d events Rego looks at %d: %v; conditions ask for %v", events, total, kept, asked); asked["gateway.request"] > 0 {
		t.Errorf("expected no condition to ask for a request, found that for %d", asked["gateway.request"])
	}
	if total*20 > events {
		t.Errorf("expected Rego to look at no more than 5 %% of %d events, found %d", events, total)
	}
}
