package demo

import (
	"fmt"
	"strings"
	"time"
)

// minKeys is how many keys the story needs: those with a fate of their own, and one for each service.
const minKeys = 30

// caller is a key that makes traffic, with what its lines in the log have in common.
type caller struct {
	record   record
	token    string
	service  string
	gateways []int // places in the fleet
	models   []string
	prefix   string // from the end of the time to the actor
	suffix   string // from the end of the details on
}

var models = []string{"gpt-large", "claude-large", "mistral-medium", "embed-small"}

// lifetime of a secret before it is rotated: well below the sixty days from which its age is told.
const shortest, longest = 30 * day, 55 * day

// addKeys adds the keys: first those with a fate, then ordinary ones up to the number asked for.
func (o *organisation) addKeys() {
	d := newDice(o.opt.Seed, "keys")
	o.addFates(d)
	for n := 0; len(o.lists["tokens"]) < o.opt.Keys; n++ {
		team := teams[n%len(teams)]
		if n%5 == 4 {
			o.addAccessKey(d, team)
		} else {
			o.addServiceKey(d, team, o.staff.services[team][n/len(teams)%2])
		}
	}
}

func (o *organisation) nextKey() string { return fmt.Sprintf("tok_%04d", len(o.lists["tokens"])+1) }

// key adds a key that is as it should be, but for when its secret was issued.
func (o *organisation) key(id, team, kind string, d dice) record {
	t := record{"id": id, "name": team + " " + strings.TrimPrefix(id, "tok_"), "type": kind, "status": "active", "team": "team_" + team, "owner": o.staff.leads[team],
		"created_at": text(d.between(begin.Add(-360*day), begin.Add(-60*day))), "expires_at": text(end.Add(d.lasting(30*day, 300*day))),
		"last_used_at": text(d.between(end.Add(-2*day), end))}
	if kind == "access" {
		t["scopes"] = []string{"audit:read", "usage:read"}[:1+d.IntN(2)]
	} else {
		first := d.IntN(len(o.fleet))
		t["gateways"] = []string{o.fleet[first].id, o.fleet[(first+1+d.IntN(len(o.fleet)-1))%len(o.fleet)].id}
		model := d.IntN(len(models))
		t["models"] = []string{models[model], models[(model+1)%len(models)]}
	}
	o.add("tokens", t)
	return t
}

// rotated tells of a key's rotation: approved by another person, the old secret working on for a day.
func (o *organisation) rotated(t record, d dice, at time.Time) {
	id := t["id"].(string)
	before := at.Add(-d.lasting(shortest, longest))
	t["issued_at"] = text(at)
	o.tell(at, "api", service("svc_platform_api"), "token.rotate", identity{"token", id}, record{
		"before":      record{"issued_at": text(before), "secret_sha256": digest(id + text(before))[7:]},
		"after":       record{"issued_at": text(at), "secret_sha256": digest(id + text(at))[7:]},
		"grace_until": text(at.Add(24 * time.Hour)),
		"approval":    o.approval(t["owner"].(string), o.staff.holder("access-approver", len(o.story)), at.Add(-d.lasting(time.Hour, 40*time.Hour))),
	})
}

// addServiceKey adds a gateway key of a service, which makes traffic.
func (o *organisation) addServiceKey(d dice, team, of string) {
	t := o.key(o.nextKey(), team, "gateway", d)
	o.rotated(t, d, d.between(begin.Add(2*day), end.Add(-2*day)))
	c := caller{record: t, token: t["id"].(string), service: of, models: t["models"].([]string),
		prefix: `","actor":{"type":"service","id":"` + of + `"},`, suffix: `},"ip_address":"` + address(of) + `"`}
	for n, g := range o.fleet {
		for _, id := range t["gateways"].([]string) {
			if g.id == id {
				c.gateways = append(c.gateways, n)
			}
		}
	}
	o.callers = append(o.callers, c)
}

