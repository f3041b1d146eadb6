package kt.controls_test

import data.kt.controls

_mapping(checks) := {"framework": "f", "controls": [{
	"id": "C1", "applicable": true,
	"checks": [{"id": id, "covers": "full"} | some id in checks],
}]}

_verdict(statuses) := verdict.C1.status if {
	verdict := controls.verdict with input as {
		"mapping": _mapping(object.keys(statuses)),
		"checks": {id: {"id": id, "status": status} | some id, status in statuses},
	}
}

test_the_worst_check_decides if {
	_verdict({"a": "pass", "b": "fail", "c": "not_evaluable"}) == "fail"
	_verdict({"a": "pass", "b": "waived", "c": "not_evaluable"}) == "not_evaluable"
	_verdict({"a": "pass", "b": "waived"}) == "waived"
	_verdict({"a": "pass", "b": "pass"}) == "pass"
}

test_what_did_not_occur_counts_only_alone if {
	_verdict({"a": "pass", "b": "not_occurring"}) == "pass"
	_verdict({"a": "not_occurring"}) == "not_occurring"
	_verdict({"a": "not_occurring", "b": "not_applicable"}) == "not_occurring"
}

test_what_is_not_applicable_is_left_out if {
	_verdict({"a": "pass", "b": "not_applicable"}) == "pass"
	_verdict({"a": "not_applicable"}) == "not_applicable"
}

test_a_check_without_a_result_is_not_evaluable if {
	verdict := controls.verdict with input as {"mapping": _mapping({"a", "b"}), "checks": {"a": {"status": "pass"}}}
	verdict == {"C1": {"status": "not_evaluable", "reasons": ["b: not_evaluable"]}}
}

test_a_control_without_checks_is_manual if {
	_verdict({}) == "manual"
}

test_a_control_out_of_scope_is_not_applicable_whatever_its_checks if {
	mapping := {"controls": [{"id": "C1", "applicable": false, "checks": [{"id": "a"}]}]}
	verdict := controls.verdict with input as {"mapping": mapping, "checks": {"a": {"status": "fail"}}}
	verdict == {"C1": {"status": "not_applicable", "reasons": []}}
}

test_a_refinement_takes_the_place_of_the_worst if {
	verdict := controls.verdict with input as {"mapping": _mapping({"a"}), "checks": {"a": {"status": "fail"}}}
		with data.kt.controls.refine as {"C1": {"status": "pass"}}
	verdict == {"C1": {"status": "pass"}}
}
