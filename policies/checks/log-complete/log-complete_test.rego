package kt.checks.log_complete_test

import data.kt.checks.log_complete

_source := {"id": "console", "heartbeat_at": "2026-06-30T00:00:00Z", "events_emitted": 1}

_run := {
	"id": "console", "epoch": "", "events": 1, "first_sequence": 1, "last_sequence": 1,
	"first_at": "2026-06-02T00:00:00Z", "last_at": "2026-06-02T00:00:00Z",
	"conflicts": [], "conflict_count": 0, "gaps": [], "gap_count": 0, "unsequenced": 0,
}

_input(source, run, refused) := {
	"as_of": "2026-06-30T00:00:00Z",
	"period": {"from": "2026-06-01T00:00:00Z", "to": "2026-06-30T00:00:00Z"},
	"snapshot": {"captured_at": "2026-06-30T00:00:00Z", "sources": [source]},
	"log": {"events": 1, "refused": refused, "sources": [run]},
}

test_a_log_without_refused_lines_is_complete if {
	doc := _input(_source, _run, 0)
	count(log_complete.deviation) == 0 with input as doc
	count(log_complete.unknown) == 0 with input as doc
}

test_one_refused_line_makes_every_source_unknown if {
	doc := _input(object.union(_source, {"id": "gateway"}), _run, 1)
	{u.subject.id | some u in log_complete.unknown} == {"console", "gateway"} with input as doc
}

test_every_count_of_the_period_must_agree if {
	counters := [{"from": "2026-06-01T00:00:00Z", "to": "2026-06-30T00:00:00Z", "events": 2}]
	doc := _input(object.union(_source, {"counters": counters}), _run, 0)
	{d.subject.id | some d in log_complete.deviation} == {"console"} with input as doc
}

test_more_gaps_than_are_listed_are_still_counted if {
	run := object.union(_run, {"gaps": [{"from": 2, "to": 2}], "gap_count": 1001})
	some d in log_complete.deviation with input as _input(_source, run, 0)
	d.gaps == [{"epoch": "", "from": 2, "to": 2}]
	contains(d.reason, "1001")
}
