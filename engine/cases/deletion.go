package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
)

// deletionTest takes each field of each deviating subject's record, and each list that the check reads, out of a failing case in turn:
// the subject must still deviate or be unknown, or the check not be evaluable.
func (t *task) deletionTest(ctx context.Context, base *posture.Check) error {
	excuses := map[string]*excuse{}
	for name := range t.Deletable {
		excuses[name] = &excuse{}
	}
	if base.Status == check.Fail {
		subjects, err := deviating(base)
		if err != nil {
			return err
		}
		if err := t.lists(ctx, base, subjects); err != nil {
			return err
		}
		for _, s := range subjects {
			if err := t.fields(ctx, base, s, excuses); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(excuses)) {
		t.judge(name, excuses[name], base)
	}
	return nil
}

// excuse is an entry of deletable and what it was good for.
type excuse struct {
	matched, needed bool
}

// judge refuses an excuse that excuses nothing: documentation prints it, and it must be true.
func (t *task) judge(name string, e *excuse, base *posture.Check) {
	var message string
	switch {
	case e.needed:
		return
	case base.Status != check.Fail:
		message = fmt.Sprintf("deletable names %s, but the case has no deviation whose fields could be deleted; remove the entry", name)
	case !e.matched:
		message = fmt.Sprintf("deletable names %s, which no record of a deviating subject has; correct the name, or remove the entry", name)
	default:
		message = fmt.Sprintf("deletable names %s, but without it the subject still deviates or is unknown; remove the entry", name)
	}
	line, _ := t.doc.Position(t.pointer + "/deletable/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	t.fail(Failure{Kind: KindExcuse, Line: line, Field: name, Message: message})
}

// lists takes each list that the check reads out of the snapshot.
func (t *task) lists(ctx context.Context, base *posture.Check, subjects []subject) error {
	for _, list := range t.check.Lists {
		if t.Snapshot == nil || t.Snapshot.Get(list) == nil {
			continue
		}
		reduced := without(*t.Snapshot, trail{{key: list}})
		one := *t.Case
		one.Snapshot = &reduced
		t.deletions++
		found, err := t.evaluate(ctx, &one, nil)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue // refused: nothing passes
		}
		for _, s := range subjects {
			if !caught(base, found, s) {
				t.vanished(s, "the list "+list, list, found)
			}
		}
	}
	return nil
}

// fields takes each field out of what the case says about one subject.
func (t *task) fields(ctx context.Context, base *posture.Check, s subject, excuses map[string]*excuse) error {
	var lists []string
	for i := range t.snapshotMembers() {
		lists = append(lists, t.Snapshot.Members[i].Key)
	}
	records, known := t.records(s, append(lists, t.check.Lists...))
	if len(records) == 0 && (!known || t.check.Reads == policy.ReadsSnapshot && !t.check.ReadsLog) {
		t.fail(Failure{Kind: KindDeletion, Subject: s.name(), Message: fmt.Sprintf(
			"nothing in the snapshot is the record of %s: a subject's type is the singular of its list and its id the id of the item, so that the deletion test finds it", s.name())})
		return nil
	}
	for _, r := range records {
		for _, path := range fields(r.value, nil, r.keep) {
			if err := t.field(ctx, base, s, r, path, excuses); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *task) snapshotMembers() int {
	if t.Snapshot == nil {
		return 0
	}
	return len(t.Snapshot.Members)
}

func (t *task) field(ctx context.Context, base *posture.Check, s subject, r record, path trail, excuses map[string]*excuse) error {
	one := r.reduce(*t.Case, path)
	t.deletions++
	found, err := t.evaluate(ctx, &one, nil)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	ok := err != nil || caught(base, found, s) // bad input is refused: nothing passes
	excused := false
	for name, e := range excuses {
		if path.excusedBy(name) {
			e.matched, excused = true, true
			e.needed = e.needed || !ok
		}
	}
	switch {
	case ok:
	case excused:
		t.excused++
	default:
		t.vanished(s, path.String()+" of "+r.name, path.dotted(), found)
	}
	return nil
}

func (t *task) vanished(s subject, what, field string, found *posture.Check) {
	got := verdict(found)
	t.fail(Failure{Kind: KindDeletion, Subject: s.name(), Field: field, Found: &got, Message: fmt.Sprintf(
		"without %s the deviation of %s vanishes unseen (status %s, deviations %s, unknown %s): give the check an unknown rule for it, or say under deletable what its absence means",
		what, s.name(), got.Status, shown(got.Deviations), shown(got.Unknown))})
}

// caught says whether a subject that deviated does not get away: it still deviates, it is unknown, or the check says for a reason that the whole
// case did not have that it cannot judge.
func caught(base, found *posture.Check, s subject) bool {
	for _, f := range found.Deviations {
		if string(f.Subject) == s.key {
			return true
		}
	}
	for _, f := range found.Unknown {
		if f.Type == s.kind && f.ID == s.id {
			return true
		}
	}
	if found.Status != check.NotEvaluable {
		return false
	}
	for _, reason := range found.Reasons {
		if !slices.Contains(base.Reasons, reason) && !strings.HasSuffix(reason, "subjects could not be judged") {
			return true
		}
	}
	return slices.ContainsFunc(found.Unknown, func(f posture.Finding) bool {
		return !slices.ContainsFunc(base.Unknown, func(o posture.Finding) bool { return string(o.Subject) == string(f.Subject) })
	})
}
