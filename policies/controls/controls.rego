# METADATA
# title: From checks to controls
# description: >-
#   The verdict of each control of one framework (input.mapping) from the statuses of its checks (input.checks): the worst of
#   them. A repository refines a control with a rule of its own in this package, such as
#   `refine["CC6.1"] := {"status": "pass", "reasons": ["…"]} if …`.
package kt.controls

# Worst first. What is not applicable is left out, and what did not occur counts only where nothing else does.
_order := ["fail", "not_evaluable", "waived", "pass", "not_occurring", "not_applicable"]

# METADATA
# description: the verdict of each control, by its id
verdict[id] := _refined[id] if some id, _ in _refined

verdict[control.id] := {"status": _status(control), "reasons": _reasons(control)} if {
	some control in input.mapping.controls
	not _refined[control.id]
}

# What rules named refine say; the library itself has none, so they are looked up by their full name.
_refined[id] := verdict if some id, verdict in data.kt.controls.refine

_status(control) := "not_applicable" if not control.applicable

_status(control) := "manual" if {
	control.applicable
	count(control.checks) == 0
}

_status(control) := [status | some status in _order; status in _statuses(control)][0] if {
	control.applicable
	count(control.checks) > 0
}

# A check without a result has not been judged.
_statuses(control) := {object.get(input.checks, [link.id, "status"], "not_evaluable") | some link in control.checks}

_reasons(control) := [reason |
	control.applicable
	some link in control.checks
	status := object.get(input.checks, [link.id, "status"], "not_evaluable")
	status in {"fail", "not_evaluable", "waived"}
	reason := sprintf("%s: %s", [link.id, status])
]
