package adapters

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// draft is an event in the making. Whatever an adapter leaves out gets the word for what is not known.
type draft struct {
	in       *canon.Value
	options  Options
	time     string // RFC 3339 in UTC
	action   string
	outcome  string
	basis    string
	ip       string
	actor    members // nil: unknown
	resource members // nil: unknown
	details  members
	others   members // of the event, as they are
}

// members are those of an object in the making, in canonical order.
type members []canon.Member

func (m *members) set(key string, v canon.Value) {
	i, found := slices.BinarySearchFunc(*m, key, func(m canon.Member, key string) int { return canon.CompareKeys(m.Key, key) })
	if found {
		(*m)[i].Value = v
		return
	}
	if *m == nil {
		*m = make(members, 0, 8)
	}
	*m = slices.Insert(*m, i, canon.Member{Key: key, Value: v})
}

func (m members) object() canon.Value { return canon.Value{Kind: canon.Object, Members: m} }

// The outcomes, and what they rest on.
const (
	success  = "success"
	failure  = "failure"
	denied   = "denied"
	unknown  = "unknown"
	reported = "reported"
	implied  = "implied"
)

// acted says who acted; without an id nothing is known of the actor. kind is user, service or system.
func (d *draft) acted(kind, id, name string) {
	if id == "" {
		return
	}
	d.actor = nil
	d.actor.set("id", text(id))
	d.actor.set("type", text(kind))
	d.ofActor("name", name)
}

// ofActor adds a member to an actor that is known.
func (d *draft) ofActor(key, value string) {
	if value != "" && d.actor != nil {
		d.actor.set(key, text(value))
	}
}

// on says what was acted on. Of a kind alone, or an id alone, the other is unknown.
func (d *draft) on(kind, id, name string) {
	if kind == "" && id == "" {
		return
	}
	d.resource.set("id", text(or(id, unknown)))
	d.resource.set("type", text(or(kind, unknown)))
	if name != "" && name != id {
		d.resource.set("name", text(name))
	}
}

// ended says how it ended, as the source reports it; "" where it does not say.
func (d *draft) ended(outcome string) { d.outcome, d.basis = outcome, reported }

// took says that it happened, for the source logs only what did.
func (d *draft) took(outcome string) { d.outcome, d.basis = outcome, implied }

// member sets a member of the event that is a text; "" sets none.
func (d *draft) member(key, value string) {
	if value != "" {
		d.others.set(key, text(value))
	}
}

// arrived sets ingested_at from the first of the members that has a time.
func (d *draft) arrived(fields ...timeField) {
	for _, f := range fields {
		if at, _, ok := instant(get(d.in, f.path...), f.unit); ok {
			d.member("ingested_at", at)
			return
		}
	}
}

// from says where the request came from. What is no plain IP address (a host name, a network, one with a zone or a port, a list) is
// kept under details.address.
func (d *draft) from(v *canon.Value) {
	if v == nil {
		return
	}
	if isAddress(v) {
		d.ip = v.Text
		return
	}
	d.detail("address", v)
}

func isAddress(v *canon.Value) bool {
	ip, err := netip.ParseAddr(v.Text)
	return v.Kind == canon.String && err == nil && ip.Zone() == ""
}

// note adds a text to the details; "" adds none.
func (d *draft) note(key, value string) {
	if value != "" {
		d.details.set(key, text(value))
	}
}

func (d *draft) flag(key string, value bool) {
	d.details.set(key, canon.Value{Kind: canon.Bool, Bool: value})
}

const (
	maxText   = 8 << 10   // bytes of a mapped text
	maxDetail = 256 << 10 // bytes, about, of a member that is mapped whole
	// maxOriginal is how deep a value may be nested to stand in the details: in the event and in details.
	maxOriginal = canon.MaxDepth - 2
)

// detail adds a member of the record to the details as it is. One that would make the event too long is left out where the original has
// it, and one that would nest too deep is added as its JSON text.
func (d *draft) detail(key string, v *canon.Value) {
	if v == nil || v.Kind == canon.Null {
		return
	}
	depth, size := extent(v)
	switch {
	case size > maxDetail && d.options.KeepOriginal:
	case depth > maxOriginal:
		d.note(key, string(canon.Append(nil, v)))
	default:
		d.details.set(key, *v)
	}
}

// extent is how deep a value is nested and how long it is, about, in bytes.
func extent(v *canon.Value) (depth, size int) {
	size = len(v.Text) + 4
	for i := range v.Items {
		below, n := extent(&v.Items[i])
		depth, size = max(depth, below), size+n
	}
	for i := range v.Members {
		below, n := extent(&v.Members[i].Value)
		depth, size = max(depth, below), size+n+len(v.Members[i].Key)+4
	}
	if v.Kind == canon.Array || v.Kind == canon.Object {
		depth++
	}
	return depth, size
}

// event is the event's object.
func (d *draft) event() canon.Value {
	if d.options.KeepOriginal {
		if depth, _ := extent(d.in); depth <= maxOriginal {
			d.details.set("original", *d.in)
		} else {
			d.note("original_text", string(canon.Append(nil, d.in)))
		}
	}
	if d.actor == nil {
		d.acted("system", unknown, "")
	}
	if d.resource == nil {
		d.on(unknown, unknown, "")
	}
	d.member("timestamp", d.time)
	d.member("action", or(d.action, "unknown.unknown"))
	d.member("outcome", or(d.outcome, unknown))
	if d.outcome != "" {
		d.member("outcome_basis", d.basis)
	}
	d.member("ip_address", d.ip)
	d.others.set("actor", d.actor.object())
	d.others.set("resource", d.resource.object())
	if d.details != nil {
		d.others.set("details", d.details.object())
	}
	return d.others.object()
}

func text(s string) canon.Value { return canon.Value{Kind: canon.String, Text: s} }

func or(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// found describes a value in few words.
func found(v *canon.Value) string {
	if v == nil {
		return "nothing"
	}
	const most = 80
	s := string(canon.Append(nil, v))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
