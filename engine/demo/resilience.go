package demo

import (
	"fmt"
	"strings"
	"time"
)

// addResilience adds outages of providers, drills and the measured availability of the gateways.
func (o *organisation) addResilience() {
	d := newDice(o.opt.Seed, "resilience")
	for n, started := range []time.Time{on(time.May, 17, 4, 20), on(time.June, 4, 13, 10), on(time.June, 18, 21, 40)} {
		g := o.fleet[n]
		o.outage(fmt.Sprintf("out_%d", n+1), g, "openai-eu", "anthropic-eu", started, d.lasting(10*time.Minute, 90*time.Minute))
	}
	var all []string
	for _, g := range o.fleet {
		all = append(all, g.id)
	}
	o.add("drills",
		record{"id": "drill_failover_1", "kind": "failover", "performed_at": text(on(time.February, 12, 10, 0)), "result": "passed", "gateways": all,
			"issues": []record{{"id": "ISS-31", "status": "closed", "owner": o.staff.holder("gateway-admin", 0)}}},
		record{"id": "drill_restore_1", "kind": "restore", "performed_at": text(on(time.March, 3, 10, 0)), "result": "passed", "gateways": all, "issues": []record{}})
	for _, g := range o.fleet {
		from, to := on(time.May, 1, 0, 0), on(time.June, 1, 0, 0)
		minutes := int(to.Sub(from) / time.Minute)
		o.add("slis", record{"id": "sli_" + g.id + "_05", "gateway": g.id, "objective": 0.995, "period": record{"from": text(from), "to": text(to)},
			"minutes_total": minutes, "minutes_up": minutes - 20 - d.IntN(60), "minutes_unknown": d.IntN(10)})
	}
}

// outage records a provider's outage that the gateway passed over within seconds, and tells of it.
func (o *organisation) outage(id string, g *gateway, provider, other string, started time.Time, lasted time.Duration) record {
	ended := started.Add(lasted)
	out := record{"id": id, "provider": provider, "gateway": g.id, "started_at": text(started), "switched_at": text(started.Add(20 * time.Second)),
		"ended_at": text(ended), "switched_back_at": text(ended.Add(12 * time.Minute)), "requests_total": 1200, "requests_failed": 9}
	o.add("outages", out)
	subject := identity{"provider", provider}
	o.tell(started.Add(5*time.Second), g.source, system("gateway"), "provider.health", subject, record{"before": record{"status": "up"}, "after": record{"status": "down"}})
	o.tell(started.Add(20*time.Second), g.source, system("gateway"), "provider.failover", subject, record{"from": provider, "to": other})
	o.tell(ended.Add(12*time.Minute), g.source, system("gateway"), "provider.failback", subject, record{"from": other, "to": provider})
	return out
}

// addExports adds the schedules of evidence exports, and the exports that they asked for.
func (o *organisation) addExports() {
	for _, s := range []struct{ id, framework, every, zone, grace string }{
		{"sch_soc2", "soc2", "monthly", "UTC", "72h"}, {"sch_iso", "iso27001", "weekly", "Europe/Berlin", "48h"}, {"sch_log", "soc2", "daily", "UTC", "12h"},
	} {
		o.add("schedules", record{"id": s.id, "framework": s.framework, "every": s.every, "timezone": s.zone, "grace": s.grace, "created_at": text(begin.Add(-200 * day))})
	}
	for month := time.April; month <= time.May; month++ {
		o.export("sch_soc2", on(month, 1, 0, 0), on(month+1, 1, 0, 0))
	}
	berlin := -2 * time.Hour // summer time in both months
	for from := on(time.May, 4, 0, 0).Add(berlin); from.Add(7 * day).Before(end); from = from.Add(7 * day) {
		o.export("sch_iso", from, from.Add(7*day))
	}
	for from := opening.Add(-3 * day); from.Add(day).Before(end); from = from.Add(day) {
		o.export("sch_log", from, from.Add(day))
	}
}

// export records an export that arrived in time and intact.
func (o *organisation) export(schedule string, from, to time.Time) record {
	made := to.Add(40 * time.Minute)
	id := fmt.Sprintf("exp_%s_%s", strings.TrimPrefix(schedule, "sch_"), from.Add(12*time.Hour).Format("0102"))
	e := record{"id": id, "schedule": schedule, "period": record{"from": text(from), "to": text(to)}, "status": "completed", "verified": true,
		"created_at": text(made), "delivered_at": text(made.Add(5 * time.Minute)), "sha256": digest(id)[7:], "manifest_sha256": digest(id)[7:],
		"signature": "valid", "immutable": true, "rows": 4000 + len(id), "source_rows": 4000 + len(id)}
	o.add("exports", e)
	if schedule != "sch_log" {
		o.tell(made.Add(5*time.Minute), "scheduler", system("scheduler"), "export.deliver", identity{"export", id}, record{"schedule": schedule, "target": "s3://evidence.example.com"})
	}
	return e
}
