// Package segment keeps sealed events as immutable Parquet files, which any other tool reads, and gives them back exactly.
//
// A segment is one file with one row group, in the log's order, and a sidecar that finds a row by the id of its event. What is hashed are
// an event's canonical bytes, never the file's: reading rebuilds them from the row. Besides the columns that an event needs, a segment
// has a column for each member of details that comes often and has few values, so that a condition on it looks at each value once.
package segment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// MaxRows is the most events of a segment.
const MaxRows = 1 << 16

// maxFile is how large a segment's file may be, in bytes: its rows may each have 4 MiB, but then there are few.
const maxFile = 4 << 30

// Info is what the catalogue keeps of a segment.
type Info struct {
	First     int64 // index of the first event in the log
	Rows      int
	From, To  time.Time // least and greatest time of an event
	Size      int64     // of the file, in bytes
	SHA256    string    // of the file, 64 hex digits
	IDsSize   int64     // of the sidecar
	IDsSHA256 string
	Sources   []SourceRange
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

// Segment is an open segment. It is not safe for concurrent use.
type Segment struct {
	path    string
	ids     string
	first   int64
	file    *os.File
	parquet *parquet.File
	chunks  map[string]parquet.ColumnChunk
	rows    int

	columns map[string]*predicate.Column
	numbers map[string][]int64
	events  *columnsOf // once several single events were asked for
	single  int
	row     rowReader
	json    canon.Parser
	parser  event.Parser
}

// Open opens the segment of a folder that begins at an index.
func Open(folder string, first int64) (s *Segment, err error) {
	s = &Segment{path: filepath.Join(folder, Name(first)), ids: filepath.Join(folder, IDsName(first)), first: first,
		columns: map[string]*predicate.Column{}, numbers: map[string][]int64{}}
	if s.file, err = os.Open(s.path); err != nil {
		return nil, err
	}
	if err = s.read(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return s, nil
}

// read reads what the file says of itself.
func (s *Segment) read() (err error) {
	defer s.guard(&err)
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return fmt.Errorf("%s: expected at most %d bytes, found %d", s.path, int64(maxFile), info.Size())
	}
	s.parquet, err = parquet.OpenFile(s.file, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true), parquet.ReadBufferSize(1<<16))
	if err != nil {
		return s.broken(err)
	}
	groups := s.parquet.RowGroups()
	if len(groups) != 1 || groups[0].NumRows() < 1 || groups[0].NumRows() > MaxRows {
		return fmt.Errorf("%s: expected one group of 1 to %d rows, found %d groups", s.path, MaxRows, len(groups))
	}
	s.rows = int(groups[0].NumRows())
	s.chunks = map[string]parquet.ColumnChunk{}
	for i, path := range s.parquet.Schema().Columns() {
		name := path[0]
		if len(path) == 2 && path[0] == fieldsGroup {
			name = fieldsGroup + "." + path[1]
		}
		s.chunks[name] = groups[0].ColumnChunks()[i]
	}
	for _, c := range layout {
		if s.chunks[c.name] == nil {
			return fmt.Errorf("%s: expected a column %s, found none", s.path, c.name)
		}
	}
	return nil
}

// guard turns a panic of the Parquet library, which a damaged file can cause, into an error.
func (s *Segment) guard(err *error) {
	if p := recover(); p != nil {
		*err = s.broken(fmt.Errorf("%v", p))
	}
}

func (s *Segment) broken(err error) error {
	return fmt.Errorf("%s: expected a segment as it was sealed, found it damaged: %w", s.path, err)
}

// Close closes the file.
func (s *Segment) Close() error { return s.file.Close() }

// Rows is the number of events.
func (s *Segment) Rows() int { return s.rows }
