package demo

import (
	"fmt"
	"strings"
	"time"
)

// staff is who works at the organisation, by what the rest of the story needs them for.
type staff struct {
	holders  map[string][]string // of each role, those who stay throughout
	leads    map[string]string   // of each team
	services map[string][]string // of each team
	members  []string            // developers who stay throughout
}

// holder is one of those who hold a role.
func (s *staff) holder(role string, n int) string { return s.holders[role][n%len(s.holders[role])] }

var teams = []string{"payments", "support", "search", "risk", "mobile", "data", "research", "platform"}

// posts are the humans' roles, in the order of their ids. Team leads come after them, then developers.
var posts = []struct {
	role       string
	holders    int
	privileged bool
}{
	{"admin", 2, true}, {"gateway-admin", 2, true}, {"audit-admin", 2, true}, {"policy-author", 3, false},
	{"policy-approver", 2, true}, {"access-requester", 2, false}, {"access-approver", 2, true},
	{"escalation-reviewer", 3, false}, {"compliance", 2, false}, {"auditor", 1, false},
}

const developers = 10

var (
	givenNames = strings.Fields("Ada Bela Cora Dana Edi Femi Gita Hana Ines Jonas Kofi Lena Milo Nora Omar Pia Quinn Rosa Samir Tove Uma Vito Wren Xenia Yara Zeno Anouk Bram Chidi Dina Elif Frida Goran Hugo Ilse Jara Kenji Lior Mei Nils Olga Paz")
	surnames   = strings.Fields("Abara Berg Castell Dahl Eriksen Fontaine Grau Hale Ivers Jansen Keller Lund Moreau Novak Okafor Petrov Quist Rossi Sato Tamm Ueda Varga Weiss Xu Yilmaz Zeller Ames Brandt Cole Doyle Ekwueme Farkas Groen Holm Ito Jung Kaya Lindt Mbeki Nagy Orsini Popa")
)

// addStaff adds teams, roles, users with their services, and who came and went.
func (o *organisation) addStaff() {
	o.staff = staff{holders: map[string][]string{}, leads: map[string]string{}, services: map[string][]string{}}
	d := newDice(o.opt.Seed, "staff")
	given, family := d.Perm(len(givenNames)), d.Perm(len(surnames))
	human := func(roles ...string) record {
		n := len(o.lists["users"])
		first, last := givenNames[given[n%len(given)]], surnames[family[(n+n/len(given))%len(family)]]
		u := record{"id": fmt.Sprintf("usr_%02d", n+1), "name": first + " " + last, "type": "human", "status": "active",
			"email": strings.ToLower(first+"."+last) + "@example.com", "roles": roles, "mfa": true, "sso": true, "shared": false,
			"created_at": text(d.between(begin.Add(-900*day), begin.Add(-60*day))), "last_login_at": text(d.between(end.Add(-6*day), end)),
			"systems": []string{"platform", "gateways"}}
		o.add("users", u)
		return u
	}
	for _, post := range posts {
		o.add("roles", record{"id": post.role, "name": strings.ReplaceAll(post.role, "-", " "), "privileged": post.privileged, "max_holders": post.holders + 1})
		for range post.holders {
			u := human(post.role)
			o.staff.holders[post.role] = append(o.staff.holders[post.role], u["id"].(string))
		}
	}
	o.add("roles", record{"id": "lead", "name": "lead", "privileged": false}, record{"id": "developer", "name": "developer", "privileged": false})
	for _, team := range teams {
		lead := human("lead", "developer")
		o.staff.leads[team] = lead["id"].(string)
		o.add("teams", record{"id": "team_" + team, "name": strings.ToUpper(team[:1]) + team[1:], "status": "active", "owner": lead["id"]})
	}
	for n := range developers {
		u := human("developer")
		u["manager"] = o.staff.leads[teams[n%len(teams)]]
		o.staff.members = append(o.staff.members, u["id"].(string))
	}
	for _, u := range o.lists["users"] {
		if u["manager"] == nil {
			u["manager"] = o.staff.holder("admin", 0)
		}
	}
	o.find("users", o.staff.holder("admin", 0))["manager"] = o.staff.holder("admin", 1)
	o.addJoiners(human)
	o.addLeavers(human)
	for _, team := range teams {
		for _, kind := range []string{"api", "job"} {
			id := "svc_" + team + "_" + kind
			o.staff.services[team] = append(o.staff.services[team], id)
			o.add("users", record{"id": id, "name": team + " " + kind, "type": "service", "status": "active", "roles": []string{},
				"owner": o.staff.leads[team], "systems": []string{"gateways"}})
		}
	}
	o.addGrants(d)
	o.addReviews(d)
	o.addLogins(d)
}

// approval is what an approved event carries.
func (o *organisation) approval(requested, approved string, at time.Time) record {
	return record{"id": fmt.Sprintf("REQ-%d", 1000+len(o.story)), "requested_by": requested, "approved_by": approved, "approved_at": text(at)}
}

