package event

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/xeipuuv/gojsonschema"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/schemas"
)

// format is a format of strings as kt's documents are checked for it.
type format func(string) error

func (f format) IsFormat(input any) bool {
	s, ok := input.(string)
	return !ok || f(s) == nil
}

var addFormats = sync.OnceFunc(func() {
	gojsonschema.FormatCheckers.Add("date-time", format(func(s string) error { _, err := clock.Parse(s); return err }))
	gojsonschema.FormatCheckers.Add("ip", format(func(s string) error { _, err := netip.ParseAddr(s); return err }))
})

func schema(t testing.TB, name string) *gojsonschema.Schema {
	t.Helper()
	addFormats()
	data, err := schemas.FS.ReadFile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

func accepts(t testing.TB, s *gojsonschema.Schema, v *canon.Value) (bool, string) {
	t.Helper()
	result, err := s.Validate(gojsonschema.NewGoLoader(v.Any()))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range result.Errors() {
		all = append(all, e.String())
	}
	return result.Valid(), strings.Join(all, "; ")
}

// agree holds the parser against schemas/event-line.json for a line that is JSON, and what it gives against schemas/event.json. The parser
// refuses more in one point, which a schema cannot say: two names of the action that are not one.
func agree(t testing.TB, line string, raw, normal *gojsonschema.Schema) {
	t.Helper()
	v, err := canon.Parse([]byte(line))
	if err != nil {
		return
	}
	var p Parser
	e, err := p.Parse([]byte(line))
	valid, why := accepts(t, raw, &v)
	if problem, ok := err.(*Problem); ok && problem.Pointer == "/action_as_logged" && v.Get("action_as_logged").Kind == canon.String && v.Get("action_as_logged").Text != "" {
		return
	}
	if valid != (err == nil) {
		t.Fatalf("%s\nthe parser says %v\nthe schema %v: %s", line, err, valid, why)
	}
	if err != nil {
		return
	}
	var parser canon.Parser
	view, err := e.Value(&parser)
	if err != nil {
		t.Fatal(err)
	}
	if valid, why := accepts(t, normal, &view); !valid {
		t.Fatalf("%s\nis normalised against its schema: %s\n%s", line, why, canon.Append(nil, &view))
	}
}

func TestParserAcceptsWhatTheSchemaAccepts(t *testing.T) {
	raw, normal := schema(t, "event-line"), schema(t, "event")
	values := []string{`null`, `true`, `0`, `-0`, `-1`, `1.0`, `1e3`, `1.5`, `9223372036854775807`, `9223372036854775808`, `12345678901234567890`, `""`, `"x"`, `"a/b"`, `"/"`, `[]`, `[1]`, `{}`,
		`{"id":"x"}`, `{"id":""}`, `{"id":"x","type":"user"}`, `{"id":"x","type":"robot"}`, `{"id":"x","type":""}`, `{"id":"x","type":null}`, `{"id":1,"type":"user"}`, `{"type":"token"}`, `{"id":"x","type":"token","name":1,"more":[{}]}`,
		`"success"`, `"denied"`, `"Success"`, `"reported"`, `"implied"`, `"policy.update"`, `"policy.changed"`, `"10.0.0.1"`, `"10.0.0.01"`, `"::1"`, `"fe80::1%eth0"`, `"10.0.0.1/8"`,
		`"2026-06-01T09:30:00Z"`, `"2026-06-01T09:30:00+02:00"`, `"2026-06-01"`, `"2026-06-31T00:00:00Z"`, `"\u0000"`, `"é"`}
	names := []string{"timestamp", "actor", "action", "resource", "outcome", "outcome_basis", "details", "ip_address", "id", "source", "epoch", "sequence", "ingested_at", "tenant", "correlation_id", "policy_version", "action_as_logged", "free"}
	for _, name := range names {
		for _, value := range values {
			agree(t, with(name, value), raw, normal)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var pairs []string
		used := map[string]bool{}
		for range 1 + r.IntN(4) {
			if name := names[r.IntN(len(names))]; !used[name] {
				used[name] = true
				pairs = append(pairs, name, values[r.IntN(len(values))])
			}
		}
		agree(t, with(pairs...), raw, normal)
	}
}

func TestSchemaOfTheStatisticsFits(t *testing.T) {
	l := read(t, Options{SkipInvalid: 1}, strings.Join([]string{minimal, minimal, "x", with("source", `"gw"`, "sequence", "1"), with("source", `"gw"`, "sequence", "1", "outcome", `"failure"`),
		with("source", `"gw"`, "sequence", "9"), with("id", `"a"`), with("id", `"a"`, "outcome", `"failure"`)}, "\n"))
	s := l.Statistics()
	v, err := s.Value()
	if err != nil {
		t.Fatal(err)
	}
	if valid, why := accepts(t, schema(t, "log"), &v); !valid {
		t.Errorf("%s: %s", canon.Append(nil, &v), why)
	}
	if valid, why := accepts(t, schema(t, "log"), &canon.Value{Kind: canon.Object}); valid {
		t.Error("the schema accepts anything", why)
	}
}

func TestSchemaOfEventsRepeatsThatOfAnEvent(t *testing.T) {
	load := func(name string) (doc map[string]any) {
		data, err := schemas.FS.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	one, many := load("event"), load("events")
	delete(one, "$schema")
	if !reflect.DeepEqual(one, many["definitions"].(map[string]any)["event"]) {
		t.Error("schemas/events.json holds another event than schemas/event.json")
	}
}

// TestSchemasTypeCheckRules compiles rules as policies are compiled: a misspelt field is an error, free keys of details are not.
func TestSchemasTypeCheckRules(t *testing.T) {
	set := ast.NewSchemaSet()
	for name, at := range map[string]string{"event": "schema.event", "events": "schema.events", "log": "schema.log"} {
		data, err := schemas.FS.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		set.Put(ast.MustParseRef(at), doc)
	}
	for expression, ok := range map[string]bool{
		`input.event.actor.id == "x"`:                    true,
		`input.event.actor.idd == "x"`:                   false,
		`input.event.resource.type == "token"`:           true,
		`input.event.ressource.type == "token"`:          false,
		`input.event.details.after.anything[_] == 1`:     true,
		`input.event.action_as_logged == "x"`:            true,
		`input.event.sequence > 3`:                       true,
		`input.event.timestamp.x == 1`:                   false,
		`input.events[_].actor.type == "user"`:           true,
		`input.events[_].actor.typo == "user"`:           false,
		`input.events[_].details.free == 1`:              true,
		`input.log.sources[_].gaps[_].from > 0`:          true,
		`input.log.sources[_].gap[_].from > 0`:           false,
		`input.log.sources[_].conflicts[_].sequence > 0`: true,
	} {
		module, err := ast.ParseModuleWithOpts("x.rego", `# METADATA
# schemas:
#   - input.event: schema.event
#   - input.events: schema.events
#   - input.log: schema.log
package x

deviation if `+expression+"\n", ast.ParserOptions{ProcessAnnotation: true})
		if err != nil {
			t.Fatal(err)
		}
		c := ast.NewCompiler().WithSchemas(set).WithUseTypeCheckAnnotations(true)
		c.Compile(map[string]*ast.Module{"x.rego": module})
		if c.Failed() == ok {
			t.Errorf("%s: %v", expression, c.Errors)
		}
	}
}
