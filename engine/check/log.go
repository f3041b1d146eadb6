package check

import (
	"context"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// Log is an audit log whose events are offered to checks: files, or the store.
type Log interface {
	// Each calls fn with the events of the evaluated window in the log's order, part by part. fn, or someone after it, releases each part.
	Each(ctx context.Context, fn func(Part) error) error
	// Statistics is known after Each.
	Statistics() event.Statistics
	// Lost says, after Each, why events of the window that were counted could not be offered; "" where all were.
	Lost() string
}

// Part is some events in the log's order. It is used by one goroutine at a time; Evaluate is called first.
type Part interface {
	// Evaluate finds where the conditions hold.
	Evaluate(p *predicate.Programme) (predicate.Outcome, error)
	// IDs gives the ids of the events until Release; plain says that JSON holds each as it is.
	IDs() (of func(row int) string, plain bool, err error)
	// Event is one of the events, with its position among the accepted ones of the window; it is valid until the next call or Release, and
	// Clone copies it.
	Event(row int) (*event.Event, error)
	Release()
}

// Files is the log that events are read from files for.
type Files struct{ *event.Log }

// Each reads the files.
func (f Files) Each(ctx context.Context, fn func(Part) error) error {
	return f.Log.Each(ctx, func(b *event.Batch) error { return fn(&batch{batch: b}) })
}

// Lost is nothing: whatever is in files is offered.
func (f Files) Lost() string { return "" }

// batch is a part that came from a file.
type batch struct {
	batch  *event.Batch
	parser canon.Parser
}

func (b *batch) Release() { b.batch.Release() }

func (b *batch) Event(row int) (*event.Event, error) { return &b.batch.Events[row], nil }

func (b *batch) IDs() (of func(row int) string, plain bool, err error) {
	return func(row int) string { return b.batch.Events[row].ID }, false, nil
}

func (b *batch) Evaluate(p *predicate.Programme) (predicate.Outcome, error) {
	return p.Events(len(b.batch.Events), func(row int) (string, func() (*canon.Value, error)) {
		e := &b.batch.Events[row]
		return e.Action, func() (*canon.Value, error) {
			v, err := e.Value(&b.parser)
			return &v, err
		}
	})
}