// addJoiners tells of those who came: a request, the lead's approval, an account.
func (o *organisation) addJoiners(human func(...string) record) {
	for n, joined := range []time.Time{on(time.May, 11, 8, 40), on(time.June, 8, 9, 5), on(time.June, 15, 8, 50)} {
		lead := o.staff.leads[teams[n]]
		u := human("developer")
		u["manager"], u["created_at"] = lead, text(joined)
		approval := o.approval(o.staff.holder("access-requester", n), lead, joined.Add(-20*time.Hour))
		approval["roles"] = []string{"developer"}
		o.tell(joined, "idp", user(o.staff.holder("access-approver", n)), "user.create", identity{"user", u["id"].(string)},
			record{"roles": []string{"developer"}, "approval": approval})
	}
}

// addLeavers tells of those who left: their access was gone within hours.
func (o *organisation) addLeavers(human func(...string) record) {
	for n, left := range []time.Time{on(time.May, 22, 16, 0), on(time.June, 5, 15, 30), on(time.June, 19, 16, 0)} {
		u := human("developer")
		id := u["id"].(string)
		u["manager"] = o.staff.leads[teams[n+3]]
		u["status"], u["departed_at"], u["access_removed_at"] = "departed", text(left), text(left.Add(2*time.Hour))
		u["last_login_at"], u["roles"] = text(left.Add(-3*time.Hour)), []string{}
		o.tell(left.Add(2*time.Hour), "idp", user(o.staff.holder("admin", n)), "user.suspend", identity{"user", id},
			record{"reason": "left the organisation", "before": record{"status": "active"}, "after": record{"status": "departed"}})
	}
}

// addGrants records the grants of privileged roles. The last of them came about in the period.
func (o *organisation) addGrants(d dice) {
	for _, post := range posts {
		for n, id := range o.staff.holders[post.role] {
			if !post.privileged {
				continue
			}
			approver := o.staff.holder("admin", 0)
			if id == approver {
				approver = o.staff.holder("admin", 1)
			}
			at := d.between(begin.Add(-300*day), begin.Add(-60*day))
			o.add("grants", record{"id": fmt.Sprintf("grant_%s_%d", post.role, n+1), "user": id, "role": post.role, "granted_at": text(at),
				"requested_by": o.staff.holder("access-requester", n), "approved_by": approver, "approved_at": text(at.Add(-26 * time.Hour)),
				"justification": "holds the post of " + post.role})
		}
	}
	helper, at := o.staff.members[0], on(time.June, 10, 10, 0)
	o.find("users", helper)["roles"] = []string{"developer", "gateway-admin"}
	o.add("grants", record{"id": "grant_helper", "user": helper, "role": "gateway-admin", "granted_at": text(at),
		"requested_by": o.staff.holder("access-requester", 0), "approved_by": o.staff.holder("access-approver", 0), "approved_at": text(at.Add(-3 * time.Hour)),
		"justification": "stands in for a gateway administrator on leave", "expires_at": text(end.Add(20 * day))})
	approval := o.approval(o.staff.holder("access-requester", 0), o.staff.holder("access-approver", 0), at.Add(-3*time.Hour))
	approval["roles"] = []string{"gateway-admin"}
	o.tell(at, "console", user(o.staff.holder("admin", 1)), "role.grant", identity{"user", helper}, record{"role": "gateway-admin", "approval": approval})
}

// addReviews records the quarterly access reviews of both systems: the auditor reviews everyone else, and is reviewed in turn.
func (o *organisation) addReviews(d dice) {
	auditor := o.staff.holder("auditor", 0)
	var others []string
	for _, u := range o.lists["users"] {
		if u["id"] != auditor {
			others = append(others, u["id"].(string))
		}
	}
	for _, system := range []string{"platform", "gateways"} {
		for n, due := range []time.Time{on(time.March, 31, 0, 0), on(time.June, 26, 0, 0)} {
			done := due.Add(-d.lasting(2*day, 5*day))
			id, review := fmt.Sprintf("rev_%s_%d", system, n+1), func(id, reviewer string, covers []string) record {
				return record{"id": id, "system": system, "due_at": text(due), "completed_at": text(done), "reviewer": reviewer, "covers": covers, "removals": []record{}}
			}
			all := review(id, auditor, others)
			all["removals"] = []record{{"id": o.staff.members[2+n], "decided_at": text(done), "executed_at": text(done.Add(30 * time.Hour))}}
			o.add("access_reviews", all, review(id+"_auditor", o.staff.holder("compliance", 0), []string{auditor}))
		}
	}
}

// addLogins tells of people signing in through the identity provider.
func (o *organisation) addLogins(d dice) {
	for _, id := range append(o.staff.members[:len(o.staff.members):len(o.staff.members)], o.staff.holders["admin"]...) {
		for range 2 {
			o.tell(d.between(begin, end.Add(-6*day)), "idp", user(id), "user.login", identity{"user", id}, record{"method": "sso", "mfa": true})
		}
	}
}
