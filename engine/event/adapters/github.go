package adapters

import "strings"

// The audit log of a GitHub organisation or enterprise, as the REST API, a stream or an export gives it:
// https://docs.github.com/en/rest/orgs/orgs#get-the-audit-log-for-an-organization. Times are milliseconds since 1970; @timestamp is when it
// happened, created_at when it was recorded. The action is GitHub's own. It logs only what happened, so that success is implied, but for the
// actions whose own name says that something failed.
var _ = add(Adapter{
	Name:  "github",
	Title: "GitHub audit log",
	times: []timeField{at(milliseconds, "@timestamp"), at(milliseconds, "created_at")},
	fill:  github,
	plain: [][]string{{"@timestamp", "action", "_document_id"}, {"@timestamp", "action", "actor"}, {"created_at", "action", "_document_id"}},
})

func github(d *draft) {
	d.member("id", d.text("_document_id"))
	d.member("source", "github")
	d.arrived(at(milliseconds, "created_at"))
	d.member("tenant", or(d.text("org"), d.text("business")))
	d.member("correlation_id", d.text("request_id"))
	kind, actor := "user", d.text("actor")
	if isTrue(get(d.in, "actor_is_bot")) || strings.HasSuffix(actor, "[bot]") {
		kind = "service"
	}
	d.acted(kind, actor, "")
	d.ofActor("credential", d.text("hashed_token"))
	d.action = d.text("action")
	d.on(githubResource(d))
	if d.action != "" {
		d.took(githubOutcome(d.action))
	}
	d.from(get(d.in, "actor_ip"))
	d.note("user_agent", d.text("user_agent"))
}

// githubResource is the team of team.… actions, the user of those on a membership or an account, else the smallest of repository, team,
// user, organisation and enterprise that the entry names.
func githubResource(d *draft) (kind, id, name string) {
	noun, verb, _ := strings.Cut(d.action, ".")
	order := []string{"repo", "team", "user", "org", "business"}
	switch {
	case noun == "team":
		order = []string{"team", "repo", "user", "org", "business"}
	case noun == "user" || strings.HasSuffix(verb, "_member") || strings.HasSuffix(verb, "_collaborator"):
		order = []string{"user", "repo", "team", "org", "business"}
	}
	for _, kind := range order {
		if id := d.text(kind); id != "" {
			return kind, id, d.text("name")
		}
	}
	return "", "", ""
}

func githubOutcome(action string) string {
	_, verb, _ := strings.Cut(action, ".")
	if strings.HasPrefix(verb, "failed_") || strings.HasSuffix(verb, "failed") {
		return failure
	}
	return success
}
