package demo

import "time"

// decision is what a gateway decided about a request, and how its line says so.
type decision struct{ outcome, details string }

// decisions are drawn from evenly: one request in forty has something taken out.
var decisions = func() []decision {
	all := []decision{{`,"outcome":"success"`, `","decision":"redact","rule":"rule_pii","reason":"personal data"`}}
	for len(all) < 40 {
		all = append(all, decision{`,"outcome":"success"`, `","decision":"allow","rule":"default"`})
	}
	return all
}()

// version is that of the policy in force at an instant.
func version(at time.Time) string {
	if at.Before(deployedAt) {
		return "13"
	}
	return policyVersion
}

// addDecisions tells of requests that the policy stopped, and of those that a person released.
func (o *organisation) addDecisions() {
	d := newDice(o.opt.Seed, "decisions")
	for range 5 {
		o.alert(o.blocked(d, d.between(begin, end.Add(-day))), 20*time.Second)
	}
	o.addGuesses(on(time.June, 19, 6, 2))
	o.override(on(time.June, 7, 11, 30), "low", "the number was a test card's")
	o.override(on(time.June, 23, 15, 10), "high", "the customer asked for this export of their own data")
}

// asked tells of a request of some key to one of its gateways.
func (o *organisation) asked(d dice, at time.Time, outcome string, details record) *entry {
	c := &o.callers[d.IntN(len(o.callers))]
	g := o.fleet[c.gateways[0]]
	details["token"], details["model"], details["route"], details["provider"] = c.token, c.models[0], "chat", g.providers[0]
	e := o.tell(at, g.source, service(c.service), "gateway.request", identity{"gateway", g.id}, details)
	e.Outcome, e.PolicyVersion = outcome, version(at)
	return e
}

// blocked tells of a request with a secret in it: of the request itself, and of what stopped it.
func (o *organisation) blocked(d dice, at time.Time) *entry {
	reason := "a secret was found in the prompt"
	asked := o.asked(d, at, "denied", record{"decision": "block", "rule": "rule_secret", "reason": reason})
	return o.tell(at, asked.source, system("gateway"), "event.block", asked.Resource, record{"kind": "secret", "rule": "rule_secret", "reason": reason, "request": asked.ID})
}

// addGuesses tells of somebody guessing a password, which raised an alert at once.
func (o *organisation) addGuesses(at time.Time) {
	id := o.staff.members[3]
	var last *entry
	for n := range 10 {
		last = o.tell(at.Add(time.Duration(n)*8*time.Second), "idp", user(id), "user.login", identity{"user", id}, record{"method": "sso", "reason": "wrong password"})
		last.Outcome = "failure"
	}
	o.alert(last, 5*time.Second)
}

// override tells that a reviewer released what the policy had stopped; what is of high risk, a second one approved before.
func (o *organisation) override(at time.Time, risk, reason string) *entry {
	details := record{"risk": risk, "reason": reason}
	if risk == "high" {
		details["approval"] = o.approval(o.staff.holder("escalation-reviewer", 0), o.staff.holder("compliance", 1), at.Add(-20*time.Minute))
	}
	return o.tell(at, "console", user(o.staff.holder("escalation-reviewer", 0)), "escalation.override", identity{"escalation", "esc_01"}, details)
}