// addAccessKey adds a developer's key to the platform's interface.
func (o *organisation) addAccessKey(d dice, team string) {
	t := o.key(o.nextKey(), team, "access", d)
	t["owner"] = o.staff.members[d.IntN(len(o.staff.members))]
	o.rotated(t, d, d.between(begin.Add(2*day), end.Add(-2*day)))
}

// ended tells that a key was revoked.
func (o *organisation) ended(t record, at time.Time, by, reason string) {
	t["status"], t["revoked_at"], t["last_used_at"] = "revoked", text(at), text(at.Add(-5*time.Hour))
	o.tell(at, "console", user(by), "token.revoke", identity{"token", t["id"].(string)},
		record{"reason": reason, "before": record{"issued_at": t["issued_at"], "status": "active"}, "after": record{"status": "revoked"}})
}

// addFates adds the keys that something happened to.
func (o *organisation) addFates(d dice) {
	admin := o.staff.holder("gateway-admin", 0)
	for _, u := range o.lists["users"] {
		if left, ok := u["departed_at"].(string); ok {
			at, _ := time.Parse(time.RFC3339, left)
			t := o.key(o.nextKey(), teams[0], "access", d)
			t["owner"], t["issued_at"] = u["id"], text(at.Add(-d.lasting(10*day, 20*day)))
			o.ended(t, at.Add(90*time.Minute), admin, "its owner left")
		}
	}
	o.endTeam(d, admin)
	for _, at := range []time.Time{on(time.May, 18, 11, 20), on(time.June, 11, 13, 45), on(time.June, 22, 10, 10)} {
		o.made(o.key(o.nextKey(), teams[d.IntN(len(teams))], "gateway", d), d, at)
	}
	resting := o.key(o.nextKey(), "mobile", "gateway", d)
	o.rotated(resting, d, on(time.May, 20, 9, 0))
	resting["status"], resting["last_used_at"] = "suspended", text(on(time.June, 17, 14, 0))
	o.tell(on(time.June, 17, 15, 0), "console", user(admin), "token.suspend", identity{"token", resting["id"].(string)}, record{"reason": "its service is being rebuilt"})

	old := o.key(o.nextKey(), "search", "gateway", d)
	old["status"], old["issued_at"], old["grace_until"] = "grace", text(on(time.May, 15, 8, 0)), text(end.Add(2*day))
	old["expires_at"] = old["grace_until"]
	gone := o.key(o.nextKey(), "data", "access", d)
	gone["issued_at"], gone["expires_at"] = text(begin.Add(-20*day)), text(on(time.May, 25, 0, 0))
	gone["status"], gone["last_used_at"] = "expired", text(on(time.May, 24, 17, 0))
	o.tell(on(time.May, 25, 0, 0), "scheduler", system("scheduler"), "token.expire", identity{"token", gone["id"].(string)}, nil)
}

// made tells of a key's making.
func (o *organisation) made(t record, d dice, at time.Time) {
	t["issued_at"], t["created_at"] = text(at), text(at)
	o.tell(at, "console", user(o.staff.holder("gateway-admin", 1)), "token.create", identity{"token", t["id"].(string)}, record{
		"after":    record{"gateways": t["gateways"], "models": t["models"], "team": t["team"]},
		"approval": o.approval(t["owner"].(string), o.staff.holder("access-approver", 0), at.Add(-d.lasting(time.Hour, 20*time.Hour))),
	})
}

// endTeam tells how the team of the lab was dissolved, and its key with it.
func (o *organisation) endTeam(d dice, admin string) {
	at := on(time.June, 9, 12, 0)
	o.add("teams", record{"id": "team_labs", "name": "Labs", "status": "deleted", "deleted_at": text(at), "owner": admin})
	o.tell(at, "console", user(admin), "team.delete", identity{"team", "team_labs"}, nil)
	t := o.key(o.nextKey(), "research", "gateway", d)
	t["team"], t["issued_at"] = "team_labs", text(on(time.May, 5, 12, 0))
	o.ended(t, at.Add(40*time.Minute), admin, "its team was dissolved")
}
