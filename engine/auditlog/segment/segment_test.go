package segment

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// parsed are events made of lines; of equal ones the second gets a suffix, as a log gives it.
func parsed(t testing.TB, lines ...string) []event.Event {
	t.Helper()
	var p event.Parser
	var out []event.Event
	seen := map[string]int{}
	for _, line := range lines {
		e, err := p.Parse([]byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		id := e.ID
		if seen[id]++; seen[id] > 1 && e.Derived() {
			e, err = p.Restore(e.Canonical, fmt.Sprintf("%s-%d", id, seen[id]), true, e.IngestedAt)
			if err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, e)
	}
	return out
}

// generated are events with whatever an event may have, and leave out.
func generated(seed uint64, n int) []string {
	rng := rand.New(rand.NewPCG(seed, 2))
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	odd := func() string {
		return pick(`""`, `"a"`, `"é"`, `"é"`, `"𝄞"`, `"a\"b\\c\u0001\n"`, `"{\"x\":1}"`, `"`+strings.Repeat("long ", 60)+`"`, `"\u0000"`)
	}
	value := func() string {
		return pick(odd(), "true", "false", "1", "1.0", "1e3", "-0", "9007199254740993", "0.1", `[]`, `{}`, `[1,null,"x",{"a":null}]`, `{"b":{"c":[`+odd()+`]},"a":1}`)
	}
	out := make([]string, n)
	for i := range out {
		e := []string{
			`"timestamp":"` + pick("2026-05-01T00:00:37.702Z", "2026-05-01T02:00:00.123456789+02:00", "1678-01-01T00:00:00Z", "2261-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.5Z") + `"`,
			`"actor":` + pick(`"u1"`, `{"type":"user","id":"u2"}`, `{"type":"service","id":"svc","name":"Ü","a":[1]}`, `{"id":"x","zz":true}`, `{"type":"system","id":"ts","asserted":true}`),
			`"action":"` + pick("policy.updated", "policy.update", "gateway.request", "x.y", "é") + `"`,
			`"resource":` + pick(`"token/tok_1"`, `"plain"`, `"a/b/c"`, `{"type":"","id":""}`, `{"type":"token","id":"t","extra":{"k":`+value()+`}}`),
			`"outcome":"` + pick("success", "failure", "denied", "unknown") + `"`,
		}
		for _, name := range []string{"ip_address", "source", "epoch", "tenant", "correlation_id", "policy_version", "outcome_basis", "ingested_at", "id", "details", "sequence", "custom", "actor_type", "log_index", "extra", "details_fields", "Zoo"} {
			if rng.IntN(3) > 0 {
				continue
			}
			v := value()
			switch name {
			case "ip_address":
				v = `"` + pick("192.0.2.1", "2001:db8::1") + `"`
			case "source", "id":
				v = `"` + pick("s1", "s2", "𝄞", "evt_00000000000000000000000000000000") + fmt.Sprint(rng.IntN(50)) + `"`
			case "epoch", "tenant", "correlation_id", "policy_version":
				v = odd()
			case "outcome_basis":
				v = `"implied"`
			case "ingested_at":
				v = `"` + pick("2026-05-01T00:00:00Z", "1700-01-01T00:00:00Z", "2261-12-31T23:59:59.5Z") + `"`
			case "sequence":
				v = pick("0", "1", "9223372036854775807", "42")
			case "details":
				v = `{"rule":` + pick(`"r1"`, `"r2"`, `""`, "true", "1") + `,"n":` + value() + `,"ünplain":` + odd() + `,"deep":{"a":{"b":` + value() + `}}}`
				if rng.IntN(4) == 0 {
					v = `{}`
				}
			}
			e = append(e, `"`+name+`":`+v)
		}
		rng.Shuffle(len(e), func(a, b int) { e[a], e[b] = e[b], e[a] })
		out[i] = "{" + strings.Join(e, ",") + "}"
	}
	return out
}

func write(t testing.TB, first int64, events []event.Event) (*Segment, Info) {
	t.Helper()
	dir := t.TempDir()
	info, err := Write(dir, first, events)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, first)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, info
}

