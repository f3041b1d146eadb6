package event

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

// fields are the members of a line that have a meaning; nil: absent.
type fields struct {
	timestamp, actor, action, resource, outcome, outcomeBasis, details, ip, id, source, epoch, sequence, ingestedAt, tenant,
	correlationID, policyVersion, actionAsLogged *canon.Value
}

func (f *fields) read(members []canon.Member) {
	for i := range members {
		v := &members[i].Value
		switch members[i].Key {
		case "timestamp":
			f.timestamp = v
		case "actor":
			f.actor = v
		case "action":
			f.action = v
		case "resource":
			f.resource = v
		case "outcome":
			f.outcome = v
		case "outcome_basis":
			f.outcomeBasis = v
		case "details":
			f.details = v
		case "ip_address":
			f.ip = v
		case "id":
			f.id = v
		case "source":
			f.source = v
		case "epoch":
			f.epoch = v
		case "sequence":
			f.sequence = v
		case "ingested_at":
			f.ingestedAt = v
		case "tenant":
			f.tenant = v
		case "correlation_id":
			f.correlationID = v
		case "policy_version":
			f.policyVersion = v
		case "action_as_logged":
			f.actionAsLogged = v
		}
	}
}

// fill checks what schemas/event-line.json says, times, and that two names of the action mean one, and fills in the event.
func (f *fields) fill(e *Event, names *catalogue, intern *interner) *Problem {
	var p *Problem
	if e.Time, p = instant("/timestamp", f.timestamp, true); p != nil {
		return p
	}
	if p = checkActor(f.actor); p != nil {
		return p
	}
	if p = f.fillAction(e, names, intern); p != nil {
		return p
	}
	if p = checkResource(f.resource); p != nil {
		return p
	}
	if p = oneOf("/outcome", f.outcome, true, outcomes); p != nil {
		return p
	}
	if p = oneOf("/outcome_basis", f.outcomeBasis, false, bases); p != nil {
		return p
	}
	if f.details != nil && f.details.Kind != canon.Object {
		return &Problem{"/details", "an object", found(f.details)}
	}
	if f.ip != nil {
		if _, err := netip.ParseAddr(f.ip.Text); err != nil || f.ip.Kind != canon.String {
			return &Problem{"/ip_address", "an IPv4 or IPv6 address", found(f.ip)}
		}
	}
	if f.id != nil && (f.id.Kind != canon.String || f.id.Text == "") {
		return &Problem{"/id", "a non-empty string", found(f.id)}
	}
	if f.source != nil && (f.source.Kind != canon.String || f.source.Text == "") {
		return &Problem{"/source", "a non-empty string", found(f.source)}
	}
	if p = f.fillOrder(e, intern); p != nil {
		return p
	}
	for _, s := range [...]struct {
		pointer string
		value   *canon.Value
	}{{"/tenant", f.tenant}, {"/correlation_id", f.correlationID}, {"/policy_version", f.policyVersion}} {
		if s.value != nil && s.value.Kind != canon.String {
			return &Problem{s.pointer, "a string", found(s.value)}
		}
	}
	return nil
}

func (f *fields) fillAction(e *Event, names *catalogue, intern *interner) *Problem {
	for _, a := range [...]struct {
		pointer string
		value   *canon.Value
	}{{"/action", f.action}, {"/action_as_logged", f.actionAsLogged}} {
		if a.value == nil && a.pointer != "/action" {
			continue
		}
		if a.value == nil || a.value.Kind != canon.String || a.value.Text == "" {
			return &Problem{a.pointer, `a non-empty string such as "policy.update"`, found(a.value)}
		}
	}
	e.Action = intern.of(names.canonical(f.action.Text))
	logged := f.action.Text
	if f.actionAsLogged != nil {
		logged = f.actionAsLogged.Text
		if names.canonical(logged) != e.Action {
			return &Problem{"/action_as_logged", "another name of the action " + found(f.action), found(f.actionAsLogged)}
		}
	}
	if logged != e.Action {
		e.ActionAsLogged = intern.of(logged)
	}
	return nil
}

