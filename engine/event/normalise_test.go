package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

func parse(t testing.TB, line string) Event {
	t.Helper()
	var p Parser
	e, err := p.Parse([]byte(line))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return e
}

func seen(t testing.TB, e *Event) string {
	t.Helper()
	var p canon.Parser
	v, err := e.Value(&p)
	if err != nil {
		t.Fatal(err)
	}
	return string(canon.Append(nil, &v))
}

const (
	minimal      = `{"timestamp":"2026-06-01T09:30:00Z","actor":"usr_1","action":"policy.update","resource":"policy/pol_1","outcome":"success"}`
	minimalCanon = `{"action":"policy.update","actor":{"id":"usr_1","type":"user"},"outcome":"success","resource":{"id":"pol_1","type":"policy"},"timestamp":"2026-06-01T09:30:00Z"}`
)

// with is the minimal event with members added or replaced: key and JSON value in turn.
func with(pairs ...string) string {
	members := [][2]string{{"timestamp", `"2026-06-01T09:30:00Z"`}, {"actor", `"usr_1"`}, {"action", `"policy.update"`}, {"resource", `"policy/pol_1"`}, {"outcome", `"success"`}}
next:
	for i := 0; i < len(pairs); i += 2 {
		for j := range members {
			if members[j][0] == pairs[i] {
				members[j][1] = pairs[i+1]
				continue next
			}
		}
		members = append(members, [2]string{pairs[i], pairs[i+1]})
	}
	var b strings.Builder
	for i, m := range members {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`"` + m[0] + `":` + m[1])
	}
	return "{" + b.String() + "}"
}

func TestCanonicalBytesAreTheNormalisedEvent(t *testing.T) {
	for line, want := range map[string]string{
		minimal: minimalCanon,
		" { \"outcome\":\"success\",\"timestamp\" : \"2026-06-01T11:30:00.000+02:00\",\"resource\":{\"type\":\"policy\",\"id\":\"pol_1\"},\"action\":\"policy.update\",\"actor\":{\"id\":\"usr_1\"},\"details\":null}\r": minimalCanon,
		with("actor", `{"zone":"eu","id":"usr_1"}`):                                    strings.Replace(minimalCanon, `{"id":"usr_1","type":"user"}`, `{"id":"usr_1","type":"user","zone":"eu"}`, 1),
		with("actor", `{"id":"svc","type":"service"}`):                                 strings.Replace(minimalCanon, `{"id":"usr_1","type":"user"}`, `{"id":"svc","type":"service"}`, 1),
		with("actor", `{"id":"usr_1","type":null}`):                                    minimalCanon,
		with("actor", `"service/svc"`):                                                 strings.Replace(minimalCanon, `"usr_1"`, `"service/svc"`, 1), // a bare string is a user's id
		with("resource", `"pol_1"`):                                                    strings.Replace(minimalCanon, `"type":"policy"`, `"type":"unknown"`, 1),
		with("resource", `"policy/pol/1"`):                                             strings.Replace(minimalCanon, `"pol_1"`, `"pol/1"`, 1),
		with("resource", `"/v1/chat"`):                                                 strings.Replace(minimalCanon, `{"id":"pol_1","type":"policy"}`, `{"id":"v1/chat","type":""}`, 1),
		with("resource", `"policy/"`):                                                  strings.Replace(minimalCanon, `"pol_1"`, `""`, 1),
		with("action", `"policy.changed"`):                                             strings.Replace(minimalCanon, "policy.update", "policy.changed", 1), // the hashed action is the one as logged
		with("action_as_logged", `"policy.changed"`):                                   strings.Replace(minimalCanon, "policy.update", "policy.changed", 1),
		with("ingested_at", `"2026-06-01T09:31:00Z"`):                                  minimalCanon,
		with("id", `"evt_1"`):                                                          strings.Replace(minimalCanon, `"outcome"`, `"id":"evt_1","outcome"`, 1),
		with("epoch", `""`, "source", `"gw"`, "sequence", `1.0e1`):                     `{"action":"policy.update","actor":{"id":"usr_1","type":"user"},"epoch":"","outcome":"success","resource":{"id":"pol_1","type":"policy"},"sequence":10,"source":"gw","timestamp":"2026-06-01T09:30:00Z"}`,
		with("details", `{"n":12345678901234567890,"at":"2026-06-01T11:30:00+02:00"}`): strings.Replace(minimalCanon, `"outcome"`, `"details":{"at":"2026-06-01T11:30:00+02:00","n":12345678901234567890},"outcome"`, 1),
		with("ip_address", `"2001:DB8::1"`, "free", `[null,1.50]`):                     `{"action":"policy.update","actor":{"id":"usr_1","type":"user"},"free":[null,1.5],"ip_address":"2001:DB8::1","outcome":"success","resource":{"id":"pol_1","type":"policy"},"timestamp":"2026-06-01T09:30:00Z"}`,
	} {
		e := parse(t, line)
		if string(e.Canonical) != want {
			t.Errorf("%s\ngives %s\nwant  %s", line, e.Canonical, want)
		}
		if e.Hash != sha256.Sum256([]byte(want)) {
			t.Errorf("%s: the hash is not that of the canonical bytes", line)
		}
		again := parse(t, string(e.Canonical))
		if string(again.Canonical) != want || again.ID != e.ID {
			t.Errorf("%s read again gives %s, %s", want, again.Canonical, again.ID)
		}
	}
}

