package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

const good = `{"captured_at": "2026-06-30T14:00:00+02:00", "organization": "Example Ltd", "custom": {"kept": 1, "dropped": null},
 "tokens": [{"id": "tok_1", "type": "gateway", "status": "active", "issued_at": null, "free": {"x": null}}, {"id": "tok_2"}],
 "gateways": [], "own_list": [{"id": "a"}, 3]}`

func TestASnapshotIsReadWithItsHashAndCounts(t *testing.T) {
	s, err := Load("snapshot.json", strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(good))
	if s.SHA256 != hex.EncodeToString(sum[:]) {
		t.Error("the hash is not over the bytes as read")
	}
	if got := clock.Format(s.CapturedAt); got != "2026-06-30T12:00:00Z" || s.Organization != "Example Ltd" || s.Records != 4 || s.Name != "snapshot.json" {
		t.Errorf("got %s %q %d %s", got, s.Organization, s.Records, s.Name)
	}
	want := `{"captured_at":"2026-06-30T14:00:00+02:00","custom":{"kept":1},"gateways":[],"organization":"Example Ltd","own_list":[{"id":"a"},3],` +
		`"tokens":[{"free":{},"id":"tok_1","status":"active","type":"gateway"},{"id":"tok_2"}]}`
	if got := string(canon.Append(nil, &s.Value)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for list, want := range map[string]bool{"tokens": true, "gateways": true, "own_list": true, "users": false, "organization": false} {
		if s.Has(list) != want {
			t.Errorf("Has(%s) = %v", list, !want)
		}
	}
}

func TestYAMLAndJSONGiveTheSameValue(t *testing.T) {
	yaml := "# captured by hand\ncaptured_at: 2026-06-30T14:00:00+02:00\norganization: Example Ltd\ncustom: {kept: 1, dropped: ~}\ntokens:\n" +
		"  - {id: tok_1, type: gateway, status: active, issued_at: , free: {x: ~}}\n  - id: tok_2\ngateways: []\nown_list: [{id: a}, 3]\n"
	a, err := Load("snapshot.yaml", strings.NewReader(yaml))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load("snapshot.json", strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := canon.Append(nil, &a.Value), canon.Append(nil, &b.Value); !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatIsNotASnapshotIsRefused(t *testing.T) {
	const head = "captured_at: 2026-06-30T12:00:00Z\n"
	for _, c := range []struct{ name, in, want string }{
		{"no instant", "tokens: []\n", `s.yaml:1:1: expected the key "captured_at", found none; When the state was captured`},
		{"a date that is none", "captured_at: 2026-13-01\n", `s.yaml:1:14: /captured_at: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found "2026-13-01"`},
		{"a date that is none in a field", head + "tokens:\n- id: t\n  expires_at: 2026-02-30T00:00:00Z\n", `s.yaml:4:15: /tokens/0/expires_at: expected an RFC 3339 time`},
		{"a misspelt status", head + "gateways:\n- id: g\n  status: actve\n", `s.yaml:4:11: /gateways/0/status: expected one of active, disabled, found "actve"`},
		{"a wrong type", head + "sources:\n- id: s\n  events_emitted: many\n", `s.yaml:4:19: /sources/0/events_emitted: expected a whole number, found "many"`},
		{"a list that is none", head + "users: {}\n", `s.yaml:2:8: /users: expected a list, found an object`},
		{"an item without id", head + "users:\n- type: human\n", `s.yaml:3:3: /users/0: expected the key "id", found none`},
		{"an id that is no text", head + "users:\n- id: 12\n", `s.yaml:3:7: /users/0/id: expected a text, found the number 12; put it in quotes`},
		{"an id twice", head + "users:\n- id: u\n- id: v\n- {type: human,\n   id: u}\n", `s.yaml:6:8: /users/2/id: expected each id once in users, found "u" again (the first is on line 3); keep one of them`},
		{"a list for the whole", "[]\n", `s.yaml:1:1: expected an object, found a list of 0`},
		{"nothing", "", `s.yaml: expected a YAML document, found an empty file`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load("s.yaml", strings.NewReader(c.in))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// Cadences, time zones and the states of escalations and exports are open sets: what is not known is the checks' to judge.
func TestOpenVocabulariesAreKept(t *testing.T) {
	in := `{"captured_at": "2026-06-30T12:00:00Z", "schedules": [{"id": "s", "every": "fortnightly", "timezone": "Mars/Olympus"}],
	"escalations": [{"id": "e", "status": "pondered"}], "exports": [{"id": "x", "status": "half"}], "providers": [{"id": "p", "status": "new"}]}`
	if _, err := Load("s.json", strings.NewReader(in)); err != nil {
		t.Error(err)
	}
}

func TestTheSameIDMayStandInTwoLists(t *testing.T) {
	if _, err := Load("s.json", strings.NewReader(`{"captured_at": "2026-06-30T12:00:00Z", "users": [{"id": "x"}], "teams": [{"id": "x"}]}`)); err != nil {
		t.Error(err)
	}
}

func TestTwentyRepeatedIDsAreTold(t *testing.T) {
	in := `{"captured_at": "2026-06-30T12:00:00Z", "users": [{"id": "x"}` + strings.Repeat(`, {"id": "x"}`, 1000) + `]}`
	_, err := Load("s.json", strings.NewReader(in))
	if err == nil || strings.Count(err.Error(), "\n") != 19 {
		t.Error(err)
	}
}

func tokens(n int) []byte {
	var b bytes.Buffer
	b.WriteString("{\"captured_at\": \"2026-06-30T12:00:00Z\", \"tokens\": [\n")
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"id": "tok_%d", "type": "gateway", "status": "active", "issued_at": "2026-05-02T08:00:00Z", "expires_at": "2026-12-31T00:00:00Z", `+
			`"last_used_at": "2026-06-29T08:00:00Z", "owner": "usr_%d", "team": "team_%d", "scopes": [], "gateways": ["gw_1", "gw_2"], "models": ["large-1"]}`, i, i%500, i%40)
	}
	b.WriteString("]}\n")
	return b.Bytes()
}

// BenchmarkLoad loads 10,000 keys as JSON and as YAML.
func BenchmarkLoad(b *testing.B) {
	data := tokens(10000)
	for _, name := range []string{"s.json", "s.yaml"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := Load(name, bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
