package demo

import (
	"fmt"
	"time"
)

// addLogCare adds who reads the audit log, how it is verified and how long it is kept.
func (o *organisation) addLogCare() {
	d := newDice(o.opt.Seed, "care")
	readers := append([]string{o.staff.holder("auditor", 0)}, o.staff.holders["audit-admin"]...)
	for n, id := range readers {
		role := "audit-admin"
		if n == 0 {
			role = "auditor"
		}
		reads := 3
		for range reads {
			o.tell(d.between(opening, end.Add(-day)), "console", user(id), "audit.read", identity{"audit_log", "main"}, record{"query": "action=token.rotate"})
		}
		o.add("log_readers", record{"id": id, "roles": []string{role}, "reads": reads})
	}
	for from := begin; from.Before(end); from = from.Add(day) {
		o.add("log_verifications", record{"id": "ver_" + from.Format("0102"), "from": text(from), "to": text(from.Add(day)),
			"verified_at": text(earlier(from.Add(day+10*time.Minute), end)), "result": "ok", "signature": "valid", "key": "key_2026"})
	}
	for _, c := range []struct {
		class, required, configured string
		kept                        int // days
	}{{"audit-log", "365d", "730d", 425}, {"prompts", "30d", "30d", 30}, {"exports", "365d", "1095d", 425}, {"metrics", "90d", "180d", 180}} {
		oldest := end.Add(-time.Duration(c.kept) * day)
		first := oldest
		if c.class == "prompts" || c.class == "metrics" {
			first = end.Add(-425 * day)
		}
		o.add("retention", record{"id": c.class, "required": c.required, "configured": c.configured, "oldest_event_at": text(oldest),
			"first_event_at": text(first), "last_deletion_run": text(end.Add(-21 * time.Hour)), "legal_hold": false})
	}
	for week, at := 0, on(time.June, 3, 3, 0); at.Before(end); week, at = week+1, at.Add(7*day) {
		for _, class := range []string{"prompts", "metrics"} {
			id := fmt.Sprintf("del_%s_%d", class, week+1)
			o.add("deletion_runs", record{"id": id, "class": class, "ran_at": text(at), "result": "completed", "sampled": 50, "absent": 50, "holds_respected": true})
			o.tell(at, "scheduler", system("scheduler"), "deletion.run", identity{"deletion_run", id}, record{"class": class})
		}
	}
	moved := on(time.June, 2, 14, 0)
	change := o.tell(moved, "console", user(o.staff.holder("audit-admin", 0)), "audit.sink", identity{"audit_log", "main"},
		record{"after": record{"sink": "s3://audit.example.com"}, "approval": o.approval(o.staff.holder("audit-admin", 0), o.staff.holder("admin", 0), moved.Add(-4*time.Hour))})
	o.alert(change, 10*time.Second)
}

// alert tells that an event raised an alert some time after it.
func (o *organisation) alert(about *entry, after time.Duration) *entry {
	return o.tell(about.at.Add(after), "api", service("svc_platform_api"), "alert.create", identity{"alert", "alert_" + about.ID[4:12]}, record{"event": about.ID, "action": about.Action})
}

// addGovernance adds the evaluations of the posture and what became of their findings.
func (o *organisation) addGovernance() {
	for due := opening.Add(6 * time.Hour); due.Before(end); due = due.Add(day) {
		o.add("evaluations", record{"id": "eval_" + due.Format("0102"), "due_at": text(due), "ran_at": text(due.Add(4 * time.Minute)), "policy_commit": commit(due),
			"approved_commit": commit(due), "delivered_at": text(due.Add(6 * time.Minute)), "status": "completed"})
	}
	for n, f := range []struct {
		opened time.Time
		closed bool
	}{{on(time.May, 6, 9, 0), true}, {on(time.May, 28, 9, 0), true}, {on(time.June, 9, 9, 0), true}, {on(time.June, 24, 9, 0), false}} {
		item := record{"id": fmt.Sprintf("fnd_%d", n+1), "opened_at": text(f.opened), "due_at": text(f.opened.Add(21 * day)), "owner": o.staff.holder("compliance", n), "status": "open"}
		if f.closed {
			item["status"], item["closed_at"], item["evidence"] = "closed", text(f.opened.Add(12*day)), fmt.Sprintf("https://tickets.example.com/SEC-%d", 200+n)
		}
		o.add("findings", item)
	}
}
