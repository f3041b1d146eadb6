package event

import "testing"

func TestARestoredEventIsTheOneThatWasRead(t *testing.T) {
	var p Parser
	for _, line := range []string{
		`{"timestamp":"2026-05-01T00:00:00Z","actor":"u","action":"policy.updated","resource":"r/1","outcome":"success","ingested_at":"2026-05-01T00:00:01Z"}`,
		`{"timestamp":"2026-05-01T00:00:00Z","actor":"u","action":"x.y","resource":"r/1","outcome":"success","id":"e1","source":"s","sequence":7}`,
	} {
		e, err := p.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Restore(e.Canonical, e.ID, e.Derived(), e.IngestedAt)
		if err != nil {
			t.Fatal(err)
		}
		if string(r.Canonical) != string(e.Canonical) || r.ID != e.ID || r.Derived() != e.Derived() || r.IngestedAt != e.IngestedAt || r.Hash != e.Hash ||
			r.Action != e.Action || r.ActionAsLogged != e.ActionAsLogged {
			t.Errorf("expected\n%+v\nfound\n%+v", e, r)
		}
		r.SetDerived(!e.Derived())
		if r.Derived() == e.Derived() {
			t.Error("SetDerived says nothing")
		}
		if _, err := p.Restore([]byte(line), e.ID, e.Derived(), ""); err == nil {
			t.Error("expected an error of bytes that are not canonical")
		}
		if !e.Derived() {
			if _, err := p.Restore(e.Canonical, "e2", false, ""); err == nil {
				t.Error("expected an error of another id")
			}
		}
	}
}

func TestTheCanonicalNameOfAnAction(t *testing.T) {
	for logged, want := range map[string]string{"policy.updated": "policy.update", "policy.update": "policy.update", "x.y": "x.y", "": ""} {
		if have := CanonicalAction(logged); have != want {
			t.Errorf("%q: expected %q, found %q", logged, want, have)
		}
	}
}
