# METADATA
# title: The audit log holds every event of every source
# description: >-
#   For every source of events, the numbers of its events must run without a gap, no number or id may stand for two different events,
#   and the log must hold exactly as many events as the source says it emitted in the period. A source that gives no
#   count or no sign of life after the period is unknown, for silence looks like calm. A single missing number is a gap.
# schemas:
#   - input.snapshot: schema.snapshot
#   - input.log: schema.log
# custom:
#   id: log-complete
#   severity: critical
#   nature: operating
#   reads: snapshot
#   evidence: [sources of the configuration snapshot, statistics of the audit log]
package kt.checks.log_complete

import data.kt.lib.clock

population contains _subject(id) if some id in _ids

deviation contains {"subject": _subject(id), "reason": reason, "gaps": _gaps(id)} if {
	some id in _ids
	faults := union({_missing(id), _conflicting(id), _miscounted(id), _unnamed(id)})
	count(faults) > 0
	reason := sprintf("%s.", [concat("; ", faults)])
}

unknown contains {"subject": _subject(id), "reason": reason} if {
	some id in _ids
	doubts := union({_unsequenced(id), _uncounted(id), _silent(id), _refused})
	count(doubts) > 0
	reason := sprintf("%s.", [concat("; ", doubts)])
}

_missing(id) := {sprintf("Events are missing (gaps in the numbers: %d, first %s): fetch them from the source", [gaps, concat(", ", first)]) |
	gaps := sum([run.gap_count | some run in _runs[id]])
	gaps > 0
	first := [_range(gap) | some gap in array.slice(_gaps(id), 0, 5)]
}

_conflicting(id) := {sprintf("Different events claim the same number or id (%d times): find out which is true", [conflicts]) |
	conflicts := sum([run.conflict_count | some run in _runs[id]])
	conflicts > 0
}

_miscounted(id) := {sprintf("The source counted %d events, and the log holds %d: find the difference", [emitted, _events(id)]) |
	some emitted in _emitted[id]
	emitted != _events(id)
}

_unnamed(id) := {"The snapshot's sources do not name it: name it with its counts, or find out who writes in its name" |
	id != "-"
	not _sources[id]
}

_unsequenced(id) := {"It has events without source or number, which cannot be seen to be all: have each event numbered" |
	some run in _runs[id]
	_loose(run)
}

_uncounted(id) := {"It gives no count of its events for the period: record events_emitted" | count(_emitted[id]) == 0}

_silent(id) := {"It gave no sign of life after the period: record its heartbeat_at" |
	_sources[id]
	not _alive(id)
}

_refused := {"Lines of the log were refused, and may have been its: mend them and import them again" | input.log.refused > 0}

_loose(run) if run.id == "-"

_loose(run) if run.unsequenced > 0

_alive(id) if clock.instant(_sources[id].heartbeat_at) >= clock.close

_events(id) := sum([run.events | some run in _runs[id]])

_gaps(id) := [{"epoch": run.epoch, "from": gap.from, "to": gap.to} | some run in _runs[id]; some gap in run.gaps]

_range(gap) := sprintf("%d-%d", [gap.from, gap.to]) if {
	gap.epoch == ""
} else := sprintf("%d-%d of run %s", [gap.from, gap.to, gap.epoch])

_ids := {s.id | some s in input.snapshot.sources} | {run.id | some run in input.log.sources}

_sources := {s.id: s | some s in input.snapshot.sources}

_runs := {id: runs |
	some id in _ids
	runs := [run | some run in input.log.sources; run.id == id]
}

# The counts that each source gives for exactly the period: of all its events, or in parts that adjoin.
_emitted := {s.id: union({{s.events_emitted | _spans(s)}, {total | total := sum(_parts(s))}}) | some s in input.snapshot.sources}

_spans(s) if not s.counted

_spans(s) if {
	clock.instant(s.counted.from) == clock.from
	clock.instant(s.counted.to) in {clock.to, clock.close}
}

_parts(s) := [part[2] | some part in parts] if {
	parts := sort([[clock.instant(c.from), clock.instant(c.to), c.events] | some c in s.counters])
	starts := [part[0] | some part in parts]
	ends := [part[1] | some part in parts]
	count(parts) == count(s.counters)
	every part in parts { part[0] < part[1] }
	array.slice(starts, 1, count(starts)) == array.slice(ends, 0, count(ends) - 1)
	starts[0] == clock.from
	ends[count(ends) - 1] in {clock.to, clock.close}
}

_subject(id) := {"type": "source", "id": id}
