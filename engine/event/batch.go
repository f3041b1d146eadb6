package event

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Batch is some events in the log's order. It owns their Canonical bytes.
type Batch struct {
	Events []Event

	canonical []byte
	home      *sync.Pool
	released  atomic.Bool
}

// maxKept is how large the memory of a batch may be to be used again.
const maxKept = 4 << 20

// Release gives the memory of the batch back; its events, but not copies of their strings, are gone then. Calling it again does nothing.
// A batch that is never released costs no more than that its memory is not used again.
func (b *Batch) Release() {
	if !b.released.CompareAndSwap(false, true) || cap(b.canonical) > maxKept {
		return
	}
	home := b.home
	home.Put(&Batch{Events: b.Events[:0], canonical: b.canonical[:0], home: home})
	b.Events, b.canonical = nil, nil
}

// job is a chunk on its way through the workers; done is closed when it is parsed.
type job struct {
	chunk    *chunk
	batch    *Batch
	refused  []Refusal
	rejected []Rejected // the same, where they are wanted whole
	failed   error      // of kt itself, not of a line
	done     chan struct{}
}

// run reads all inputs: one goroutine cuts, as many as there are processors parse, and the caller's takes in, in order. The number of
// chunks under way is bounded, and with it memory.
func (p *pass) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan *job, workers)
	order := make(chan *job, 2*workers)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()

	pool := &sync.Pool{}
	pool.New = func() any { return &Batch{home: pool} }
	r := &reading{ctx: ctx, options: &p.log.options, emit: func(c *chunk) error {
		j := &job{chunk: c, done: make(chan struct{})}
		for _, to := range []chan *job{order, todo} {
			select {
			case to <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}}
	var readErr error
	group.Go(func() {
		defer close(order)
		defer close(todo)
		if readErr = r.all(p.log.inputs); errors.Is(readErr, errStopped) {
			readErr = nil // take has the error
		}
	})
	for range workers {
		group.Go(func() {
			w := worker{whole: p.raw != nil}
			for j := range todo {
				j.batch = pool.Get().(*Batch)
				w.parse(j)
				close(j.done)
			}
		})
	}
	for j := range order {
		select {
		case <-j.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if j.failed != nil {
			return j.failed
		}
		if err := p.take(j); err != nil {
			return err
		}
	}
	if readErr != nil {
		return readErr
	}
	p.finish(r)
	return ctx.Err()
}

// worker parses chunks.
type worker struct {
	whole  bool // what is refused is wanted whole
	parser Parser
	rows   rowParser
}

func (w *worker) parse(j *job) {
	b, c := j.batch, j.chunk
	// At once about as much as it will be: what grows piece by piece leaves its earlier pieces to the events that point into them.
	b.Events = slices.Grow(b.Events, len(c.records))
	b.canonical = slices.Grow(b.canonical, len(c.text)+len(c.text)/8)
	for i := range c.records {
		r := &c.records[i]
		n := len(b.Events)
		b.Events = append(b.Events, Event{File: c.in.name, Line: r.line})
		err := w.record(b, &b.Events[n], c, r)
		if err == nil {
			continue
		}
		b.Events = b.Events[:n]
		reason, ok := reasonOf(err)
		if !ok {
			j.failed = err
			return
		}
		j.refused = append(j.refused, Refusal{Line: r.line, Reason: reason})
		if w.whole {
			text := c.text[r.start:r.end]
			j.rejected = append(j.rejected, Rejected{File: c.in.name, Line: r.line, Reason: reason, Raw: strings.Clone(text[:min(len(text), MaxRaw)]),
				Hash: sha256.Sum256([]byte(text))})
		}
	}
}

func (w *worker) record(b *Batch, e *Event, c *chunk, r *record) (err error) {
	if r.problem != nil {
		return r.problem
	}
	if c.columns == nil {
		b.canonical, err = w.parser.adapted(b.canonical, e, c.text[r.start:r.end], c.convert)
		return err
	}
	object, problem := w.rows.object(c.columns, c.text[r.start:r.end])
	if problem != nil {
		return problem
	}
	b.canonical, err = w.parser.normalise(b.canonical, e, &object)
	return err
}
