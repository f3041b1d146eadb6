package adapters

import (
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// CloudEvents 1.0 in JSON, as lines or a batch, with the extensions for the principal (authtype, authid), the time of recording
// (recordedtime) and the correlation (correlationid): https://github.com/cloudevents/spec. The action is the type as it is. What the envelope
// does not say is looked for in data under kt's own names. The same source and id are the same event, so the id is both, joined by a bar,
// which no URI holds. sequence is a text that is compared, not counted, and is only kept.
var _ = add(Adapter{
	Name:  "cloudevents",
	Title: "CloudEvents 1.0",
	times: []timeField{at(written, "time"), at(written, "recordedtime")},
	fill:  cloudevents,
	plain: [][]string{{"specversion", "type", "source", "id"}},
})

var cloudeventsKinds = map[string]string{
	"app_user": "user", "user": "user", "service_account": "service", "api_key": "service", "system": "system",
}

func cloudevents(d *draft) {
	source := d.text("source")
	if id := d.text("id"); id != "" {
		d.member("id", strings.ReplaceAll(or(source, unknown), "|", "%7C")+"|"+id)
	}
	d.member("source", source)
	d.arrived(at(written, "recordedtime"))
	d.member("correlation_id", or(d.text("correlationid"), d.text("traceparent")))
	d.action = d.text("type")
	cloudeventsActor(d)
	kind, id := reference(get(d.in, "subject"))
	if id == "" {
		kind, id = reference(get(d.in, "data", "resource"))
	}
	d.on(kind, id, "")
	if outcome := d.text("data", "outcome"); outcome == success || outcome == failure || outcome == denied || outcome == unknown {
		d.ended(outcome)
	}
	d.from(get(d.in, "data", "ip_address"))
	d.detail("sequence", get(d.in, "sequence"))
	d.detail("before", get(d.in, "data", "before"))
	d.detail("after", get(d.in, "data", "after"))
}

// cloudeventsActor takes the principal of the envelope, else data.actor.
func cloudeventsActor(d *draft) {
	kind := or(cloudeventsKinds[d.text("authtype")], "user")
	if id := d.text("authid"); id != "" {
		d.acted(kind, id, "")
		return
	}
	actor := get(d.in, "data", "actor")
	if id := plainText(actor); id != "" {
		d.acted("user", id, "")
		return
	}
	kind = or(plainText(actor.Get("type")), "user")
	if kind != "user" && kind != "service" && kind != "system" {
		kind = "user"
	}
	d.acted(kind, plainText(actor.Get("id")), plainText(actor.Get("name")))
	if asserted := actor.Get("asserted"); asserted != nil && d.actor != nil && asserted.Kind == canon.Bool {
		d.actor.set("asserted", *asserted)
	}
}

// reference reads what is acted on as kt's own lines have it: type/id, an id alone, or an object with both.
func reference(v *canon.Value) (kind, id string) {
	if v != nil && v.Kind == canon.Object {
		return plainText(v.Get("type")), plainText(v.Get("id"))
	}
	s := plainText(v)
	if kind, id, ok := strings.Cut(s, "/"); ok && kind != "" && id != "" {
		return kind, id
	}
	return "", s
}