func TestIDsAreDerivedFromTheRest(t *testing.T) {
	sum := sha256.Sum256([]byte(minimalCanon))
	derived := "evt_" + hex.EncodeToString(sum[:])[:32]
	e := parse(t, minimal)
	if e.ID != derived || !e.derived {
		t.Errorf("the id is %s, want %s", e.ID, derived)
	}
	e = parse(t, with("id", `"`+derived+`"`))
	if e.ID != derived || !e.derived || string(e.Canonical) != minimalCanon {
		t.Errorf("an id equal to what the rest derives is a derived one: %+v", e)
	}
	other := "evt_" + strings.Repeat("0", 32)
	e = parse(t, with("id", `"`+other+`"`))
	if e.ID != other || e.derived || !strings.Contains(string(e.Canonical), other) {
		t.Errorf("another id of that form is its own: %+v", e)
	}
	if e.Hash != sha256.Sum256(e.Canonical) {
		t.Error("and part of what is hashed")
	}
}

func TestFieldsOfAnEvent(t *testing.T) {
	e := parse(t, with("action", `"policy.changed"`, "source", `"gw"`, "epoch", `"e1"`, "sequence", `7`, "ingested_at", `"2026-06-01T11:30:05.50+02:00"`, "id", `"x"`))
	if e.Action != "policy.update" || e.ActionAsLogged != "policy.changed" || e.Source != "gw" || e.Epoch != "e1" || e.Sequence != 7 || e.IngestedAt != "2026-06-01T09:30:05.5Z" || e.ID != "x" {
		t.Errorf("%+v", e)
	}
	if e = parse(t, minimal); e.Sequence != -1 || e.ActionAsLogged != "" || e.Source != "" || e.IngestedAt != "" {
		t.Errorf("%+v", e)
	}
	if e = parse(t, with("action", `"robot.dance"`)); e.Action != "robot.dance" || e.ActionAsLogged != "" {
		t.Errorf("an unknown action is kept: %+v", e)
	}
	if e = parse(t, with("sequence", "9223372036854775807")); e.Sequence != 9223372036854775807 {
		t.Errorf("%+v", e)
	}
}

