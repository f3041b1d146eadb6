# METADATA
# title: Data is deleted when its time is over, and only then
# description: >-
#   No class of records may hold any that is older than its configured retention plus a little grace, unless it is under a
#   legal hold; and every deletion run of the period must have completed, found its sample of deleted records gone, and
#   spared what is under a hold. A retention setting alone deletes nothing.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: deletion-executed
#   severity: medium
#   nature: operating
#   reads: snapshot
#   evidence: [retention and deletion_runs of the configuration snapshot, the queries for deleted records]
package kt.checks.deletion_executed

import data.kt.lib.clock
import data.kt.thresholds

population contains _class(r) if {
	some r in input.snapshot.retention
	not r.legal_hold
}

population contains _run(d) if {
	some d in input.snapshot.deletion_runs
	_in_period(d)
}

deviation contains {"subject": _class(r), "reason": reason} if {
	some r in input.snapshot.retention
	not r.legal_hold
	_overdue(r) >= clock.duration(thresholds.deletion_executed.fail)
	reason := sprintf("Its oldest record outstays its retention of %s by %s: run the deletion.", [r.configured, clock.words(_overdue(r))])
}

deviation contains {"subject": _run(d), "at": d.ran_at, "reason": reason} if {
	some d in input.snapshot.deletion_runs
	_in_period(d)
	reason := _fault(d)
}

warning contains {"subject": _class(r), "reason": reason} if {
	some r in input.snapshot.retention
	not r.legal_hold
	_overdue(r) >= clock.duration(thresholds.deletion_executed.warn)
	reason := sprintf("Its oldest record outstays its retention by %s: see whether the deletion runs.", [clock.words(_overdue(r))])
}

unknown contains {"subject": _class(r), "reason": reason} if {
	some r in input.snapshot.retention
	not r.legal_hold
	some field in ["configured", "oldest_event_at"]
	not r[field]
	reason := sprintf("It has no %s, so nothing says what had to be deleted: record it.", [field])
}

unknown contains {"subject": _class(r), "reason": "Its oldest_event_at is in the future: correct it."} if {
	some r in input.snapshot.retention
	not r.legal_hold
	clock.instant(r.oldest_event_at) > clock.now
}

unknown contains {"subject": _run(d), "reason": _doubt(d)} if some d in input.snapshot.deletion_runs

_fault(d) := sprintf("It ended as %s: run it again.", [d.result]) if {
	d.result != "completed"
} else := "No deleted record was looked for afterwards: sample some, and look." if {
	d.sampled == 0
} else := sprintf("%d of %d sampled records were still there: delete them, and see why they stayed.", [d.sampled - d.absent, d.sampled]) if {
	d.absent < d.sampled
} else := "It deleted records that are under a legal hold: tell the counsel, and restore them if possible." if {
	d.holds_respected == false
}

_doubt(d) := "It has no ran_at: record when it ran." if {
	not d.ran_at
} else := "It ran in the future: correct its time." if {
	clock.instant(d.ran_at) > clock.now
} else := sprintf("It has no %s: record it.", [concat(", ", _missing(d))]) if {
	_in_period(d)
	count(_missing(d)) > 0
} else := "It names no class of the snapshot's retention: correct its class." if {
	_in_period(d)
	not d.class in _classes
} else := "It found more sampled records gone than it sampled: correct the counts." if {
	_in_period(d)
	d.absent > d.sampled
}

_missing(d) := [field |
	some field in ["class", "result", "sampled", "absent", "holds_respected"]
	object.get(d, field, "") == ""
]

_overdue(r) := (clock.now - clock.instant(r.oldest_event_at)) - clock.duration(r.configured)

_in_period(d) if {
	at := clock.instant(d.ran_at)
	at >= clock.from
	at < clock.close
}

_classes := {r.id | some r in input.snapshot.retention}

_class(r) := {"type": "retention", "id": r.id}

_run(d) := {"type": "deletion_run", "id": d.id}