func TestEveryEventComesBackAsItWas(t *testing.T) {
	for seed := range uint64(30) {
		n := 1 + int(seed*seed)%400
		events := parsed(t, generated(seed, n)...)
		s, info := write(t, 1000, events)
		if info.Rows != n || s.Rows() != n {
			t.Fatalf("seed %d: expected %d rows, found %d", seed, n, info.Rows)
		}
		for _, rows := range [][]int32{nil, {0}, {0, int32(n - 1)}} {
			err := s.Events(rows, func(row int, e *event.Event) error {
				same(t, seed, &events[row], e)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		times, err := s.Times()
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := s.Sequences()
		if err != nil {
			t.Fatal(err)
		}
		for row := range events {
			if times[row] != events[row].Time.UnixNano() || numbers[row] != events[row].Sequence {
				t.Fatalf("seed %d, row %d: time %d, number %d", seed, row, times[row], numbers[row])
			}
			found, err := s.Find(events[row].ID)
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			for i := range events {
				if events[i].ID == events[row].ID {
					want++
				}
			}
			if len(found) != want {
				t.Fatalf("seed %d: %d rows found with the id %q, expected %d", seed, len(found), events[row].ID, want)
			}
		}
		if found, err := s.Find("nowhere"); err != nil || len(found) != 0 {
			t.Fatalf("found %v (%v) with an id that no event has", found, err)
		}
	}
}

func same(t *testing.T, seed uint64, want, have *event.Event) {
	t.Helper()
	if !bytes.Equal(want.Canonical, have.Canonical) || want.ID != have.ID || want.Hash != have.Hash || want.IngestedAt != have.IngestedAt ||
		want.Derived() != have.Derived() || !want.Time.Equal(have.Time) || want.Action != have.Action || want.ActionAsLogged != have.ActionAsLogged ||
		want.Source != have.Source || want.Epoch != have.Epoch || want.Sequence != have.Sequence {
		t.Fatalf("seed %d: expected\n%+v\n%s\nfound\n%+v\n%s", seed, *want, want.Canonical, *have, have.Canonical)
	}
}

// TestEachPathHasTheValueThatRegoWouldSee holds columns and single values against the event itself.
func TestEachPathHasTheValueThatRegoWouldSee(t *testing.T) {
	paths := []string{"", "id", "action", "action_as_logged", "timestamp", "ingested_at", "actor", "actor.id", "actor.type", "actor.name", "actor.a",
		"resource.id", "resource.type", "resource.extra.k", "outcome", "outcome_basis", "details", "details.rule", "details.n", "details.deep", "details.deep.a.b",
		"details.none", "ip_address", "source", "epoch", "sequence", "tenant", "correlation_id", "policy_version", "custom", "extra", "actor_type", "nowhere.x", "action.x", "Zoo"}
	for seed := range uint64(12) {
		lines := generated(seed, 120)
		if seed%3 == 0 { // without anything beside the columns
			lines = lines[:0]
			for i := range 200 {
				lines = append(lines, fmt.Sprintf(`{"timestamp":"2026-05-01T00:00:00Z","actor":"u%d","action":"policy.updated","resource":"token/t","outcome":"success","details":{"rule":%d}}`, i%7, i%3))
			}
		}
		events := parsed(t, lines...)
		s, _ := write(t, 0, events)
		var p canon.Parser
		for _, text := range paths {
			path := predicate.Path{}
			if text != "" {
				path = predicate.ParsePath(text)
			}
			column, err := s.Column(path)
			if err != nil {
				t.Fatal(err)
			}
			for row := range events {
				whole, err := events[row].Value(&p)
				if err != nil {
					t.Fatal(err)
				}
				want := shown(path.In(&whole))
				v, err := s.Value(row, path)
				if err != nil {
					t.Fatal(err)
				}
				if have := shown(v); have != want {
					t.Fatalf("seed %d, row %d, %s: expected %s, found %s", seed, row, text, want, have)
				}
				if column == nil {
					continue
				}
				have := "absent"
				if column.Codes != nil && column.Codes[row] >= 0 {
					have = column.Texts[column.Codes[row]]
					if !column.JSON {
						have = string(canon.AppendString(nil, have))
					}
				}
				if have != want {
					t.Fatalf("seed %d, row %d, column of %s: expected %s, found %s", seed, row, text, want, have)
				}
			}
		}
	}
}

func shown(v *canon.Value) string {
	if v == nil {
		return "absent"
	}
	return string(canon.Append(nil, v))
}

func TestEqualEventsGiveEqualBytes(t *testing.T) {
	events := parsed(t, generated(7, 300)...)
	_, a := write(t, 5, events)
	_, b := write(t, 5, events)
	if a.SHA256 != b.SHA256 || a.IDsSHA256 != b.IDsSHA256 {
		t.Fatalf("expected the same hashes, found %v and %v", a, b)
	}
}

func TestManyHashesAreLookedUpAtOnce(t *testing.T) {
	events := parsed(t, generated(11, 300)...)
	dir := t.TempDir()
	info, err := Write(dir, 0, events)
	if err != nil {
		t.Fatal(err)
	}
	wanted := entriesOf(100, func(i int) string {
		if i%2 == 0 {
			return events[i].ID
		}
		return fmt.Sprint("stranger ", i)
	})
	hashes := make([]uint64, len(wanted))
	for i, w := range wanted {
		hashes[i] = w.hash
	}
	found := map[int]bool{}
	if err := Contains(dir, info, hashes, func(i, row int) {
		if IDHash(events[row].ID) != hashes[i] {
			t.Errorf("row %d has another id", row)
		}
		found[i] = true
	}); err != nil {
		t.Fatal(err)
	}
	for i, w := range wanted {
		if found[i] != (w.row%2 == 0) {
			t.Errorf("hash %d: found %t", i, found[i])
		}
	}
}
