package predicate

import (
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/canon"
)

// renamed is a catalogue of one alias.
func renamed(action string) string {
	return strings.Replace(action, "policy.updated", "policy.update", 1)
}

func parseFilter(text string) (*Node, error) {
	clauses, err := ParseFilter(text)
	if err != nil {
		return nil, err
	}
	return Query(clauses, renamed)
}

func TestFiltersSayWhatTheySay(t *testing.T) {
	event, err := canon.Parse([]byte(`{"action":"policy.update","actor":{"id":"a/b","type":"user"},"resource":{"id":"p","type":"policy"},"outcome":"success",
		"ip_address":"192.0.2.7","timestamp":"2026-06-01T09:30:00Z","sequence":10,"id":"e1",
		"details":{"rule":"pii, and \\","n":9007199254740993,"on":true,"list":["Deep"],"=":"odd"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]bool{
		"action=policy.update": true, "action=policy.updated": true, "action=x,policy.updated,y": true, "action=x": false, "action!=policy.updated": false,
		"action!=x,y": true, "action!=x,action!=policy.update": false, "action~update": true, "action=policy.update,outcome=failure": false,
		"outcome=failure,success": true, "outcome!=failure": true,
		"actor=a/b": true, "actor=user/a/b": true, "actor=user/": true, "actor=service/": false, "actor=b": false, "actor.type=user": true,
		"resource=policy/p": true, "resource=p": true, "resource!=policy/": false, "resource~p": true,
		"ip=192.0.2.7": true, "ip=192.0.2.0/24": true, "ip=192.0.2.99/24": true, "ip=::ffff:192.0.2.7": true, "ip=2001:db8::/32": false, "ip!=192.0.2.0/25": false, "ip~192.": true,
		"timestamp>=2026-06-01": true, "timestamp>2026-06-01T11:30:00+02:00": false, "timestamp<2026-06-01": false, "timestamp=2026-06-01T11:30:00+02:00": true,
		"sequence>9": true, "sequence<9": false, "sequence>=10,sequence<=10": true, "details.n=9007199254740993": true, "details.n=9007199254740992": false,
		"details.on=true": true, "details.on=false": false, `details.rule=pii\, and \\`: true, "details.rule=pii": false, "details.none=": false, "details.none!=x": true,
		"text~deep": true, "text=DEEP": true, "text~policy.upd": true, "text~deeper": false, "id=e1": true, "id=E1": false,
		"details.rule~a=b": false, "details.list~Deep": true,
	} {
		n, err := parseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := n.EvalIn(&event); got == Ask || (got == True) != want {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
}

func TestFiltersThatSayNothingAreRefused(t *testing.T) {
	for filter, want := range map[string]string{
		"action": `expected field=value, found "action"`, "=x": `expected field=value, found "=x"`, ",": `expected field=value, found ""`,
		"a b=c": `expected field=value, found "a b=c"`, "rule=pii": "rule: expected one of action,", "details=x": "details: expected one of action,",
		"action~": "action~: expected a value", "outcome=ok": "outcome=ok: expected success, failure, denied, unknown",
		"outcome!=ok": "outcome=ok: expected success, failure, denied, unknown", "ip=192.0.2.300": "ip=192.0.2.300: expected an address, or a network such as",
		"ip=192.0.2.0/33": "expected an address, or a network such as", "timestamp>yesterday": "timestamp>yesterday: expected a time such as",
		"timestamp~2026": "expected a time such as", "actor>a": "actor>a: expected =, != or ~", "text<a": "expected text=… or text~…",
		"id=" + strings.Repeat("x", maxQuery): "expected a filter of at most 65536 bytes", "id=" + strings.Repeat("x,", maxValues): "expected at most 1000 values, found 1001",
	} {
		if _, err := parseFilter(filter); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: expected %q, found %v", filter, want, err)
		}
	}
}
