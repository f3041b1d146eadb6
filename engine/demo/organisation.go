package demo

import (
	"fmt"
	"slices"
	"time"
)

// organisation is the demo organisation as records, with the story of its two months.
type organisation struct {
	opt     Options
	lists   map[string][]record // of the snapshot
	story   []*entry            // what people and machines did, besides the traffic
	sources []*source
	staff   staff
	fleet   []*gateway
	callers []caller // the keys that make the traffic
	planted []Defect
}

// build makes the organisation that the options ask for.
func build(opt Options) (*organisation, error) {
	if opt.Events == 0 {
		opt.Events = DefaultEvents
	}
	if opt.Keys == 0 {
		opt.Keys = DefaultKeys
	}
	if opt.Keys < minKeys {
		return nil, fmt.Errorf("keys: expected at least %d, found %d: the organisation's teams and services need that many", minKeys, opt.Keys)
	}
	o := &organisation{opt: opt, lists: map[string][]record{}, planted: []Defect{}}
	o.sources = sources()
	for _, part := range []func(){
		o.addStaff, o.addProviders, o.addGateways, o.addKeys, o.addDeployments, o.addEscalations, o.addIncidents,
		o.addResilience, o.addWebhooks, o.addExports, o.addLogCare, o.addGovernance, o.addDecisions,
	} {
		part()
	}
	if !opt.Clean {
		for _, plant := range defects {
			o.planted = append(o.planted, plant(o)...)
		}
	}
	slices.SortStableFunc(o.story, func(a, b *entry) int { return a.at.Compare(b.at) })
	if need := o.storyLines(); opt.Events < need {
		return nil, fmt.Errorf("events: expected at least %d, found %d: the story of %d keys alone has that many", need, opt.Events, opt.Keys)
	}
	return o, nil
}

// add adds items to a list of the snapshot.
func (o *organisation) add(list string, items ...record) {
	o.lists[list] = append(o.lists[list], items...)
}

// find gives the item of a list with an id.
func (o *organisation) find(list, id string) record {
	for _, item := range o.lists[list] {
		if item["id"] == id {
			return item
		}
	}
	return record{} // the test that holds the findings against what is planted notices
}

// snapshot writes the configuration snapshot. What depends on the traffic comes from a walk through the log without its lines.
func (o *organisation) snapshot() ([]byte, error) {
	counts := o.count()
	o.settleUse(counts)
	o.lists["sources"] = o.sourceRecords(counts)
	out := record{"captured_at": text(end), "organization": "Example Ltd"}
	for name, items := range o.lists {
		if items == nil {
			items = []record{}
		}
		out[name] = items
	}
	return indented(out)
}

// settleUse records when each gateway and key was last used.
func (o *organisation) settleUse(c *counts) {
	for i, g := range o.fleet {
		if at := c.gateways[i]; !at.IsZero() {
			o.find("gateways", g.id)["last_request_at"] = text(at)
		}
	}
	for i, key := range o.callers {
		if at := c.callers[i]; !at.IsZero() {
			key.record["last_used_at"] = text(at)
		}
	}
}

// earlier gives the earlier of two instants.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