func TestWhatRegoSees(t *testing.T) {
	e := parse(t, with("action", `"policy.changed"`, "ingested_at", `"2026-06-01T09:30:05Z"`, "id", `"x"`))
	want := `{"action":"policy.update","action_as_logged":"policy.changed","actor":{"id":"usr_1","type":"user"},"id":"x","ingested_at":"2026-06-01T09:30:05Z","outcome":"success","resource":{"id":"pol_1","type":"policy"},"timestamp":"2026-06-01T09:30:00Z"}`
	if got := seen(t, &e); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	again := parse(t, want)
	if string(again.Canonical) != string(e.Canonical) || again.ID != "x" || again.IngestedAt != e.IngestedAt || seen(t, &again) != want {
		t.Errorf("what Rego sees does not read back as the same event: %s", again.Canonical)
	}
	e = parse(t, minimal)
	if got := seen(t, &e); !strings.Contains(got, `"action_as_logged":"policy.update"`) || !strings.Contains(got, `"id":"evt_`) {
		t.Errorf("action_as_logged and id are always there: %s", got)
	}
	if e := parse(t, seen(t, &e)); !e.derived || string(e.Canonical) != minimalCanon {
		t.Errorf("a derived id is derived again: %s", e.Canonical)
	}
}

func TestBadLines(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for line, want := range map[string]string{
		``:                                `expected one JSON object in each line, found one that is cut off after byte 0`,
		`{`:                               `cut off after byte 1`,
		minimal[:60]:                      `cut off after byte 60`,
		`[]`:                              `expected one JSON object in each line, found an array: []`,
		`"x"`:                             `expected one JSON object in each line, found "x"`,
		`{}`:                              `/timestamp: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found nothing`,
		with("timestamp", `"2026-13-01"`): `/timestamp: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found "2026-13-01": not of the form YYYY-MM-DDThh:mm:ss`,
		with("timestamp", `"2026-13-01T00:00:00Z"`): `there is no month 13`,
		with("timestamp", `1764000000`):             `/timestamp: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found 1764000000`,
		with("timestamp", `null`):                   `found nothing`,
		with("actor", `""`):                         `/actor: expected the id of a user, or an object with type and id, found the empty string ""`,
		with("actor", `{"type":"user"}`):            `/actor/id: expected a non-empty string, found nothing`,
		with("actor", `{"id":7}`):                   `/actor/id: expected a non-empty string, found 7`,
		with("actor", `{"id":"x","type":"robot"}`):  `/actor/type: expected one of user, service, system, found "robot"`,
		with("actor", `["x"]`):                      `/actor: expected the id of a user, or an object with type and id, found an array: ["x"]`,
		with("action", `null`):                      `/action: expected a non-empty string such as "policy.update", found nothing`,
		with("action", `7`):                         `/action: expected a non-empty string such as "policy.update", found 7`,
		with("action_as_logged", `"token.create"`):  `/action_as_logged: expected another name of the action "policy.update", found "token.create"`,
		with("action_as_logged", `""`):              `/action_as_logged: expected a non-empty string`,
		with("resource", `""`):                      `/resource: expected a string such as "token/tok_1", or an object with type and id, found the empty string ""`,
		with("resource", `{"id":"x"}`):              `/resource/type: expected a string, found nothing`,
		with("resource", `{"type":"x"}`):            `/resource/id: expected a string, found nothing`,
		with("outcome", `"ok"`):                     `/outcome: expected one of success, failure, denied, unknown, found "ok"`,
		with("outcome", `null`):                     `/outcome: expected one of success, failure, denied, unknown, found nothing`,
		with("outcome_basis", `"guessed"`):          `/outcome_basis: expected one of reported, implied, found "guessed"`,
		with("details", `[]`):                       `/details: expected an object, found an array: []`,
		with("details", deep):                       `nested deeper than 64`,
		with("ip_address", `"300.1.1.1"`):           `/ip_address: expected an IPv4 or IPv6 address, found "300.1.1.1"`,
		with("ip_address", `7`):                     `/ip_address: expected an IPv4 or IPv6 address, found 7`,
		with("id", `""`):                            `/id: expected a non-empty string`,
		with("source", `""`):                        `/source: expected a non-empty string`,
		with("epoch", `1`):                          `/epoch: expected a string, found 1`,
		with("sequence", `-1`):                      `/sequence: expected a whole number from 0 to 9223372036854775807, found -1`,
		with("sequence", `1.5`):                     `found 1.5`,
		with("sequence", `"1"`):                     `found "1"`,
		with("sequence", `9223372036854775808`):     `found 9223372036854775808`,
		with("ingested_at", `"yesterday"`):          `/ingested_at: expected an RFC 3339 time`,
		with("tenant", `1`):                         `/tenant: expected a string, found 1`,
		with("correlation_id", `{}`):                `/correlation_id: expected a string, found an object: {}`,
		with("policy_version", `2`):                 `/policy_version: expected a string, found 2`,
		minimal + minimal:                           `at byte 124: expected the end of the text, found '{'`,
		`{"a":1,"a":2}`:                             `the name "a" stands twice`,
		"\xff\xfe{}":                                `at byte 1: expected a value, found the byte 0xff`,
		with("details", "\"\xff\""):                 `is not UTF-8`,
	} {
		var p Parser
		e, err := p.Parse([]byte(line))
		if err == nil {
			t.Errorf("%s is read as %s", line, e.Canonical)
			continue
		}
		if _, ok := err.(*Problem); !ok {
			t.Errorf("%s: the error is a %T", line, err)
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nsays %s\nwant %s", line, err, want)
		}
	}
}

