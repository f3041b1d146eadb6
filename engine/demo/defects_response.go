package demo

import "time"

var responseDefects = []defect{slowResolution, stillOpen, nearlyDue, lateAnswer, playedDown, unnoticedBlock, lostDelivery, lateExport, alteredExport, overdueFinding}

func slowResolution(o *organisation) []Defect {
	e := o.escalate("esc_slow", "critical", "pii", "personal data in an answer", on(time.June, 15, 13, 0))
	resolved := on(time.June, 15, 17, 0)
	e["detected_at"], e["resolved_at"] = e["created_at"], text(resolved)
	o.story[len(o.story)-1].move(resolved)
	return []Defect{deviation("esc-sla", "escalation", "esc_slow", "resolved after exactly four hours")}
}

func stillOpen(o *organisation) []Defect {
	o.open("esc_open", "critical", "prompt-injection", end.Add(-9*time.Hour))
	return []Defect{deviation("esc-sla", "escalation", "esc_open", "open for nine hours")}
}

func nearlyDue(o *organisation) []Defect {
	o.open("esc_due", "critical", "block", end.Add(-150*time.Minute))
	return []Defect{warning("esc-sla", "escalation", "esc_due", "open for two and a half hours")}
}

// open records an escalation that was acknowledged and is not resolved.
func (o *organisation) open(id, severity, kind string, at time.Time) {
	e := o.escalate(id, severity, kind, "a rule matched and asked for a person", at)
	e["status"] = "claimed"
	delete(e, "resolved_at")
	o.story = o.story[:len(o.story)-1]
}

func lateAnswer(o *organisation) []Defect {
	e := o.escalate("esc_unseen", "high", "pii", "personal data in a prompt", on(time.June, 23, 22, 0))
	acknowledged := on(time.June, 24, 1, 0)
	e["acknowledged_at"] = text(acknowledged)
	o.story[len(o.story)-2].move(acknowledged)
	return []Defect{deviation("triage", "escalation", "esc_unseen", "acknowledged two hours late")}
}

func playedDown(o *organisation) []Defect {
	e := o.tell(on(time.June, 24, 2, 0), "console", user(o.staff.holder("escalation-reviewer", 1)), "escalation.downgrade", identity{"escalation", "esc_unseen"},
		record{"before": record{"severity": "critical"}, "after": record{"severity": "high"}})
	return []Defect{deviation("triage", "event", e.ID, "the severity was lowered without a reason")}
}

func unnoticedBlock(o *organisation) []Defect {
	e := o.blocked(newDice(o.opt.Seed, "unnoticed"), on(time.June, 27, 23, 12))
	return []Defect{deviation("detect-alert", "event", e.ID, "a prompt with a secret was blocked, and no alert was raised")}
}

func lostDelivery(o *organisation) []Defect {
	at := on(time.June, 22, 7, 0)
	o.add("deliveries", record{"id": "dlv_lost", "webhook": "wh_siem", "event": o.story[3].ID, "status": "dead_letter", "created_at": text(at),
		"attempts": []record{{"at": text(at), "status": 500}, {"at": text(at.Add(time.Hour)), "status": 500}}})
	return []Defect{deviation("webhook-delivery", "delivery", "dlv_lost", "given up, and nobody dealt with it")}
}

func lateExport(o *organisation) []Defect {
	e := o.find("exports", "exp_soc2_0501")
	e["delivered_at"] = text(on(time.June, 4, 6, 0))
	return []Defect{deviation("export-on-time", "schedule", "sch_soc2", "the export of May came six hours late")}
}

func alteredExport(o *organisation) []Defect {
	o.find("exports", "exp_iso_0608")["sha256"] = digest("altered")[7:]
	return []Defect{deviation("export-integrity", "export", "exp_iso_0608", "its digest is not the manifest's")}
}

func overdueFinding(o *organisation) []Defect {
	o.add("findings", record{"id": "fnd_overdue", "opened_at": text(on(time.May, 18, 9, 0)), "due_at": text(on(time.June, 17, 9, 0)), "owner": o.staff.holder("compliance", 0), "status": "open"})
	return []Defect{deviation("deficiency-tracking", "finding", "fnd_overdue", "overdue for two weeks, and nobody escalated it")}
}

// move changes when an entry of the story happened.
func (e *entry) move(at time.Time) { e.at, e.Timestamp = at, text(at) }
