package auditlog

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// RetainOptions says which events have expired. A class is a name, for people and for the tombstones, with the instant before which its
// events have: the log is not divided by class, for only whole segments can go.
type RetainOptions struct {
	Class  string
	Before time.Time
	Reason string
	By     string // who decides
	DryRun bool   // plan only
}

// RetainPlan is what retention does, or would.
type RetainPlan struct {
	Drop []Expired `json:"drop"`
	Held []Expired `json:"held"` // expired, and kept for a hold
	Kept int       `json:"kept"` // segments with an event that has not expired
}

// Expired is a segment all of whose events have expired.
type Expired struct {
	First int64     `json:"first"`
	Rows  int       `json:"rows"`
	From  time.Time `json:"from"` // least and greatest time of an event
	To    time.Time `json:"to"`
	Holds []string  `json:"holds,omitempty"` // that keep it
}

// Retain drops the segments all of whose events are older than Before and under no hold. For each a signed tombstone goes into the catalogue
// and an event retention.delete, of the source kt, into the log. Hashes, the index of ids and what the catalogue counts stay, so that
// proofs for all other events still verify, and a dropped event that comes again is known.
func (w *Writer) Retain(ctx context.Context, o RetainOptions) (RetainPlan, error) {
	w.change.Lock()
	defer w.change.Unlock()
	if o.Class == "" || o.Reason == "" || o.By == "" {
		return RetainPlan{}, errors.New("retention: expected a class, a reason and who decides; the tombstones state them")
	}
	now := w.options.Now().UTC()
	if o.Before.IsZero() || o.Before.After(now) {
		return RetainPlan{}, fmt.Errorf("retention: expected events to expire before an instant that is past, found %s", o.Before.Format(time.RFC3339))
	}
	if err := w.begin(ctx); err != nil {
		return RetainPlan{}, err
	}
	plan, err := w.plan(ctx, o.Before)
	if err != nil || o.DryRun || len(plan.Drop) == 0 {
		return plan, err
	}
	c := &change{}
	var events []map[string]any
	for _, x := range plan.Drop {
		info := w.state.info(x.First)
		t := &Tombstone{First: x.First, Rows: x.Rows, SHA256: info.SHA256, From: x.From, To: x.To, Class: o.Class, Before: o.Before.UTC()}
		if err := w.decideOn(c, Decision{Kind: KindTombstone, At: now, By: o.By, Reason: o.Reason, Tombstone: t}); err != nil {
			return plan, err
		}
		c.dropped = append(c.dropped, x.First)
		events = append(events, map[string]any{"action": "retention.delete", "resource": map[string]any{"type": "segment", "id": fmt.Sprintf("%012d", x.First)},
			"details": map[string]any{"by": o.By, "reason": o.Reason, "class": o.Class, "before": clock.Format(o.Before), "first": x.First, "rows": x.Rows,
				"sha256": info.SHA256, "from": clock.Format(x.From), "to": clock.Format(x.To)}})
	}
	if err := w.tell(ctx, now, events, c); err != nil {
		return plan, w.abandon(err)
	}
	for _, first := range c.dropped {
		w.state.info(first).Dropped = true
		if err := absent(os.Remove(filepath.Join(segmentPath(w.dir), segment.Name(first)))); err != nil {
			return plan, w.abandon(fmt.Errorf("dropped, but its file could not be removed; the next writer will: %w", err))
		}
	}
	return plan, nil
}

// plan finds the segments that have expired.
func (w *Writer) plan(ctx context.Context, before time.Time) (RetainPlan, error) {
	p := RetainPlan{Drop: []Expired{}, Held: []Expired{}}
	all, err := decisions(ctx, w.dir, w.origin, w.db)
	if err != nil {
		return p, err
	}
	holds := Holds(all)
	for i := range w.state.segments {
		s := &w.state.segments[i]
		if s.Dropped {
			continue
		}
		if !s.To.Before(before) {
			p.Kept++
			continue
		}
		x := Expired{First: s.First, Rows: s.Rows, From: s.From, To: s.To}
		for _, h := range holds {
			if touches(h.From, h.Until, s.From, s.To) {
				x.Holds = append(x.Holds, h.Name)
			}
		}
		if len(x.Holds) > 0 {
			p.Held = append(p.Held, x)
		} else {
			p.Drop = append(p.Drop, x)
		}
	}
	return p, nil
}

