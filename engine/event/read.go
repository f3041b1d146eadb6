package event

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

const (
	chunkSize    = 256 << 10 // bytes of text that are parsed at a time
	chunkRecords = 512       // and records, so that a batch is about as large as evaluation likes it
	leastRead    = 64 << 10  // room in the buffer for a read
)

// chunk is some whole records of one input.
type chunk struct {
	in      *input
	text    string
	records []record
	columns *columns // of a CSV file
	convert Convert  // of another system's records; nil: they are events
	stored  int64    // bytes of all inputs read so far, as stored
	err     error    // ends the reading, after these records
}

// record is where one record stands in a chunk's text.
type record struct {
	start, end int
	line       int      // from 1
	problem    *Problem // why it is refused without a look at it
}

// errStopped ends the reading after an error that was handed on.
var errStopped = errors.New("stopped")

// reading cuts inputs into chunks, one after the other.
type reading struct {
	ctx     context.Context
	options *Options
	emit    func(*chunk) error
	hash    hash.Hash // of the plain bytes of all inputs
	stored  int64
	buffer  []byte // used for one input after the other
}

// count counts the bytes that pass.
type count struct {
	r io.Reader
	n *int64
}

func (c count) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// all reads the inputs in order. It returns only errors of emit; others are part of a chunk.
func (r *reading) all(inputs []*input) error {
	r.hash = sha256.New()
	for _, in := range inputs {
		if err := r.one(in); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) one(in *input) error {
	stream, done, err := in.decoded(r.ctx, func(stored io.Reader) io.Reader { return count{stored, &r.stored} })
	if err != nil {
		return r.emit(&chunk{in: in, err: err})
	}
	defer done()
	format, convert, err := r.options.format(in, stream)
	if err != nil {
		return r.emit(&chunk{in: in, err: fmt.Errorf("%s: %w", in.path, err)})
	}
	c := &cutter{reading: r, in: in, stream: stream, format: format, convert: convert, line: 1}
	_, c.header = format.(*rows)
	return c.run()
}

// cutter cuts one input. What it has read and not yet handed on stands in buffer[:end]: first the records of the next chunk, then,
// from start, the record under way.
type cutter struct {
	*reading
	in      *input
	stream  *bufio.Reader
	format  framer
	convert Convert
	header  bool // the next record is the header of a CSV file
	columns *columns

	start, end int
	line       int // of start
	records    []record
	eof        bool
}

func (c *cutter) run() error {
	err := c.fill()
	if err == nil && bytes.HasPrefix(c.buffer[:c.end], []byte(byteOrderMark)) {
		c.start = len(byteOrderMark)
	}
	for err == nil {
		n, problem := c.format.skip(c.buffer[c.start:c.end])
		c.line += bytes.Count(c.buffer[c.start:c.start+n], []byte{'\n'})
		c.start += n
		switch {
		case problem != nil:
			return c.flush(c.fatal(problem))
		case c.start < c.end:
			err = c.record()
		case !c.eof:
			err = c.fill()
		default:
			if problem := c.format.finish(false); problem != nil {
				c.records = append(c.records, record{line: c.line, problem: problem})
			}
			return c.flush(nil)
		}
	}
	return err
}

// fatal is an error at the present place that no number of tolerated lines covers.
func (c *cutter) fatal(err error) error {
	return &LineError{File: c.in.path, Line: c.line, Reason: err.Error(), Hint: "correct the file; nothing after this can be read"}
}

// record reads the record at start and adds it to the chunk.
func (c *cutter) record() error {
	scanned, long := c.start, false
	line := c.line
	for {
		n, ended := c.format.scan(c.buffer[scanned:c.end])
		scanned += n
		long = long || scanned-c.start > MaxLine
		if ended {
			break
		}
		if long { // what is refused anyway needs no memory
			c.line += bytes.Count(c.buffer[c.start:scanned], []byte{'\n'})
			c.end, scanned = c.start, c.start
		}
		if c.eof {
			if problem := c.format.finish(true); problem != nil {
				c.line = line
				return c.flush(c.fatal(problem))
			}
			break
		}
		kept := scanned - c.start
		if err := c.fill(); err != nil {
			return err
		}
		scanned = c.start + kept
	}
	one := record{start: c.start, end: scanned, line: line}
	if long {
		one.end, one.problem = one.start, tooLong()
	}
	c.line += bytes.Count(c.buffer[c.start:scanned], []byte{'\n'})
	c.start = scanned
	if c.header {
		return c.readHeader(one)
	}
	c.records = append(c.records, one)
	if len(c.records) == chunkRecords || c.start >= chunkSize {
		return c.flush(nil)
	}
	return nil
}

func (c *cutter) readHeader(one record) error {
	c.header = false
	if one.problem != nil {
		return c.flush(c.fatal(one.problem))
	}
	var err error
	if c.columns, err = newColumns(strings.TrimSuffix(string(c.buffer[one.start:one.end]), "\r")); err != nil {
		c.line = one.line
		return c.flush(c.fatal(err))
	}
	return nil
}

// fill reads more. It makes room by handing on the records before start, else by a larger buffer.
func (c *cutter) fill() error {
	if len(c.buffer)-c.end < leastRead {
		if c.start > 0 {
			if err := c.flush(nil); err != nil {
				return err
			}
		}
		if len(c.buffer)-c.end < leastRead {
			larger := make([]byte, max(2*chunkSize, 2*len(c.buffer)))
			copy(larger, c.buffer[:c.end])
			c.buffer = larger
		}
	}
	n, err := c.stream.Read(c.buffer[c.end:])
	_, _ = c.hash.Write(c.buffer[c.end : c.end+n]) // a hash never fails
	c.end += n
	if err == io.EOF {
		c.eof = true
		return nil
	}
	if err != nil {
		return c.flush(fmt.Errorf("%s: cannot be read to its end: %w", c.in.path, plain(err)))
	}
	return nil
}

// flush hands on the records before start, moves the rest to the front of the buffer, and ends the reading with err, if there is one.
func (c *cutter) flush(err error) error {
	if len(c.records) > 0 || err != nil {
		one := &chunk{in: c.in, text: string(c.buffer[:c.start]), records: c.records, columns: c.columns, convert: c.convert, stored: c.stored, err: err}
		c.records = make([]record, 0, chunkRecords)
		if err := c.emit(one); err != nil {
			return err
		}
		if err != nil {
			return errStopped
		}
	}
	c.end = copy(c.buffer, c.buffer[c.start:c.end])
	c.start = 0
	return nil
}
