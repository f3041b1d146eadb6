package demo

import "time"

var accessDefects = []defect{slowDeparture, ungrantedRole, passwordOnly, strangeActor}

// slowDeparture took four days to remove someone's access.
func slowDeparture(o *organisation) []Defect {
	left := on(time.June, 11, 16, 0)
	o.add("users", record{"id": "usr_90", "name": "Ravi Ostrow", "type": "human", "status": "departed", "email": "ravi.ostrow@example.com", "roles": []string{}, "mfa": true,
		"sso": true, "shared": false, "manager": o.staff.leads["data"], "created_at": text(on(time.March, 2, 9, 0).Add(-365 * day)), "systems": []string{"lab"},
		"departed_at": text(left), "access_removed_at": text(left.Add(4*day + 3*time.Hour)), "last_login_at": text(left.Add(-2 * time.Hour))})
	return []Defect{deviation("user-deprovision", "user", "usr_90", "access was removed four days after the departure")}
}

// ungrantedRole is held by a user without a grant.
func ungrantedRole(o *organisation) []Defect {
	id := o.staff.members[5]
	o.find("users", id)["roles"] = []string{"developer", "gateway-admin"}
	o.find("roles", "gateway-admin")["max_holders"] = 5
	return []Defect{deviation("privileged-roles", "user", id, "holds a privileged role that nobody granted")}
}

func passwordOnly(o *organisation) []Defect {
	id := o.staff.members[7]
	u := o.find("users", id)
	u["mfa"], u["sso"] = false, false
	return []Defect{deviation("strong-auth", "user", id, "signs in with a password alone")}
}

// strangeActor acted, and nobody knows who it is.
func strangeActor(o *organisation) []Defect {
	e := o.tell(on(time.June, 21, 3, 14), "console", user("usr_ghost"), "gateway.update", identity{"gateway", "gw_lab"}, record{"after": record{"name": "gw-lab"}})
	return []Defect{deviation("accountable-actor", "event", e.ID, "the actor is no user of the organisation")}
}
