package demo

import "time"

var logDefects = []defect{lostEvents, disputedNumber, unmetCount, undeclaredSource, namelessEvents, repeatedLines, strangeReader, pausedLog, missedEvaluation}

// noted are requests of one gateway's, at one time, so that their numbers follow each other.
func (o *organisation) noted(source string, at time.Time, n int, f fault) []*entry {
	var out []*entry
	for range n {
		e := o.asked(newDice(o.opt.Seed, source), at, "success", record{"decision": "allow", "rule": "default"})
		e.source, e.fault, e.Resource.ID = source, f, "gw_"+source[3:5]+"_"+source[6:]
		out = append(out, e)
	}
	return out
}

func lostEvents(o *organisation) []Defect {
	o.noted("gw-ap-1", on(time.June, 18, 11, 0), 3, lost)
	o.noted("gw-ap-1", on(time.June, 25, 23, 5), 1, lost)
	out := []Defect{deviation("log-complete", "source", "gw-ap-1", "four events never arrived")}
	for _, check := range []string{"human-override", "log-content", "strong-auth-logins", "user-provision"} {
		out = append(out, notEvaluable(check, "what never arrived could have been a deviation"))
	}
	return out
}

func disputedNumber(o *organisation) []Defect {
	o.noted("gw-us-3", on(time.June, 12, 19, 22), 1, disputed)
	return []Defect{deviation("log-complete", "source", "gw-us-3", "one number stands for two events")}
}

func unmetCount(o *organisation) []Defect {
	for _, s := range o.sources {
		if s.id == "gw-us-2" {
			s.extra = 6
		}
	}
	return []Defect{deviation("log-complete", "source", "gw-us-2", "it emitted six more events than the log holds")}
}

func undeclaredSource(o *organisation) []Defect {
	o.sources = append(o.sources, &source{id: "gw-shadow", kind: "gateway", starts: []time.Time{begin}, unseen: true})
	for n := range 4 {
		e := o.asked(newDice(o.opt.Seed, "shadow"), on(time.June, 15, 1, 10*n), "success", record{"decision": "allow", "rule": "default"})
		e.source = "gw-shadow"
	}
	return []Defect{deviation("log-complete", "source", "gw-shadow", "nobody declared it")}
}

func namelessEvents(o *organisation) []Defect {
	out := []Defect{unknown("log-complete", "source", "-", "events without source or number")}
	for n := range 2 {
		e := o.tell(on(time.June, 6, 9, 12+n), "", user(o.staff.holder("gateway-admin", 0)), "gateway.reload", identity{"gateway", "gw_lab"}, nil)
		e.fault = anonymous
		out = append(out, unknown("log-content", "event", e.ID, "no source is named"))
	}
	return out
}

// repeatedLines arrived twice with the same content, which is no defect.
func repeatedLines(o *organisation) []Defect {
	o.noted("gw-eu-2", on(time.June, 4, 16, 30), 2, twice)
	return nil
}

func strangeReader(o *organisation) []Defect {
	id := o.staff.members[3]
	o.add("log_readers", record{"id": id, "roles": []string{"developer"}, "reads": 0})
	return []Defect{deviation("log-access", "log_reader", id, "a developer can read the audit log")}
}

func pausedLog(o *organisation) []Defect {
	e := o.tell(on(time.June, 14, 2, 0), "console", user(o.staff.holder("audit-admin", 1)), "audit.pause", identity{"audit_log", "main"}, record{"reason": "maintenance"})
	o.tell(on(time.June, 14, 2, 9), "console", user(o.staff.holder("audit-admin", 1)), "audit.resume", identity{"audit_log", "main"}, nil)
	return []Defect{deviation("log-config-change", "event", e.ID, "the log was paused without an approval")}
}

func missedEvaluation(o *organisation) []Defect {
	e := o.find("evaluations", "eval_0617")
	delete(e, "ran_at")
	delete(e, "delivered_at")
	e["status"] = "failed"
	return []Defect{deviation("review-ran", "evaluation", "eval_0617", "the due evaluation did not run")}
}
