package auditlog

import (
	"context"
	"errors"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// Import says what to import, and how.
type Import struct {
	Log *event.Log // it is read by this, and by nothing else
	// Strict stores nothing where any line is refused or conflicts.
	Strict bool
	// Progress is told after every batch what has been decided so far. nil: nobody wants to know.
	Progress func(Report)
}

// MaxReasons is how many refused and conflicting lines a report lists. Totals are exact.
const MaxReasons = 1000

// Report is what became of the lines of an import. Lines is the sum of all others.
type Report struct {
	Lines      int64    `json:"lines"`
	Stored     int64    `json:"stored"`
	Duplicates int64    `json:"duplicates"`
	Conflicts  int64    `json:"conflicts"`
	Refused    int64    `json:"refused"`
	HeldBack   int64    `json:"held_back,omitempty"` // good lines that were not stored, for the import was strict and others were bad
	Reasons    []Reason `json:"reasons"`             // at most MaxReasons; of each batch of lines first the refused, then the conflicting
}

// Reason says why a line was not stored.
type Reason struct {
	Line   int    `json:"line"`
	File   string `json:"file,omitempty"` // "" of a standard input
	Reason string `json:"reason"`
}

// Good says that no line was refused or conflicted.
func (r *Report) Good() bool { return r.Conflicts == 0 && r.Refused == 0 }

// load is some records of a log that are decided on together. It owns the batches.
type load struct {
	batches  []*event.Batch
	events   []*event.Event
	leaves   []ledger.Hash
	rejected []event.Rejected
	bytes    int
}

func (l *load) release() {
	for _, b := range l.batches {
		b.Release()
	}
	clear(l.batches)
	clear(l.events)
	clear(l.rejected)
	*l = load{batches: l.batches[:0], events: l.events[:0], leaves: l.leaves[:0], rejected: l.rejected[:0]}
}

// records is how many lines the load has.
func (l *load) records() int { return len(l.events) + len(l.rejected) }

// Import stores the events of a log. They are committed batch by batch, so that an import that is interrupted can be run again: what is there
// already counts as duplicates. A strict import is committed as a whole, or not at all. After an error the report says what was decided
// until then.
func (w *Writer) Import(ctx context.Context, in Import) (Report, error) {
	w.change.Lock()
	defer w.change.Unlock()
	report := Report{Reasons: []Reason{}}
	if err := w.begin(ctx); err != nil {
		return report, err
	}
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	loads, used := make(chan *load), make(chan *load, 2) // one is written while the next is gathered
	used <- &load{}
	used <- &load{}
	read := make(chan error, 1)
	go func() {
		defer close(loads)
		read <- w.gather(reading, in.Log, loads, used)
	}()
	i := &importing{Writer: w, Import: in, report: &report, command: newCommand(), change: &change{}, used: used}
	err := i.all(ctx, loads)
	cancel()
	for range loads { // what was gathered meanwhile is not wanted any more
	}
	if readErr := <-read; err == nil {
		err = readErr
	}
	if err = i.finish(ctx, err); err != nil {
		return report, w.abandon(err)
	}
	return report, w.state.tree.Clean()
}

// gather reads ahead: while one load is written, the next is parsed and hashed.
func (w *Writer) gather(ctx context.Context, log *event.Log, loads chan<- *load, used <-chan *load) error {
	now := <-used
	send := func() error {
		if now.records() == 0 {
			return nil
		}
		select {
		case loads <- now:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case now = <-used:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	limits := &w.options.limits
	err := log.Records(ctx, func(b *event.Batch, rejected []event.Rejected) error {
		if len(now.events)+len(b.Events) > limits.batch || now.bytes >= limits.sealBytes {
			if err := send(); err != nil {
				return err
			}
		}
		now.batches = append(now.batches, b)
		for k := range b.Events {
			e := &b.Events[k]
			now.events = append(now.events, e)
			now.leaves = append(now.leaves, ledger.LeafHash(e.Canonical))
			now.bytes += len(e.Canonical)
		}
		now.rejected = append(now.rejected, rejected...)
		for k := range rejected {
			now.bytes += len(rejected[k].Raw)
		}
		return nil
	})
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, send()) // what came before a line at which nothing more can be read is good
}

// importing is one import on its way.
type importing struct {
	*Writer
	Import
	report  *Report
	command *command
	change  *change // of a strict import, all; else of the present load
	used    chan<- *load
}

// all decides on loads as they come.
func (i *importing) all(ctx context.Context, loads <-chan *load) error {
	for l := range loads {
		before := *i.report
		err := i.one(ctx, l)
		if err == nil && !i.Strict {
			err = i.commit(ctx, i.change)
			i.change = &change{}
		}
		if err != nil {
			*i.report = before
			return err
		}
		l.release()
		i.used <- l
		if i.Progress != nil {
			i.Progress(*i.report)
		}
	}
	return nil
}

// one decides on a load and seals what it can. What stays in the tail is copied, for the load's memory is used again.
func (i *importing) one(ctx context.Context, l *load) error {
	before := len(i.change.quarantine)
	for k := range l.rejected {
		r := &l.rejected[k]
		i.change.quarantine = append(i.change.quarantine, i.refusal(*r, i.command.refused.Count(r.Hash)))
	}
	i.report.Refused += int64(len(l.rejected))
	counts, err := i.decide(ctx, i.command, l.events, l.leaves, i.change)
	if err != nil {
		return err
	}
	if counts.Stored > 0 {
		i.change.records += int64(l.records())
	}
	i.report.Lines += int64(l.records())
	i.report.Stored += counts.Stored
	i.report.Duplicates += counts.Duplicates
	i.report.Conflicts += counts.Conflicts
	for _, q := range i.change.quarantine[before:] {
		if len(i.report.Reasons) < MaxReasons {
			i.report.Reasons = append(i.report.Reasons, Reason{Line: q.Line, File: q.File, Reason: q.Reason})
		}
	}
	if i.Strict {
		i.change.quarantine = nil // where there is anything, nothing is committed
	}
	if err := i.sealFrom(i.options.limits.sealImport); err != nil {
		return err
	}
	i.state.keep(len(i.state.tail) - int(counts.Stored))
	return nil
}

// finish commits a strict import, or takes it back.
func (i *importing) finish(ctx context.Context, err error) error {
	if !i.Strict {
		return err
	}
	if err != nil || !i.report.Good() {
		i.report.HeldBack, i.report.Stored = i.report.Stored, 0
		if err == nil {
			i.state = nil
			err = i.begin(ctx)
		}
		return err
	}
	return i.commit(ctx, i.change)
}
