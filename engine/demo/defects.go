package demo

import "slices"

// defects plant what is wrong with the demo organisation, each with what must be found because of it. Most of the organisation
// stays good, and some checks pass: access reviews, separated duties, failover, incidents, deletion and others have no defect.
var defects = slices.Concat(keyDefects, accessDefects, gatewayDefects, logDefects, responseDefects)

// defect plants one thing and says what must be found.
type defect = func(*organisation) []Defect

func deviation(check, kind, id, why string) Defect {
	return Defect{Check: check, Sort: "deviation", Subject: &Subject{kind, id}, Why: why}
}

func warning(check, kind, id, why string) Defect {
	return Defect{Check: check, Sort: "warning", Subject: &Subject{kind, id}, Why: why}
}

func unknown(check, kind, id, why string) Defect {
	return Defect{Check: check, Sort: "unknown", Subject: &Subject{kind, id}, Why: why}
}

func notEvaluable(check, why string) Defect {
	return Defect{Check: check, Sort: "not_evaluable", Why: why}
}
