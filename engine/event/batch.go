package event

import (
	"context"
	"errors"
	"runtime"
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
	chunk   *chunk
	batch   *Batch
	refused []Refusal
	failed  error // of kt itself, not of a line
	done    chan struct{}
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
	r := &reading{ctx: ctx, emit: func(c *chunk) error {
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
			var w worker
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
	parser Parser
	rows   rowParser
}

func (w *worker) parse(j *job) {
	b, c := j.batch, j.chunk
	for i := range c.records {
		r := &c.records[i]
		e, err := Event{}, error(nil)
		if r.problem != nil {
			err = r.problem
		} else {
			e, err = w.record(b, c, c.text[r.start:r.end])
		}
		if err == nil {
			e.File, e.Line = c.in.name, r.line
			b.Events = append(b.Events, e)
			continue
		}
		problem, ok := errors.AsType[*Problem](err)
		if !ok {
			j.failed = err
			return
		}
		j.refused = append(j.refused, Refusal{Line: r.line, Reason: problem.Error()})
	}
}

func (w *worker) record(b *Batch, c *chunk, text string) (e Event, err error) {
	if c.columns == nil {
		e, b.canonical, err = w.parser.append(b.canonical, text)
		return e, err
	}
	object, problem := w.rows.object(c.columns, text)
	if problem != nil {
		return e, problem
	}
	e, b.canonical, err = w.parser.normalise(b.canonical, &object)
	return e, err
}
