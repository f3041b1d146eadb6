package demo

import "time"

var keyDefects = []defect{oldKey, agingKey, undatedKey, openKey, endlessKey, farKey, orphanedKey, dormantKey, unusedKey, unapprovedKey, selfApprovedRotation, longGrace, livingDead}

// another adds a key besides those asked for: no traffic, issued in May, all in order.
func (o *organisation) another(team, kind string) (record, string) {
	d := newDice(o.opt.Seed, "defective key "+o.nextKey())
	t := o.key(o.nextKey(), team, kind, d)
	t["issued_at"] = text(on(time.May, 20, 9, 0).Add(d.lasting(time.Hour, 8*day)))
	return t, t["id"].(string)
}

func oldKey(o *organisation) []Defect {
	t, id := o.another("risk", "gateway")
	t["issued_at"] = text(end.Add(-127 * day))
	return []Defect{
		deviation("key-age", "token", id, "its secret is 127 days old"),
		deviation("key-age-period", "token", id, "its secret was older than ninety days all through the period"),
	}
}

func agingKey(o *organisation) []Defect {
	t, id := o.another("search", "gateway")
	t["issued_at"] = text(end.Add(-71 * day))
	return []Defect{
		warning("key-age", "token", id, "its secret is 71 days old"),
		warning("key-age-period", "token", id, "its secret passed sixty days in the period"),
	}
}

func undatedKey(o *organisation) []Defect {
	t, id := o.another("data", "access")
	delete(t, "issued_at")
	return []Defect{
		unknown("key-age", "token", id, "nobody recorded when its secret was issued"),
		unknown("key-age-period", "token", id, "nobody recorded when its secret was issued"),
	}
}

func openKey(o *organisation) []Defect {
	t, id := o.another("mobile", "gateway")
	t["models"] = []string{"*"}
	return []Defect{deviation("key-scope", "token", id, "it opens every model")}
}

func endlessKey(o *organisation) []Defect {
	t, id := o.another("support", "access")
	delete(t, "expires_at")
	return []Defect{deviation("key-scope", "token", id, "it never expires")}
}

func farKey(o *organisation) []Defect {
	t, id := o.another("platform", "gateway")
	t["expires_at"] = text(end.Add(800 * day))
	return []Defect{warning("key-scope", "token", id, "it expires only in two years")}
}

// orphanedKey was left when its owner went.
func orphanedKey(o *organisation) []Defect {
	t, id := o.another("payments", "access")
	for _, u := range o.lists["users"] {
		if u["departed_at"] != nil {
			t["owner"] = u["id"] // the last who left, in June
		}
	}
	return []Defect{
		deviation("key-revoke-timely", "token", id, "its owner left, and it was not revoked"),
		deviation("key-scope", "token", id, "its owner left"),
	}
}

func dormantKey(o *organisation) []Defect {
	t, id := o.another("research", "gateway")
	t["last_used_at"] = text(end.Add(-140 * day))
	return []Defect{deviation("key-dormant", "token", id, "nobody used it for 140 days")}
}

func unusedKey(o *organisation) []Defect {
	t, id := o.another("data", "gateway")
	t["created_at"] = text(end.Add(-50 * day))
	delete(t, "last_used_at")
	return []Defect{deviation("key-dormant", "token", id, "made 50 days ago and never used")}
}

func unapprovedKey(o *organisation) []Defect {
	t, id := o.another("support", "gateway")
	at := on(time.June, 17, 22, 41)
	t["issued_at"], t["created_at"] = text(at), text(at)
	e := o.tell(at, "console", user(o.staff.holder("gateway-admin", 1)), "token.create", identity{"token", id},
		record{"after": record{"gateways": t["gateways"], "models": t["models"], "team": t["team"]}})
	return []Defect{deviation("key-issue-authorised", "event", e.ID, "a key was made without an approval")}
}

func selfApprovedRotation(o *organisation) []Defect {
	t, _ := o.another("risk", "gateway")
	o.rotated(t, newDice(o.opt.Seed, "self-approved"), on(time.June, 24, 7, 30))
	e := o.story[len(o.story)-1]
	requester := o.staff.holder("access-requester", 0)
	e.Details["approval"] = o.approval(requester, requester, e.at.Add(-2*time.Hour))
	return []Defect{deviation("key-issue-authorised", "event", e.ID, "whoever asked for the rotation also approved it")}
}

func longGrace(o *organisation) []Defect {
	t, id := o.another("mobile", "gateway")
	o.rotated(t, newDice(o.opt.Seed, "long grace"), on(time.June, 10, 9, 30))
	e := o.story[len(o.story)-1]
	e.Details["before"].(record)["issued_at"] = text(e.at.Add(-40 * day))
	e.Details["grace_until"] = text(e.at.Add(12 * day))
	return []Defect{deviation("key-age-period", "token", id, "its old secret worked on for twelve days after the rotation")}
}

// livingDead is a key that a gateway still takes after its revocation.
func livingDead(o *organisation) []Defect {
	t, id := o.another("search", "gateway")
	revoked := on(time.June, 16, 10, 0)
	o.ended(t, revoked, o.staff.holder("gateway-admin", 0), "its service was retired")
	e := o.asked(newDice(o.opt.Seed, "living dead"), revoked.Add(31*time.Hour), "success", record{"decision": "allow", "rule": "default"})
	e.Details["token"] = id
	return []Defect{deviation("key-revoke-timely", "token", id, "a gateway served it a day after its revocation")}
}