// decideOn signs a decision.
func (w *Writer) decideOn(c *change, d Decision) error {
	d.Size, d.Root = w.state.head.Size, base64.StdEncoding.EncodeToString(w.state.head.Root[:])
	signed, err := d.sign(w.origin, w.signer)
	c.retention = append(c.retention, signed)
	return err
}

// itself is the source of the events by which the store tells what it does.
const itself = "kt"

// tell appends events about the store itself, and commits them with the change.
func (w *Writer) tell(ctx context.Context, now time.Time, members []map[string]any, c *change) error {
	next := int64(0)
	w.state.numbersOf(run{itself, ""}).Runs(func(_, to int64) bool {
		next = to + 1
		return true
	})
	var p event.Parser
	events := make([]*event.Event, len(members))
	leaves := make([]ledger.Hash, len(members))
	for i, m := range members {
		m["timestamp"], m["actor"], m["outcome"] = clock.Format(now), map[string]any{"type": "system", "id": "kt"}, "success"
		m["source"], m["sequence"] = itself, next+int64(i)
		line, err := json.Marshal(m)
		if err != nil {
			return err
		}
		e, err := p.Parse(line)
		if err != nil {
			return err
		}
		events[i], leaves[i] = &e, ledger.LeafHash(e.Canonical)
	}
	counts, err := w.decide(ctx, newCommand(), events, leaves, c)
	if err != nil {
		return err
	}
	if counts.Stored != int64(len(events)) {
		return fmt.Errorf("expected the events of the source %q to be new, found %+v", itself, counts)
	}
	return w.commit(ctx, c)
}

// Hold keeps all events with a time in the hold's span from being dropped, until it is released.
func (w *Writer) Hold(ctx context.Context, h Hold, reason, by string) error {
	if h.Name == "" || strings.ContainsAny(h.Name, "\r\n") || !h.From.IsZero() && !h.Until.IsZero() && !h.From.Before(h.Until) {
		return fmt.Errorf("hold %q: expected a name, and a beginning before its end", h.Name)
	}
	details := map[string]any{}
	for name, t := range map[string]*time.Time{"from": &h.From, "until": &h.Until} {
		if !t.IsZero() {
			*t = t.UTC()
			details[name] = clock.Format(*t)
		}
	}
	return w.hold(ctx, h.Name, false, Decision{Kind: KindHold, Hold: &h, Reason: reason, By: by}, details)
}

// Release ends a hold.
func (w *Writer) Release(ctx context.Context, name, reason, by string) error {
	return w.hold(ctx, name, true, Decision{Kind: KindRelease, Released: name, Reason: reason, By: by}, map[string]any{})
}

// hold makes a decision about a hold that must be in force, or must not.
func (w *Writer) hold(ctx context.Context, name string, inForce bool, d Decision, details map[string]any) error {
	w.change.Lock()
	defer w.change.Unlock()
	if d.Reason == "" || d.By == "" {
		return fmt.Errorf("hold %q: expected a reason and who decides", name)
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	all, err := decisions(ctx, w.dir, w.origin, w.db)
	if err != nil {
		return err
	}
	found := false
	for _, h := range Holds(all) {
		found = found || h.Name == name
	}
	if found != inForce {
		state := map[bool]string{true: "there is one of this name already; release it first", false: "there is none of this name"}
		return fmt.Errorf("hold %q: %s", name, state[found])
	}
	d.At = w.options.Now().UTC()
	c := &change{}
	if err := w.decideOn(c, d); err != nil {
		return err
	}
	details["reason"], details["by"] = d.Reason, d.By
	err = w.tell(ctx, d.At, []map[string]any{{"action": "retention." + d.Kind, "resource": map[string]any{"type": "hold", "id": name}, "details": details}}, c)
	if err != nil {
		return w.abandon(err)
	}
	return nil
}