func TestLongEventsAreRefused(t *testing.T) {
	var p Parser
	if _, err := p.Parse([]byte(with("free", `"`+strings.Repeat("x", MaxLine)+`"`))); err == nil || !strings.Contains(err.Error(), "at most 4 MiB") {
		t.Errorf("a line beyond the limit: %v", err)
	}
	// 1e20 has 4 bytes here and 21 in its canonical form
	if _, err := p.Parse([]byte(with("free", `[`+strings.Repeat("1e20,", 300_000)+`1]`))); err == nil || !strings.Contains(err.Error(), "at most 4 MiB") {
		t.Errorf("canonical bytes beyond the limit: %v", err)
	}
}

func TestParsedEventsDoNotShareMemory(t *testing.T) {
	var p Parser
	line := []byte(with("id", `"first"`, "source", `"gw"`))
	first, err := p.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	before := string(first.Canonical)
	for i := range line {
		line[i] = 'x'
	}
	if _, err := p.Parse([]byte(with("id", `"second"`, "source", `"other"`))); err != nil {
		t.Fatal(err)
	}
	if string(first.Canonical) != before || first.ID != "first" || first.Source != "gw" {
		t.Errorf("%+v changed", first)
	}
	c := first.Clone()
	first.Canonical[0] = '!'
	if c.Canonical[0] != '{' {
		t.Error("a clone shares canonical bytes")
	}
}

func TestCatalogueOfActions(t *testing.T) {
	actions, err := Actions()
	if err != nil {
		t.Fatal(err)
	}
	names, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, a := range actions {
		noun, verb, ok := strings.Cut(a.Name, ".")
		if !ok || noun == "" || verb == "" || a.Description == "" {
			t.Errorf("%+v is no noun.verb with a description", a)
		}
		count += 1 + len(a.Aliases)
	}
	if count != len(names.names) {
		t.Error("one name stands for two actions")
	}
	for alias, want := range map[string]string{
		"policy.updated": "policy.update", "policy.changed": "policy.update", "configuration.updated": "policy.update", "config.updated": "policy.update",
		"config.deployed": "policy.deploy", "configuration.deployed": "policy.deploy", "event.blocked": "event.block", "event.created": "gateway.request",
		"escalation.created": "escalation.create", "export.completed": "export.complete", "gateway.health_changed": "gateway.health", "key.created": "token.create",
		"Policy.Updated": "Policy.Updated", "policy.update": "policy.update",
	} {
		if got := names.canonical(alias); got != want {
			t.Errorf("%s is %s, want %s", alias, got, want)
		}
	}
}
