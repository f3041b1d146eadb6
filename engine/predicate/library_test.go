package predicate_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/canon"
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

// embedded is the library inside kt, and an organisation for it to judge.
func embedded(t testing.TB, events int) (*policy.Library, *snapshot.Snapshot, []byte, clock.Period) {
	t.Helper()
	lib, err := policy.Load(context.Background(), policy.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	opt := demo.Options{Events: events, Seed: 1}
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
	return lib, snap, lines, clock.Period{From: snap.CapturedAt.Add(-90 * 24 * time.Hour), To: snap.CapturedAt}
}

// TestTheLibraryAsksRegoOfFewEvents: the speed of kt rests on it. The demo's events are of the kinds that a gateway's log has, nearly all of
// them requests.
func TestTheLibraryAsksRegoOfFewEvents(t *testing.T) {
	lib, snap, lines, window := embedded(t, 4000)
	ctx := context.Background()
	log := logIn(bytes.NewReader(lines), window)
	revoked := map[string]bool{}
	for _, token := range snap.Value.Get("tokens").Items {
		if id := token.Get("id"); id != nil && token.Get("revoked_at") != nil {
			revoked[id.Text] = true
		}
	}
	events := len(eventsIn(t, bytes.NewReader(lines), window))
	kept := map[string]int{} // events that Rego must look at, by action
	var lock sync.Mutex
	say := func(part check.Part, out predicate.Outcome) error {
		lock.Lock()
		defer lock.Unlock()
		var finds, unsure []int32
		for i := range out.Ask {
			unsure = predicate.Union(unsure, out.Ask[i])
			if i%2 == 1 { // of each check first whether it selects, then whether it finds
				finds = predicate.Union(finds, out.Yes[i])
			}
		}
		for _, row := range predicate.Union(finds, unsure) {
			e, err := part.Event(int(row))
			if err != nil {
				return err
			}
			kept[e.Action]++
			v, err := e.Value(&canon.Parser{})
			if err != nil {
				return err
			}
			// Only of a request with a revoked key Rego must tell whether it came after the revocation.
			if token := v.Get("details").Get("token"); e.Action == "gateway.request" && slices.Contains(unsure, row) && (token == nil || !revoked[token.Text]) {
				t.Errorf("expected no condition to ask for the request %s", e.Canonical)
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
	if t.Logf("of %d events Rego looks at %d: %v", events, total, kept); total*20 > events {
		t.Errorf("expected Rego to look at no more than 5 %% of %d events, found %d", events, total)
	}
}

// TestTheLibraryGivesTheSameWithAndWithoutPushdown judges a log in which half of the lines have lost a member, or have another value in its
// place.
func TestTheLibraryGivesTheSameWithAndWithoutPushdown(t *testing.T) {
	const seed = 11
	lib, snap, lines, window := embedded(t, 1000)
	var damaged bytes.Buffer
	r := rand.New(rand.NewPCG(seed, 1))
	for line := range bytes.Lines(lines) {
		v, err := canon.Parse(line)
		if err != nil {
			damaged.Write(line) // one that is no event is so for both
			continue
		}
		if r.IntN(2) == 0 {
			damage(r, &v)
		}
		damaged.Write(append(canon.Append(nil, &v), '\n'))
	}
	judge := func(tracer topdown.QueryTracer) []*check.Result {
		in := check.Inputs{AsOf: snap.CapturedAt, Period: window, Snapshot: snap, Log: check.Files{Log: logIn(bytes.NewReader(damaged.Bytes()), window)}}
		results, err := check.Run(context.Background(), lib, in, check.Options{Checks: lib.Checks, Tracer: tracer})
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	pushed, watched := judge(nil), judge(watching{})
	for i, r := range pushed {
		if got, expected := told(r), told(watched[i]); got != expected {
			t.Errorf("seed %d, check %s: with pushdown\n%.2000s\nwithout\n%.2000s", seed, r.Check.ID, got, expected)
		}
	}
}

// damage takes a member away somewhere, or puts something else in its place.
func damage(r *rand.Rand, v *canon.Value) {
	i := r.IntN(len(v.Members))
	m := &v.Members[i]
	switch {
	case m.Value.Kind == canon.Object && len(m.Value.Members) > 0 && r.IntN(8) > 0:
		damage(r, &m.Value)
	case r.IntN(2) == 0:
		v.Members = slices.Delete(slices.Clone(v.Members), i, i+1)
	default:
		others := []string{`""`, `"unknown"`, `0`, `9007199254740993`, `false`, `[]`, `{}`, `["usr_1"]`, `"2026-06-20T10:00:00Z"`, `"gateway.request"`, `"token.rotate"`}
		m.Value, _ = canon.Parse([]byte(others[r.IntN(len(others))]))
	}
}
