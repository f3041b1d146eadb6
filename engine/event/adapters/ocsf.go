package adapters

import (
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// OCSF, the Open Cybersecurity Schema Framework: https://schema.ocsf.io. time and logged_time are milliseconds since 1970. The action is
// the class and the activity, entity_management.delete: by their numbers where these are known here, so that it does not depend on how a
// producer spells them, else by their names. Who acts is actor.user, an application, or, where someone signs in, user itself.
var _ = add(Adapter{
	Name:  "ocsf",
	Title: "OCSF events",
	times: []timeField{at(milliseconds, "time"), at(written, "time_dt")},
	fill:  ocsf,
	plain: [][]string{{"class_uid", "activity_id"}, {"class_uid", "metadata"}, {"category_uid", "type_uid"}},
})

// ocsfClass is a class with its activities, from number 1.
type ocsfClass struct {
	name       string
	activities []string
}

var ocsfClasses = map[string]ocsfClass{
	"3001": {"account_change", []string{"create", "enable", "password_change", "password_reset", "disable", "delete", "attach_policy", "detach_policy", "lock", "mfa_factor_enable", "mfa_factor_disable"}},
	"3002": {"authentication", []string{"logon", "logoff", "authentication_ticket", "service_ticket_request", "service_ticket_renew"}},
	"3003": {"authorize_session", []string{"assign_privileges", "assign_groups"}},
	"3004": {"entity_management", []string{"create", "read", "update", "delete"}},
	"3005": {"user_access", []string{"assign_privileges", "revoke_privileges"}},
	"3006": {"group_management", []string{"assign_privileges", "revoke_privileges", "add_user", "remove_user"}},
	"6003": {"api_activity", []string{"create", "read", "update", "delete"}},
}

func ocsf(d *draft) {
	d.member("id", d.text("metadata", "uid"))
	d.member("source", or(d.text("metadata", "product", "name"), "ocsf"))
	d.arrived(at(milliseconds, "metadata", "logged_time"), at(written, "metadata", "logged_time_dt"))
	d.member("tenant", or(d.text("metadata", "tenant_uid"), d.text("cloud", "account", "uid")))
	d.member("correlation_id", d.text("metadata", "correlation_uid"))
	class := d.text("class_uid")
	d.action = ocsfAction(d, class)
	ocsfActor(d, class)
	ocsfResource(d, class)
	d.ended(ocsfOutcome(d))
	d.from(pick(get(d.in, "src_endpoint", "ip"), get(d.in, "src_endpoint", "hostname"), get(d.in, "src_endpoint", "domain")))
	d.note("operation", d.text("api", "operation"))
	d.note("reason", or(d.text("status_detail"), d.text("status_code")))
	d.note("user_agent", d.text("http_request", "user_agent"))
	if mfa := get(d.in, "is_mfa"); mfa != nil && mfa.Kind == canon.Bool {
		d.detail("mfa", mfa)
	}
	d.detail("before", onlyObject(get(d.in, "entity", "data")))
	d.detail("after", onlyObject(get(d.in, "entity_result", "data")))
}

func ocsfAction(d *draft, class string) string {
	known := ocsfClasses[class]
	number := d.text("activity_id")
	noun, verb := known.name, ""
	if len(number) <= 2 { // of up to 99
		if i := slices.Index(ocsfNumbers[:], number); i >= 0 && i < len(known.activities) {
			verb = known.activities[i]
		}
	}
	if noun = or(noun, snake(d.text("class_name"))); noun == "" && class != "" {
		noun = "class_" + class
	}
	if verb = or(verb, snake(d.text("activity_name")), snake(d.text("activity"))); verb == "" && number != "" {
		verb = "activity_" + number
	}
	if noun == "" || verb == "" {
		return ""
	}
	return noun + "." + verb
}

// ocsfNumbers are activities' numbers from 1.
var ocsfNumbers = [...]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}

func ocsfActor(d *draft, class string) {
	user := onlyObject(get(d.in, "actor", "user"))
	if user == nil && (class == "3002" || class == "3003") {
		user = onlyObject(get(d.in, "user"))
	}
	if user != nil {
		id := or(plainText(user.Get("uid")), plainText(user.Get("email_addr")), plainText(user.Get("name")))
		d.acted(ocsfKind(user), id, plainText(user.Get("name")))
		d.ofActor("email", plainText(user.Get("email_addr")))
		d.ofActor("credential", plainText(user.Get("credential_uid")))
	}
	if d.actor == nil {
		d.acted("service", or(d.text("actor", "app_uid"), d.text("actor", "app_name"), d.text("actor", "invoked_by")), d.text("actor", "app_name"))
	}
}

// ocsfKind: type_id 1 is a user, 2 an administrator, 3 the system, 4 a service.
func ocsfKind(user *canon.Value) string {
	switch plainText(user.Get("type_id")) {
	case "3":
		return "system"
	case "4":
		return "service"
	}
	return "user"
}

func ocsfResource(d *draft, class string) {
	kind, v := "", first(get(d.in, "resources"))
	switch {
	case v != nil:
	case get(d.in, "entity") != nil:
		v = get(d.in, "entity")
	case class == "3006":
		kind, v = "group", get(d.in, "group")
	case class == "3001" || class == "3005":
		kind, v = "user", get(d.in, "user")
	case class == "3002":
		if kind, v = "service", get(d.in, "service"); v == nil {
			kind, v = "endpoint", get(d.in, "dst_endpoint")
		}
	}
	if v = onlyObject(v); v == nil {
		return
	}
	name := plainText(v.Get("name"))
	id := or(plainText(v.Get("uid")), plainText(v.Get("email_addr")), name, plainText(v.Get("hostname")), plainText(v.Get("ip")))
	if kind == "" {
		kind = plainText(v.Get("type"))
	}
	if id != "" {
		d.on(kind, id, name)
	}
}

// ocsfOutcome: status_id 1 is success, 2 failure, and action_id 2 a refusal by a control.
func ocsfOutcome(d *draft) string {
	if d.text("action_id") == "2" {
		return denied
	}
	switch status := d.text("status_id"); {
	case status == "1":
		return success
	case status == "2":
		return failure
	case status != "":
		return unknown
	}
	switch strings.ToLower(d.text("status")) {
	case "success":
		return success
	case "failure":
		return failure
	}
	return ""
}
