package auditlog

import (
	"context"
	"sync"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// Receipt says that events are in the log.
type Receipt struct {
	First int64 // index of the first event that was stored; Size where none was
	Size  int64 // of the log, in events, at least: a checkpoint of this size or more holds them
	Counts
}

// queue is the appends that wait for the one under way.
type queue struct {
	sync.Mutex
	waiting []*waiting
	leading bool
}

// waiting is an append on its way.
type waiting struct {
	events  []event.Event
	receipt Receipt
	err     error
	done    chan struct{}
}

// most is how many events of waiting appends are written together.
const most = 4096

// Append appends events and returns when they are safe on the disk. Those of one call are one command: where several of them are equal and
// have no id, each is an event. The caller may use their memory again. Several goroutines that append at once share the writing. When ctx
// ends while others write, the events may have been appended all the same; to append them again does no harm.
func (w *Writer) Append(ctx context.Context, events []event.Event) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	one := &waiting{events: events, done: make(chan struct{})}
	w.queue.Lock()
	w.queue.waiting = append(w.queue.waiting, one)
	lead := !w.queue.leading
	w.queue.leading = true
	w.queue.Unlock()
	if lead {
		w.lead(context.WithoutCancel(ctx)) // it writes for others too
	}
	<-one.done
	return one.receipt, one.err
}

// lead writes what waits until nothing does.
func (w *Writer) lead(ctx context.Context) {
	for {
		w.queue.Lock()
		n, events := 0, 0
		for n < len(w.queue.waiting) && (n == 0 || events+len(w.queue.waiting[n].events) <= most) {
			events += len(w.queue.waiting[n].events)
			n++
		}
		group := w.queue.waiting[:n:n]
		w.queue.waiting = w.queue.waiting[n:]
		if n == 0 {
			w.queue.leading = false
		}
		w.queue.Unlock()
		if n == 0 {
			return
		}
		err := w.appendGroup(ctx, group)
		for _, one := range group {
			if one.err = err; err != nil {
				one.receipt = Receipt{}
			}
			close(one.done)
		}
	}
}

// appendGroup decides on each append, in order, and commits all.
func (w *Writer) appendGroup(ctx context.Context, group []*waiting) error {
	w.change.Lock()
	defer w.change.Unlock()
	if err := w.begin(ctx); err != nil {
		return err
	}
	c := &change{}
	for _, one := range group {
		if err := w.appendOne(ctx, one, c); err != nil {
			return w.abandon(err)
		}
	}
	if err := w.commit(ctx, c); err != nil {
		return w.abandon(err)
	}
	for _, one := range group {
		one.receipt.Size = w.state.head.Size
	}
	return nil
}

func (w *Writer) appendOne(ctx context.Context, one *waiting, c *change) (err error) {
	s := w.state
	events := make([]*event.Event, len(one.events))
	leaves := make([]ledger.Hash, len(one.events))
	for i := range one.events {
		e := one.events[i] // an id may be given a suffix
		events[i], leaves[i] = &e, ledger.LeafHash(e.Canonical)
	}
	before := len(s.tail)
	one.receipt.First = s.size()
	if one.receipt.Counts, err = w.decide(ctx, newCommand(), events, leaves, c); err != nil {
		return err
	}
	if one.receipt.Stored > 0 {
		c.records += int64(len(events))
	}
	s.keep(before)
	return w.sealFrom(w.options.limits.sealAppend)
}

// sealFrom seals the tail where it has so many events, or as many bytes as a tail may have.
func (w *Writer) sealFrom(events int) error {
	s := w.state
	for len(s.tail) >= events || s.bytes >= w.options.limits.sealBytes {
		if err := w.seal(min(len(s.tail), w.options.limits.segment)); err != nil {
			return err
		}
	}
	return nil
}

// Seal seals the tail, however little it has.
func (w *Writer) Seal(ctx context.Context) error {
	w.change.Lock()
	defer w.change.Unlock()
	if err := w.begin(ctx); err != nil {
		return err
	}
	if len(w.state.tail) == 0 {
		return nil
	}
	err := w.sealFrom(1)
	if err == nil {
		err = w.commit(ctx, &change{})
	}
	if err != nil {
		return w.abandon(err)
	}
	return w.state.tree.Clean()
}
