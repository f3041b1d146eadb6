package event

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// Options says how to read a log.
type Options struct {
	// SkipInvalid is how many lines may be no events. They are refused, counted and listed; one more ends the reading.
	SkipInvalid int
	// From and Until are the window [From, Until) of the events that are offered; of others only the identities count. Zero: no limit.
	From, Until time.Time
	// Progress is told after every batch how many bytes, as stored, were read and how many events accepted. nil: nobody wants to know.
	Progress func(bytes, events int64)
	// Adaptation is how the JSON records of all inputs are made events; the zero one: they are events.
	Adaptation
	// Adapt chooses an input's own adaptation by its plain text's beginning, up to 64 KiB of it. nil: Adaptation is everyone's.
	Adapt func(head []byte) (Adaptation, error)
}

// Log is an audit log: one or more inputs that together are one.
type Log struct {
	inputs     []*input
	ignored    []string
	options    Options
	used       bool
	roundSize  int64 // repeated numbers that one further reading tells apart
	facts      Facts
	statistics Statistics
}

// Facts says what was read, of all inputs together.
type Facts struct {
	SHA256   string // of the uncompressed bytes, one input after the other
	Records  int64  // lines that are not blank, items, rows; events, duplicates and refused ones alike
	Refused  int64
	Refusals []Refusal // at most MaxListed, in order
}

// Refusal is a record that is no event.
type Refusal struct {
	Line   int // where it begins, from 1; of a log of several files, the reason says of which
	Reason string
}

// Open finds the inputs and looks whether they are there; it reads nothing yet. A path is a file, a folder, whose files are read in the
// bytewise order of their paths, or "-" for stdin. What can be read only once is copied to a temporary file meanwhile, for the log may
// have to be read twice.
func Open(paths []string, stdin io.Reader, options Options) (*Log, error) {
	inputs, ignored, err := resolve(paths, stdin)
	if err != nil {
		return nil, err
	}
	return &Log{inputs: inputs, ignored: ignored, options: options, roundSize: roundSize}, nil
}

// FromReader is a log of one input that can be read again from its beginning; name stands in messages.
func FromReader(name string, r io.ReadSeeker, options Options) *Log {
	open := func(context.Context) (io.ReadCloser, error) {
		_, err := r.Seek(0, io.SeekStart)
		return io.NopCloser(r), err
	}
	return &Log{inputs: []*input{{path: name, name: filepath.Base(name), size: -1, open: open}}, options: options, roundSize: roundSize}
}

// Ignored lists the files of folders that were left out because their names do not say that they hold events.
func (l *Log) Ignored() []string { return l.ignored }

// Size is how many bytes, as stored, the inputs have, to measure progress; -1 where it is not known.
func (l *Log) Size() int64 {
	total := int64(0)
	for _, in := range l.inputs {
		if in.size < 0 {
			return -1
		}
		total += in.size
	}
	return total
}

// Facts is known after Each.
func (l *Log) Facts() Facts { return l.facts }

// Statistics is known after Each.
func (l *Log) Statistics() Statistics { return l.statistics }

// Each calls fn with the accepted events of the window, in the log's order, in batches. fn, or someone after it, releases each batch. It
// returns the first error of fn, of ctx, or of the input, of which a *LineError says where; batches from before the error have been
// delivered then, but statistics and facts are not known. Each may be called once.
func (l *Log) Each(ctx context.Context, fn func(*Batch) error) (err error) {
	if l.used {
		return errors.New("the log was read already")
	}
	l.used = true
	defer func() { err = l.remove(err) }()
	known := newIdentities(window{l.options.From, l.options.Until})
	first := &pass{log: l, deliver: fn, known: known}
	if err := first.run(ctx); err != nil {
		return err
	}
	facts := Facts{SHA256: first.sum, Records: first.records, Refused: first.refused, Refusals: first.refusals}
	if known.needsRecount() {
		for _, round := range known.rounds(l.roundSize) {
			again := &pass{log: l, round: round}
			if err := again.run(ctx); err != nil {
				return err
			}
			if again.sum != first.sum {
				return fmt.Errorf("%s: expected the log to stay as it is while it is read twice, to tell duplicates from conflicts, found it changed; run again when nobody writes to it, or on a copy", l.inputs[0].path)
			}
		}
	}
	l.facts, l.statistics = facts, known.statistics(first.refused)
	return nil
}

