// Package segment keeps sealed events as immutable Parquet files, which any other tool reads, and gives them back exactly.
//
// A segment is one file with one row group, in the log's order, and a sidecar that finds a row by the id of its event. What is hashed are
// an event's canonical bytes, never the file's: reading rebuilds them from the row. Besides the columns that an event needs, a segment
// has a column for each member of details that comes often and has few values, so that a condition on it looks at each value once.
//
// Files are hostile: whatever a file says is held against what it can hold before memory is taken for it, and each page against its
// checksum. That an event is the one that was sealed is for the Merkle tree to show.
package segment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/predicate"
)

const (
	// MaxRows is the most events of a segment.
	MaxRows = 1 << 16
	// MaxBytes is the most bytes of the canonical forms of a segment's events.
	MaxBytes = 1 << 30
	// maxFile is how large a segment's file may be, in bytes.
	maxFile = 4 << 30
)

// Info is what the catalogue keeps of a segment.
type Info struct {
	First     int64 // index of the first event in the log
	Rows      int
	From, To  time.Time // least and greatest time of an event
	Size      int64     // of the file, in bytes
	SHA256    string    // of the file, 64 hex digits
	IDsSize   int64     // of the sidecar
	IDsSHA256 string
	Sources   []SourceRange // by source and epoch
}

// SourceRange is what a segment holds of one run of a source.
type SourceRange struct {
	Source, Epoch               string // Source is "-" of events that name none
	Events, Unsequenced         int64
	FirstSequence, LastSequence int64 // First > Last: no event has a number
	FirstAt, LastAt             time.Time
}

// Name is the file of the segment that begins at an index.
func Name(first int64) string { return fmt.Sprintf("%012d.parquet", first) }

// IDsName is the sidecar of the segment that begins at an index.
func IDsName(first int64) string { return fmt.Sprintf("%012d.ids", first) }

// Segment is an open segment. It is not safe for concurrent use, but different Segments are independent. What it gave back stays good
// after Close.
type Segment struct {
	path    string // of the file
	ids     string // path of the sidecar
	first   int64
	rows    int
	file    *os.File
	size    int64
	chunks  []chunk
	byField map[string]int // of a member of details, its place in chunks
	// leftOver are the members of details that rows may have besides; anyMember where they may have any.
	leftOver map[string]bool

	zstd       *zstd.Decoder
	compressed []byte
	plain      []byte
	scratch    []int32

	reader rebuilder
	asked  map[predicate.Path]*predicate.Column
	found  canon.Value
	json   canon.Parser
}

// Open opens the segment of a folder that begins at an index.
func Open(folder string, first int64) (*Segment, error) {
	return open(filepath.Join(folder, Name(first)), filepath.Join(folder, IDsName(first)), first)
}

func open(path, ids string, first int64) (s *Segment, err error) {
	s = &Segment{path: path, ids: ids, first: first, byField: map[string]int{}, asked: map[predicate.Path]*predicate.Column{}}
	if s.file, err = os.Open(path); err != nil {
		return nil, err
	}
	if err = s.read(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	s.reader.of = s
	return s, nil
}

// read reads what the file says of itself.
func (s *Segment) read() (err error) {
	defer s.guard(&err)
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if s.size = info.Size(); s.size > maxFile {
		return s.broken(fmt.Errorf("%d bytes, expected at most %d", s.size, int64(maxFile)))
	}
	group, fields, err := readFooter(s.file, s.size)
	if err != nil {
		return s.broken(err)
	}
	s.rows = int(group.NumRows)
	s.chunks = make([]chunk, len(group.Columns))
	for i := range s.chunks {
		s.chunks[i] = chunk{column: columnOf(i, fields.names), meta: &group.Columns[i]}
		if i >= columns {
			s.byField[fields.names[i-columns]] = i
		}
	}
	s.leftOver = fields.left
	if used, ok := decoders.Get().(*zstd.Decoder); ok {
		s.zstd = used
		return nil
	}
	s.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxPage))
	return err
}

// decoders are used again, for one takes more memory than most segments' columns. They hold nothing of what they unpacked.
var decoders sync.Pool

// guard turns a panic of a library, which a damaged file might cause, into an error.
func (s *Segment) guard(err *error) {
	if p := recover(); p != nil {
		*err = s.broken(fmt.Errorf("%v", p))
	}
}

func (s *Segment) broken(err error) error {
	return fmt.Errorf("%s: expected a segment as it was sealed, found %w; restore the file from a copy", s.path, err)
}

// Close closes the file. Columns, and texts that are parts of them, are gone then.
func (s *Segment) Close() error {
	if s.zstd != nil {
		decoders.Put(s.zstd)
		s.zstd = nil
	}
	for i := range s.chunks {
		if c := &s.chunks[i]; c.all != nil {
			c.all.giveBack(c)
			c.all = nil
		}
	}
	return s.file.Close()
}

// Rows is the number of events.
func (s *Segment) Rows() int { return s.rows }
