package auditlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/event"
)

// Reader reads one state of a log, whatever is written meanwhile. It takes no lock. It is safe for concurrent use.
type Reader struct {
	dir string
	catalogue
	db *sql.DB

	transaction sync.Mutex // of the fields below
	tx          *sql.Tx
	tail        []event.Event
	tailRead    bool
}

// Open opens the log of a directory to read it. A *NoStoreError says that there is none, a *FormatError that it is of another format version.
func Open(ctx context.Context, dir string) (_ *Reader, err error) {
	if !Exists(dir) {
		return nil, &NoStoreError{Dir: dir}
	}
	r := &Reader{dir: dir}
	if r.db, err = connect(ctx, dir, "ro"); err != nil {
		// Without the right to write in the directory, SQLite reads a catalogue only when told that nobody else does.
		if _, there := os.Stat(filepath.Join(dir, catalogueFile+"-wal")); !errors.Is(there, fs.ErrNotExist) {
			return nil, err
		}
		if r.db, err = connect(ctx, dir, "ro", "immutable"); err != nil {
			return nil, err
		}
	}
	if err := r.begin(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Reader) begin(ctx context.Context) (err error) {
	// The transaction lasts as long as the reader, whatever becomes of the context that it was opened in.
	if r.tx, err = r.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true}); err != nil {
		return damaged(r.dir, err)
	}
	found, err := version(ctx, r.dir, r.tx)
	if err != nil {
		return err
	}
	if found == 0 {
		return &NoStoreError{Dir: r.dir}
	}
	c, err := readCatalogue(ctx, r.dir, r.tx)
	if err == nil {
		r.catalogue = *c
	}
	return err
}

// Close ends the reading.
func (r *Reader) Close() error {
	r.transaction.Lock()
	defer r.transaction.Unlock()
	if r.tx != nil {
		_ = r.tx.Rollback() // nothing was changed
		r.tx = nil
	}
	return r.db.Close()
}

// Head is the size of the log and the root of its tree.
func (r *Reader) Head() ledger.Head { return r.head }

// Checkpoint is the signed note that states the head; nil before the first event.
func (r *Reader) Checkpoint() []byte { return r.checkpoint }

// Origin is the name of the log and of the key that signs its checkpoints.
func (r *Reader) Origin() string { return r.origin }

// Segments are the sealed parts of the log, in order. The caller must not change them.
func (r *Reader) Segments() []SegmentInfo { return r.segments }

// SegmentFolder is where the files of the segments are.
func (r *Reader) SegmentFolder() string { return segmentPath(r.dir) }

// Tiles reads the tree of this state.
func (r *Reader) Tiles() *ledger.Reader { return ledger.NewReader(tilePath(r.dir), r.head) }

// TailFirst is the index of the first event that is not sealed.
func (r *Reader) TailFirst() int64 { return r.tailFirst() }

// Tail is the events that are not sealed, in order. The caller may change the slice, but not what the events hold.
func (r *Reader) Tail(ctx context.Context) ([]event.Event, error) {
	tail, err := r.readTail(ctx)
	return append([]event.Event(nil), tail...), err
}

func (r *Reader) readTail(ctx context.Context) (_ []event.Event, err error) {
	err = r.query(func(q querier) error {
		if r.tailRead {
			return nil
		}
		r.tail, err = r.catalogue.readTail(ctx, r.dir, q)
		r.tailRead = err == nil
		return err
	})
	return r.tail, err
}

// query calls fn with the reader's transaction.
func (r *Reader) query(fn func(querier) error) error {
	r.transaction.Lock()
	defer r.transaction.Unlock()
	if r.tx == nil {
		return errClosed
	}
	return fn(r.tx)
}

// Dropped says whether retention has dropped events of a segment that has any from one instant to before another; zero: no limit. Of a period
// that such a segment lies in only in part, counts are too low.
func (r *Reader) Dropped(from, until time.Time) bool {
	for i := range r.segments {
		if s := &r.segments[i]; s.Dropped && touches(from, until, s.From, s.To) {
			return true
		}
	}
	return false
}

// touches says whether the instants first to last, both included, may have one in [from, until).
func touches(from, until, first, last time.Time) bool {
	return (until.IsZero() || first.Before(until)) && (from.IsZero() || !last.Before(from))
}

// inside says whether an instant lies in [from, until).
func inside(from, until, t time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (until.IsZero() || t.Before(until))
}

// DroppedError says that retention has dropped an event.
type DroppedError struct{ Index int64 }

func (e *DroppedError) Error() string {
	return fmt.Sprintf("the event %d was dropped by retention; its hash is still in the tree", e.Index)
}

// EventAt is the event at an index. A *DroppedError says that retention has dropped it.
func (r *Reader) EventAt(ctx context.Context, index int64) (event.Event, error) {
	if index < 0 || index >= r.head.Size {
		return event.Event{}, fmt.Errorf("expected an index from 0 to before %d, found %d", r.head.Size, index)
	}
	if index >= r.tailFirst() {
		tail, err := r.readTail(ctx)
		if err != nil {
			return event.Event{}, err
		}
		return tail[index-r.tailFirst()], nil
	}
	i := sort.Search(len(r.segments), func(i int) bool { return r.segments[i].next() > index })
	info := &r.segments[i]
	if info.Dropped {
		return event.Event{}, &DroppedError{Index: index}
	}
	var found event.Event
	err := r.withSegment(info, func(s *segment.Segment) (err error) {
		found, err = s.Event(int(index - info.First))
		return err
	})
	return found, err
}

// withSegment opens a segment for fn.
func (r *Reader) withSegment(info *SegmentInfo, fn func(*segment.Segment) error) error {
	s, err := segment.Open(segmentPath(r.dir), info.First)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: the catalogue names this segment, and it is gone: either retention has dropped it since the log was opened, or somebody has removed it; open the log again, or run kt audit-log verify", err)
	}
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // it was only read
	return fn(s)
}

// Found is an event and where it stands.
type Found struct {
	Index int64
	Event event.Event
}

// Find finds all events with an id: of sequenced events several may have one. Of events that retention has dropped nothing is found.
func (r *Reader) Find(ctx context.Context, id string) (found []Found, err error) {
	hash := segment.IDHash(id)
	for i := range r.segments {
		info := &r.segments[i]
		if info.Dropped {
			continue
		}
		rows, err := segment.Rows(segmentPath(r.dir), info.Info, hash)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			continue
		}
		err = r.withSegment(info, func(s *segment.Segment) error {
			for _, row := range rows {
				e, err := s.Event(row)
				if err != nil {
					return err
				}
				if e.ID == id {
					found = append(found, Found{info.First + int64(row), e})
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	tail, err := r.findTail(ctx, id)
	return append(found, tail...), err
}

// findTail looks for an id in the tail.
func (r *Reader) findTail(ctx context.Context, id string) (found []Found, err error) {
	tail, err := r.readTail(ctx)
	for i := range tail {
		if tail[i].ID == id {
			found = append(found, Found{r.tailFirst() + int64(i), tail[i]})
		}
	}
	return found, err
}

// Quarantined calls fn with what was not stored, in the order in which it came: conflicts and refused records.
func (r *Reader) Quarantined(ctx context.Context, fn func(*Quarantined) error) error {
	return r.query(func(q querier) error {
		return readQuarantine(ctx, q, func(one *Quarantined, _ []byte) error { return fn(one) })
	})
}

// Records is how many lines came with events that were stored, those that repeat others among them. Importing again adds none.
func (r *Reader) Records() int64 { return r.records }
