package demo

import (
	"strconv"
	"time"
)

// source is a component that writes events and numbers them.
type source struct {
	id, kind string
	starts   []time.Time // of its runs; each begins a new epoch, from number 0
	tiles    int         // into how many counters it cuts the period; 0: one number for the whole
	clock    [2]int      // how far its clock is off, in ms: median and p99
	unseen   bool        // nobody declared it
	extra    int64       // events that it says it emitted, and that never arrived
}

// sources are the components of the organisation. Gateways restart now and then, the others run on.
func sources() []*source {
	run := []time.Time{begin.Add(-40 * day)}
	restarted := func(at ...time.Time) []time.Time { return append(run[:1:1], at...) }
	return []*source{
		{id: "console", kind: "console", starts: run, clock: [2]int{12, 140}},
		{id: "api", kind: "api", starts: restarted(on(time.May, 19, 2, 30)), clock: [2]int{9, 95}},
		{id: "idp", kind: "idp", starts: run, clock: [2]int{31, 410}},
		{id: "scheduler", kind: "scheduler", starts: run, clock: [2]int{4, 60}},
		{id: "gw-eu-1", kind: "gateway", starts: restarted(on(time.May, 12, 3, 0), on(time.June, 12, 3, 0)), tiles: 30, clock: [2]int{6, 80}},
		{id: "gw-eu-2", kind: "gateway", starts: restarted(on(time.June, 14, 3, 0)), tiles: 30, clock: [2]int{7, 82}},
		{id: "gw-eu-3", kind: "gateway", starts: run, tiles: 3, clock: [2]int{5, 77}},
		{id: "gw-us-1", kind: "gateway", starts: restarted(on(time.June, 3, 8, 0)), clock: [2]int{11, 130}},
		{id: "gw-us-2", kind: "gateway", starts: run, clock: [2]int{10, 121}},
		{id: "gw-us-3", kind: "gateway", starts: restarted(on(time.June, 21, 9, 15), on(time.June, 21, 9, 45)), clock: [2]int{12, 150}},
		{id: "gw-ap-1", kind: "gateway", starts: run, clock: [2]int{24, 260}},
		{id: "gw-ap-2", kind: "gateway", starts: run, clock: [2]int{22, 245}},
		{id: "gw-lab", kind: "gateway", starts: run, clock: [2]int{15, 190}},
	}
}

// stamp is where an event stands among its source's events.
type stamp struct {
	source, epoch string
	sequence      int64
}

// numbering gives every event of a source its epoch and number.
type numbering struct {
	of    *source
	run   int
	next  int64
	epoch string
}

func newNumbering(s *source) *numbering { return &numbering{of: s, run: -1} }

func (n *numbering) stamp(at time.Time) stamp {
	for n.run+1 < len(n.of.starts) && !at.Before(n.of.starts[n.run+1]) {
		n.run++
		n.next = 0
		n.epoch = strconv.Itoa(40 + n.run)
		if n.run == 0 {
			n.next = 10_000 // it has been running since before the log begins
		}
	}
	n.next++
	return stamp{source: n.of.id, epoch: n.epoch, sequence: n.next - 1}
}

// sourceRecords says of each declared source how many events it emitted in the default period.
func (o *organisation) sourceRecords(c *counts) []record {
	out := []record{}
	for i, s := range o.sources {
		if s.unseen {
			continue
		}
		item := record{"id": s.id, "kind": s.kind, "heartbeat_at": text(end), "clock": record{"median_ms": s.clock[0], "p99_ms": s.clock[1], "measured_at": text(end.Add(-40 * time.Minute))}}
		perDay := c.emitted[i]
		perDay[len(perDay)-1] += s.extra
		if s.tiles == 0 {
			item["events_emitted"] = sum(perDay)
			item["counted"] = record{"from": text(opening), "to": text(end)}
		} else {
			item["counters"] = tiles(perDay, s.tiles)
		}
		out = append(out, item)
	}
	return out
}

// tiles cuts the period into equal counters.
func tiles(perDay []int64, n int) []record {
	days := len(perDay) / n
	var out []record
	for i := range n {
		from := opening.Add(time.Duration(i*days) * day)
		out = append(out, record{"from": text(from), "to": text(from.Add(time.Duration(days) * day)), "events": sum(perDay[i*days : (i+1)*days])})
	}
	return out
}

func sum(values []int64) int64 {
	var total int64
	for _, v := range values {
		total += v
	}
	return total
}
