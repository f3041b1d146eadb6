package kt.controls

_order := ["fail", "not_evaluable", "waived", "pass", "not_occurring"]

verdict[control.id] := {"status": status, "reasons": []} if {
	some control in input.mapping.controls
	statuses := {input.checks[link.id].status | some link in control.checks}
	status := [s | some s in _order; s in statuses][0]
}
