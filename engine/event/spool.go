package event

import (
	"context"
	"fmt"
	"io"
	"os"
)

// spool makes a stream that can be read only once readable again: what is read for the first time is also written to a temporary file.
type spool struct {
	first  func() (io.ReadCloser, error)
	source *pieceReader // what first gives
	file   *os.File
	named  bool // the file still has a name
}

// spooled is an input that is read from first, once, and what was read before from a copy.
func spooled(path, name string, first func() (io.ReadCloser, error)) *input {
	s := &spool{first: first}
	return &input{path: path, name: name, size: -1, open: s.open, remove: s.remove}
}

// open gives the stream from its beginning, however much of it was read before. Only the latest opening is read.
func (s *spool) open(ctx context.Context) (io.ReadCloser, error) {
	if s.file == nil {
		var err error
		if s.file, err = os.CreateTemp("", "kt-audit-log-"); err != nil {
			return nil, fmt.Errorf("a copy of what comes in is needed, in case that it must be read twice: %w", err)
		}
		s.named = os.Remove(s.file.Name()) != nil // Windows does not remove open files
		s.source = interruptible(s.first)
	}
	copied, err := s.file.Seek(0, io.SeekEnd)
	s.source.ctx = ctx
	return io.NopCloser(io.MultiReader(io.NewSectionReader(s.file, 0, copied), io.TeeReader(s.source, s.file))), err
}

func (s *spool) remove() error {
	if s.file == nil {
		return nil
	}
	close(s.source.unwanted)
	err := s.file.Close()
	if s.named {
		err = os.Remove(s.file.Name())
	}
	s.file = nil
	return err
}

// interruptible is a stream that is read until a context ends, also while opening it or reading it waits: a pipe may never give anything.
// What waits then goes on waiting by itself, until it gives something that is unwanted.
func interruptible(open func() (io.ReadCloser, error)) *pieceReader {
	p := &pieceReader{pieces: make(chan piece), unwanted: make(chan struct{})}
	send := func(one piece) bool {
		select {
		case p.pieces <- one:
			return one.err == nil
		case <-p.unwanted:
			return false
		}
	}
	go func() {
		r, err := open()
		if err != nil {
			send(piece{err: err})
			return
		}
		defer func() { _ = r.Close() }() // it was only read
		var buffers [2][64 << 10]byte    // one is filled while the other is read
		for i := 0; ; i = 1 - i {
			n, err := r.Read(buffers[i][:])
			if !send(piece{buffers[i][:n], err}) {
				return
			}
		}
	}()
	return p
}

type piece struct {
	data []byte
	err  error
}

type pieceReader struct {
	ctx      context.Context // of whoever reads at present
	pieces   chan piece
	unwanted chan struct{} // closed when nobody will read any more
	rest     piece
}

func (p *pieceReader) Read(into []byte) (int, error) {
	for len(p.rest.data) == 0 {
		if p.rest.err != nil {
			return 0, p.rest.err
		}
		select {
		case p.rest = <-p.pieces:
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
	n := copy(into, p.rest.data)
	p.rest.data = p.rest.data[n:]
	return n, nil
}
