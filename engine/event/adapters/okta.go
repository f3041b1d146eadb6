package adapters

// Okta's System Log, as lines or an array: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/. The action is
// eventType as it is. ALLOW and DENY are decisions of a policy; CHALLENGE and SKIPPED say that something else decides.
var _ = add(Adapter{
	Name:  "okta",
	Title: "Okta System Log",
	times: []timeField{at(written, "published")},
	fill:  okta,
	plain: [][]string{{"eventType", "published", "uuid"}},
})

var oktaOutcomes = map[string]string{
	"SUCCESS": success, "ALLOW": success, "FAILURE": failure, "DENY": denied, "CHALLENGE": unknown, "SKIPPED": unknown, "UNKNOWN": unknown,
}

func okta(d *draft) {
	d.member("id", d.text("uuid"))
	d.member("source", "okta")
	d.member("correlation_id", or(d.text("transaction", "id"), d.text("authenticationContext", "rootSessionId")))
	d.action = d.text("eventType")
	kind := "service" // an application, an API token, a client
	switch d.text("actor", "type") {
	case "User", "":
		kind = "user"
	case "SystemPrincipal":
		kind = "system"
	}
	d.acted(kind, or(d.text("actor", "id"), d.text("actor", "alternateId")), d.text("actor", "displayName"))
	if login := d.text("actor", "alternateId"); login != unknown {
		d.ofActor("login", login)
	}
	if target := first(get(d.in, "target")); target != nil {
		d.on(snake(plainText(target.Get("type"))), or(plainText(target.Get("id")), plainText(target.Get("alternateId"))), plainText(target.Get("displayName")))
		d.detail("before", onlyObject(get(target, "changeDetails", "from")))
		d.detail("after", onlyObject(get(target, "changeDetails", "to")))
	}
	if result := d.text("outcome", "result"); result != "" {
		d.ended(or(oktaOutcomes[result], unknown))
	}
	d.note("reason", d.text("outcome", "reason"))
	d.from(get(d.in, "client", "ipAddress"))
	d.note("user_agent", d.text("client", "userAgent", "rawUserAgent"))
}
