package demo

import "time"

var gatewayDefects = []defect{watching, leakyRoute, oldTLS, endingCertificate, strangeProvider, undecided}

// watching is a gateway whose policy only watches.
func watching(o *organisation) []Defect {
	o.find("gateways", "gw_lab")["policy"].(record)["mode"] = "monitor"
	return []Defect{deviation("policy-coverage", "gateway", "gw_lab", "its policy only monitors")}
}

// firstRoute is the first route of a gateway, with rules of its own.
func (o *organisation) firstRoute(gateway string) record {
	return o.find("gateways", gateway)["routes"].([]record)[0]
}

func leakyRoute(o *organisation) []Defect {
	o.firstRoute("gw_ap_2")["rules"] = []record{{"id": "rule_pii", "kind": "pii", "action": "log"}, {"id": "rule_secret", "kind": "secret", "action": "block"}}
	return []Defect{deviation("dlp-rules", "gateway", "gw_ap_2", "personal data is only logged on its chat route")}
}

func oldTLS(o *organisation) []Defect {
	o.find("endpoints", "ep_gw_ap_1")["tls_version"] = "1.0"
	return []Defect{deviation("crypto", "endpoint", "ep_gw_ap_1", "it accepts TLS 1.0")}
}

func endingCertificate(o *organisation) []Defect {
	o.find("endpoints", "ep_gw_us_1")["certificate"].(record)["not_after"] = text(end.Add(9 * day))
	return []Defect{warning("crypto", "endpoint", "ep_gw_us_1", "its certificate ends in nine days")}
}

// strangeProvider was asked though it is in no register.
func strangeProvider(o *organisation) []Defect {
	e := o.asked(newDice(o.opt.Seed, "strange provider"), on(time.June, 20, 14, 5), "success", record{"decision": "allow", "rule": "default"})
	e.Details["provider"] = "bargain-models"
	return []Defect{deviation("provider-inventory", "event", e.ID, "the request went to a provider outside the register")}
}

// undecided are requests of which the log does not say enough.
func undecided(o *organisation) []Defect {
	d := newDice(o.opt.Seed, "undecided")
	ruleless := o.asked(d, on(time.June, 9, 8, 20), "success", record{"decision": "allow"})
	silent := o.asked(d, on(time.June, 26, 18, 47), "success", record{"decision": "redact", "rule": "rule_pii"})
	return []Defect{
		deviation("decision-logged", "event", ruleless.ID, "no rule is logged"),
		deviation("decision-logged", "event", silent.ID, "no reason is logged for what was taken out"),
	}
}