// remove removes the copies of inputs that could be read only once. It adds what goes wrong to an error.
func (l *Log) remove(err error) error {
	for _, in := range l.inputs {
		if in.remove != nil {
			err = errors.Join(err, in.remove())
		}
	}
	return err
}

// Rejected is a record that is no event, as it stands in the log.
type Rejected struct {
	File   string // by its own name, "" of a standard input
	Line   int    // where it begins, from 1
	Reason string
	Raw    string   // its text, cut after MaxRaw bytes
	Hash   [32]byte // SHA-256 of the whole text
}

// MaxRaw is how much of a rejected record is kept, in bytes.
const MaxRaw = 64 << 10

// Records calls fn with everything in the log, in its order, whatever its identity and its time: the events of a piece of it, and what in
// the same piece is no event. fn, or someone after it, releases each batch. It returns the first error of fn, of ctx, or of the input. A log
// is read once, by Records or by Each.
func (l *Log) Records(ctx context.Context, fn func(*Batch, []Rejected) error) (err error) {
	if l.used {
		return errors.New("the log was read already")
	}
	l.used = true
	defer func() { err = l.remove(err) }()
	p := &pass{log: l, raw: fn}
	return p.run(ctx)
}

// pass is one reading of all inputs: the first one delivers, further ones recount.
type pass struct {
	log      *Log
	raw      func(*Batch, []Rejected) error // instead of all else
	deliver  func(*Batch) error
	known    *identities
	round    *recount
	position int64
	sum      string
	records  int64
	refused  int64
	refusals []Refusal
}

// take takes a parsed chunk in. It is called in the log's order, from one goroutine.
func (p *pass) take(j *job) error {
	p.records += int64(len(j.chunk.records))
	if p.raw != nil {
		if p.log.options.Progress != nil {
			p.log.options.Progress(j.chunk.stored, p.records)
		}
		if err := p.raw(j.batch, j.rejected); err != nil {
			return err
		}
		return j.chunk.err
	}
	if p.round != nil {
		for i := range j.batch.Events {
			p.round.see(&j.batch.Events[i])
		}
		j.batch.Release()
		return j.chunk.err
	}
	for _, r := range j.refused {
		if err := p.refuse(j.chunk.in, r); err != nil {
			return err
		}
	}
	if j.chunk.err != nil {
		return j.chunk.err
	}
	b := j.batch
	kept := 0
	for i := range b.Events {
		if !p.known.accept(&b.Events[i]) {
			continue
		}
		p.position++
		b.Events[i].Position = p.position
		if kept != i {
			b.Events[kept] = b.Events[i]
		}
		kept++
	}
	b.Events = b.Events[:kept]
	if p.log.options.Progress != nil {
		p.log.options.Progress(j.chunk.stored, p.position)
	}
	if kept == 0 {
		b.Release()
		return nil
	}
	return p.deliver(b)
}

func (p *pass) refuse(in *input, r Refusal) error {
	p.refused++
	if p.refused > int64(p.log.options.SkipInvalid) {
		hint := "correct the line, or tolerate bad lines with --skip-invalid"
		if p.log.options.SkipInvalid > 0 {
			hint = fmt.Sprintf("correct the lines; more than the %d that --skip-invalid tolerates are bad", p.log.options.SkipInvalid)
		}
		return &LineError{File: in.path, Line: r.Line, Reason: r.Reason, Hint: hint}
	}
	if len(p.refusals) < MaxListed {
		if len(p.log.inputs) > 1 {
			name := in.name
			if name == "" {
				name = in.path
			}
			r.Reason = name + ": " + r.Reason
		}
		p.refusals = append(p.refusals, r)
	}
	return nil
}

func (p *pass) finish(r *reading) { p.sum = hex.EncodeToString(r.hash.Sum(nil)) }
