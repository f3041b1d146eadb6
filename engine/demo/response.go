package demo

import (
	"fmt"
	"time"
)

// answers say how soon an escalation is acknowledged and resolved, well within what its severity allows.
var answers = map[string]struct{ acknowledged, resolved time.Duration }{
	"critical": {10 * time.Minute, 90 * time.Minute},
	"high":     {40 * time.Minute, 6 * time.Hour},
	"medium":   {5 * time.Hour, 20 * time.Hour},
	"low":      {15 * time.Hour, 3 * day},
}

// escalate records an escalation that was answered in time, and tells of it.
func (o *organisation) escalate(id, severity, kind, reason string, at time.Time) record {
	answer, reviewer := answers[severity], o.staff.holder("escalation-reviewer", len(o.lists["escalations"]))
	e := record{"id": id, "severity": severity, "kind": kind, "reason": reason, "status": "resolved", "assignee": reviewer, "created_at": text(at),
		"detected_at": text(at.Add(-30 * time.Second)), "acknowledged_at": text(at.Add(answer.acknowledged)), "resolved_at": text(at.Add(answer.resolved))}
	o.add("escalations", e)
	subject := identity{"escalation", id}
	o.tell(at, "api", service("svc_platform_api"), "escalation.create", subject, record{"severity": severity, "kind": kind})
	o.tell(at.Add(answer.acknowledged), "console", user(reviewer), "escalation.acknowledge", subject, nil)
	o.tell(at.Add(answer.resolved), "console", user(reviewer), "escalation.resolve", subject, nil)
	return e
}

// addEscalations adds what the gateways could not settle by themselves.
func (o *organisation) addEscalations() {
	d := newDice(o.opt.Seed, "escalations")
	severities := []string{"high", "medium", "critical", "low", "medium", "high", "low", "critical", "medium", "low"}
	kinds := []string{"pii", "block", "prompt-injection", "quota", "block", "pii", "quota", "prompt-injection", "pii", "block"}
	for n, severity := range severities {
		at := begin.Add(time.Duration(n)*5*day + d.lasting(8*time.Hour, 4*day))
		o.escalate(fmt.Sprintf("esc_%02d", n+1), severity, kinds[n], "a rule matched and asked for a person", at)
	}
	// A key was found in a public repository: it was revoked within the hour.
	at := on(time.June, 13, 10, 0)
	t := o.key("tok_exposed", "support", "gateway", d)
	t["issued_at"] = text(on(time.May, 9, 9, 0))
	o.escalate("esc_exposed", "critical", "key-exposure", "a key was found in a public repository", at)["token"] = t["id"]
	o.ended(t, at.Add(25*time.Minute), o.staff.holder("gateway-admin", 0), "it was exposed")
}

// addIncidents writes up the two escalations that were classed as incidents.
func (o *organisation) addIncidents() {
	for _, i := range []struct {
		id, escalation, cause string
		detected              time.Time
		notice                bool
	}{
		{"inc_1", "esc_03", "a prompt template let users quote the system prompt", on(time.May, 14, 9, 0), false},
		{"inc_2", "esc_exposed", "a key was committed to a public repository", on(time.June, 13, 9, 59), true},
	} {
		item := record{"id": i.id, "escalation": i.escalation, "detected_at": text(i.detected), "root_cause": i.cause,
			"timeline": "https://wiki.example.com/incidents/" + i.id, "containment": "the key or route was closed within the hour",
			"corrective_action": record{"owner": o.staff.holder("gateway-admin", 1), "due_at": text(i.detected.Add(14 * day)), "done_at": text(i.detected.Add(9 * day))},
			"reviewed_at":       text(i.detected.Add(6 * day)), "notice_required": i.notice}
		if i.notice {
			item["notify_by"], item["notified_at"] = text(i.detected.Add(3*day)), text(i.detected.Add(30*time.Hour))
		}
		o.add("incidents", item)
		o.find("escalations", i.escalation)["incident"] = i.id
	}
}

// addWebhooks adds where events are sent, and what was sent lately.
func (o *organisation) addWebhooks() {
	hooks := []struct{ id, target, action string }{
		{"wh_siem", "https://siem.example.com/collect", "escalation.create"}, {"wh_chat", "https://chat.example.com/hook", "event.block"},
		{"wh_tickets", "https://tickets.example.com/api", "escalation.resolve"},
	}
	for _, h := range hooks {
		o.add("webhooks", record{"id": h.id, "target": h.target, "events": []string{h.action}, "status": "active"})
	}
	d := newDice(o.opt.Seed, "deliveries")
	for n := range 18 {
		at := d.between(opening.Add(-6*day), end.Add(-2*day))
		o.add("deliveries", record{"id": fmt.Sprintf("dlv_%02d", n+1), "webhook": hooks[n%len(hooks)].id, "event": o.story[n].ID, "status": "delivered",
			"created_at": text(at), "delivered_at": text(at.Add(3 * time.Second)), "attempts": attempts(at, n%6 == 5)})
	}
	at := on(time.June, 20, 12, 0)
	o.add("deliveries", record{"id": "dlv_given_up", "webhook": "wh_chat", "event": o.story[0].ID, "status": "dead_letter", "created_at": text(at),
		"attempts":   []record{{"at": text(at), "status": 410}},
		"handled_by": o.staff.holder("gateway-admin", 0), "handled_at": text(at.Add(20 * time.Hour))})
}

// attempts are those of a delivery that arrived, at once or on the second one.
func attempts(at time.Time, again bool) []record {
	if again {
		return []record{{"at": text(at.Add(time.Second)), "status": 503}, {"at": text(at.Add(31 * time.Second)), "status": 202}}
	}
	return []record{{"at": text(at.Add(time.Second)), "status": 200}}
}
