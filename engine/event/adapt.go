package event

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/keeptrusts/kt/engine/canon"
)

// Convert makes one record of another system, parsed, an event's object: what a line of kt's own would parse to. Neither value outlives the
// next record. Several goroutines call it. An error refuses the record, with its text as the reason.
type Convert func(*canon.Value) (canon.Value, error)

// Adaptation is how the JSON of another system is read.
type Adaptation struct {
	// Convert is applied to every record before it is normalised. nil: records are events already.
	Convert Convert
	// Wrapper names the members, any one of them, whose array holds the records where a file is not NDJSON or an array but one object,
	// or several, around them. A file whose first 64 KiB show no such array is read without.
	Wrapper []string
}

// HeadSize is how much of a file's beginning tells what it is, in bytes.
const HeadSize = 64 << 10

// format finds out how an input is framed, and what its records are.
func (o *Options) format(in *input, stream *bufio.Reader) (framer, Convert, error) {
	adaptation := o.Adaptation
	if o.Adapt != nil {
		head, err := peek(stream)
		if err != nil {
			return nil, nil, err
		}
		if adaptation, err = o.Adapt(head); err != nil {
			return nil, nil, err
		}
	}
	format, err := in.detect(stream)
	if err != nil {
		return nil, nil, err
	}
	if _, csv := format.(*rows); csv && adaptation.Convert != nil {
		return nil, nil, errors.New("expected JSON, for the records are to be converted from another system's format, found CSV; export them from there as JSON, or read kt's own CSV as kt's format")
	}
	if _, object := format.(lines); object && len(adaptation.Wrapper) > 0 {
		head, err := peek(stream)
		if err != nil {
			return nil, nil, err
		}
		if wraps(head, adaptation.Wrapper) {
			return &wrapped{names: adaptation.Wrapper}, adaptation.Convert, nil
		}
	}
	return format, adaptation.Convert, nil
}

// peek looks at a stream's beginning, without a byte order mark.
func peek(stream *bufio.Reader) ([]byte, error) {
	head, err := stream.Peek(HeadSize)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("cannot be read to its end: %w", plain(err))
	}
	return bytes.TrimPrefix(head, []byte(byteOrderMark)), nil
}

// Recognise looks at the beginning of each input and gives the error that reading would end with where it is of no known form. The log can
// be read afterwards as if nobody had looked.
func (l *Log) Recognise(ctx context.Context) error {
	for _, in := range l.inputs {
		stream, done, err := in.decoded(ctx, func(stored io.Reader) io.Reader { return stored })
		if err != nil {
			return l.remove(err)
		}
		_, _, err = l.options.format(in, stream)
		done()
		if err != nil {
			return l.remove(fmt.Errorf("%s: %w", in.path, err))
		}
	}
	return nil
}

// adapted is append for a record that convert makes an event first, where it is not nil.
func (p *Parser) adapted(dst []byte, e *Event, line string, convert Convert) ([]byte, error) {
	if convert == nil {
		return p.append(dst, e, line)
	}
	v, err := p.json.ParseString(line)
	if err != nil {
		return dst, jsonProblem("", "one JSON object for each record", err)
	}
	object, err := convert(v)
	if err != nil {
		return dst, &refusal{err}
	}
	dst, err = p.normalise(dst, e, &object)
	if problem, ok := err.(*Problem); ok && *problem == *tooLong() {
		err = &Problem{"", problem.Expected + " as an event, its original included", "more; leave the originals out"}
	}
	return dst, err
}

// refusal is a converter's own reason.
type refusal struct{ error }

// reasonOf is why a record is no event; not ok: the error is kt's own.
func reasonOf(err error) (reason string, ok bool) {
	switch err.(type) {
	case *Problem, *refusal:
		return err.Error(), true
	}
	return "", false
}