// fillOrder fills in where the event stands among its source's events, and when it arrived.
func (f *fields) fillOrder(e *Event, intern *interner) *Problem {
	if f.source != nil {
		e.Source = intern.of(f.source.Text)
	}
	if f.epoch != nil {
		if f.epoch.Kind != canon.String {
			return &Problem{"/epoch", "a string", found(f.epoch)}
		}
		e.Epoch = intern.of(f.epoch.Text)
	}
	e.Sequence = -1
	if f.sequence != nil {
		n, err := strconv.ParseInt(f.sequence.Text, 10, 64)
		if f.sequence.Kind != canon.Number || err != nil || n < 0 {
			return &Problem{"/sequence", "a whole number from 0 to 9223372036854775807", found(f.sequence)}
		}
		e.Sequence = n
	}
	if f.ingestedAt != nil {
		at, p := instant("/ingested_at", f.ingestedAt, false)
		if p != nil {
			return p
		}
		e.IngestedAt = clock.Format(at)
	}
	return nil
}

var (
	outcomes   = []string{"success", "failure", "denied", "unknown"}
	bases      = []string{"reported", "implied"}
	actorTypes = []string{"user", "service", "system"}
)

func oneOf(pointer string, v *canon.Value, required bool, allowed []string) *Problem {
	if v == nil && !required {
		return nil
	}
	if v == nil || v.Kind != canon.String || !slices.Contains(allowed, v.Text) {
		list := allowed[0]
		for _, a := range allowed[1:] {
			list += ", " + a
		}
		return &Problem{pointer, "one of " + list, found(v)}
	}
	return nil
}

func instant(pointer string, v *canon.Value, required bool) (time.Time, *Problem) {
	if v == nil && !required {
		return time.Time{}, nil
	}
	if v == nil || v.Kind != canon.String {
		return time.Time{}, &Problem{pointer, "an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z", found(v)}
	}
	t, err := clock.Parse(v.Text)
	if err == nil {
		return t, nil
	}
	if form, ok := err.(*clock.FormError); ok {
		return t, &Problem{pointer, form.Expected, form.Found}
	}
	return t, &Problem{pointer, "a time", err.Error()}
}

func checkActor(v *canon.Value) *Problem {
	switch {
	case v != nil && v.Kind == canon.String && v.Text != "":
		return nil
	case v == nil || v.Kind != canon.Object:
		return &Problem{"/actor", "the id of a user, or an object with type and id", found(v)}
	}
	if id := v.Get("id"); id == nil || id.Kind != canon.String || id.Text == "" {
		return &Problem{"/actor/id", "a non-empty string", found(id)}
	}
	return oneOf("/actor/type", v.Get("type"), false, actorTypes)
}

func checkResource(v *canon.Value) *Problem {
	switch {
	case v != nil && v.Kind == canon.String && v.Text != "":
		return nil
	case v == nil || v.Kind != canon.Object:
		return &Problem{"/resource", `a string such as "token/tok_1", or an object with type and id`, found(v)}
	}
	for _, key := range [...]string{"type", "id"} {
		if part := v.Get(key); part == nil || part.Kind != canon.String {
			return &Problem{"/resource/" + key, "a string", found(part)}
		}
	}
	return nil
}

// interner keeps one copy of texts that come again and again. It is bounded: a log of ever new texts does not fill memory.
type interner struct{ known map[string]string }

const (
	maxInterned     = 4096
	maxInternedSize = 256 // bytes
)

// of returns a copy of s that does not keep alive what s is a part of.
func (in *interner) of(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := in.known[s]; ok {
		return known
	}
	c := string([]byte(s))
	if len(c) > maxInternedSize {
		return c
	}
	if in.known == nil || len(in.known) >= maxInterned {
		in.known = map[string]string{}
	}
	in.known[c] = c
	return c
}
