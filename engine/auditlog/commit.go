package auditlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
)

// change is what one transaction brings besides the events of the state's tail and its pending segments.
type change struct {
	quarantine []Quarantined
	retention  [][]byte // signed notes
	dropped    []int64  // segments, by their first index
	records    int64    // that came with events which were stored
}

// seal makes a segment of the tail's first n events: its files and its hashes are safe on the disk then, and nothing names them yet.
func (w *Writer) seal(n int) error {
	s := w.state
	first := s.tailFirst()
	done := make(chan error, 1)
	go func() { done <- w.extend(n) }() // one core hashes while the other writes
	info, err := segment.Write(segmentPath(w.dir), first, s.tail[:n])
	if err = errors.Join(err, <-done); err != nil {
		return fmt.Errorf("%s: sealing %d events: %w", w.dir, n, err)
	}
	one := sealed{info: SegmentInfo{Info: info}}
	numbers := numbersOf(s.tail[:n])
	for _, source := range info.Sources {
		one.numbers = append(one.numbers, numbers[run{source.Source, source.Epoch}])
	}
	s.segments = append(s.segments, one.info)
	s.pending = append(s.pending, one)
	for i := range n {
		s.bytes -= len(s.tail[i].Canonical)
	}
	s.tail, s.leaves = slices.Delete(s.tail, 0, n), slices.Delete(s.leaves, 0, n) // the memory is used again
	s.inTree -= n
	s.inRows = max(s.inRows-n, 0)
	s.index = tailIndex{}
	return nil
}

// extend puts the tail's first n events into the tree, as far as they are not in it.
func (w *Writer) extend(n int) error {
	s := w.state
	if n <= s.inTree {
		return nil
	}
	if _, err := s.tree.Extend(s.leaves[s.inTree:n]); err != nil {
		return err
	}
	s.inTree = n
	return nil
}

// commit makes everything that was decided last: from here on the log has it.
func (w *Writer) commit(ctx context.Context, c *change) error {
	s := w.state
	if len(s.pending)+len(s.tail)-s.inRows+len(c.quarantine)+len(c.retention) == 0 {
		return nil
	}
	if err := w.extend(len(s.tail)); err != nil {
		return fmt.Errorf("%s: %w", w.dir, err)
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	head := s.tree.Head()
	after, err := w.write(ctx, tx, c, head)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(w.dir, catalogueFile), err)
	}
	checkpoint, err := ledger.Checkpoint{Origin: w.origin, Head: head, Extension: after.lines()}.Sign(w.signer)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE log SET size = ?, root = ?, checkpoint = ?, records = records + ?", head.Size, head.Root[:], checkpoint, c.records); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(w.dir, catalogueFile), err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(w.dir, catalogueFile), err)
	}
	s.head, s.checkpoint, s.sums = head, checkpoint, *after
	s.inRows, s.pending, s.grown = len(s.tail), nil, true
	return publish(w.dir, checkpoint)
}

// write writes the rows of a change, and gives the tables' sums after it.
func (w *Writer) write(ctx context.Context, tx *sql.Tx, c *change, head ledger.Head) (*sums, error) {
	s := w.state
	after := s.sums
	for i := range s.pending {
		if err := s.pending[i].insert(ctx, tx, &after.segments); err != nil {
			return nil, err
		}
	}
	if len(s.pending) > 0 {
		if _, err := tx.ExecContext(ctx, "DELETE FROM tail"); err != nil {
			return nil, err
		}
		s.inRows, after.tail = 0, running{} // what was not sealed is written anew
	}
	if err := s.insertTail(ctx, tx, &after.tail); err != nil {
		return nil, err
	}
	for i := range c.quarantine {
		if err := c.quarantine[i].insert(ctx, tx, &after.quarantine); err != nil {
			return nil, err
		}
	}
	for _, note := range c.retention {
		after.retention.set(after.retention.sum.next().text(string(note)).sum())
		if _, err := tx.ExecContext(ctx, "INSERT INTO retention VALUES (?, ?, ?)", after.retention.count, note, after.retention.sum[:]); err != nil {
			return nil, err
		}
	}
	for _, first := range c.dropped {
		if _, err := tx.ExecContext(ctx, "UPDATE segments SET dropped = 1 WHERE first = ?", first); err != nil {
			return nil, err
		}
	}
	if head.Size != s.size() {
		return nil, fmt.Errorf("expected a tree of %d events, found one of %d", s.size(), head.Size)
	}
	return &after, nil
}

// insertTail writes the rows of the tail that the catalogue does not have.
func (s *state) insertTail(ctx context.Context, tx *sql.Tx, over *running) error {
	first := s.tailFirst()
	if s.inRows == len(s.tail) {
		return nil
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO tail VALUES (?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // Exec says what went wrong
	for i := s.inRows; i < len(s.tail); i++ {
		e := &s.tail[i]
		over.addTail(first+int64(i), e)
		if _, err := insert.ExecContext(ctx, first+int64(i), e.ID, e.Derived(), e.IngestedAt, e.Canonical, over.sum[:]); err != nil {
			return err
		}
	}
	return nil
}

// next is the running sum after this segment.
func (one *sealed) next(s sum) sum {
	i := &one.info
	a := s.next().number(i.First).number(int64(i.Rows)).number(nanoseconds(i.From)).number(nanoseconds(i.To)).number(i.Size).text(i.SHA256).
		number(i.IDsSize).text(i.IDsSHA256)
	for k, r := range i.Sources {
		a = a.text(r.Source).text(r.Epoch).number(r.Events).number(r.Unsequenced).number(r.FirstSequence).number(r.LastSequence).
			number(nanoseconds(r.FirstAt)).number(nanoseconds(r.LastAt)).text(string(encodeSpans(one.numbers[k])))
	}
	return a.sum()
}

func (one *sealed) insert(ctx context.Context, tx *sql.Tx, over *running) error {
	i := &one.info
	over.set(one.next(over.sum))
	_, err := tx.ExecContext(ctx, "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)", i.First, i.Rows, nanoseconds(i.From), nanoseconds(i.To),
		i.Size, i.SHA256, i.IDsSize, i.IDsSHA256, over.sum[:])
	if err != nil {
		return err
	}
	for k, r := range i.Sources {
		_, err := tx.ExecContext(ctx, "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", r.Source, r.Epoch, i.First, r.Events, r.Unsequenced,
			r.FirstSequence, r.LastSequence, nanoseconds(r.FirstAt), nanoseconds(r.LastAt), encodeSpans(one.numbers[k]))
		if err != nil {
			return err
		}
	}
	return nil
}

// publish replaces the file of the latest checkpoint.
func publish(dir string, checkpoint []byte) (err error) {
	path := filepath.Join(dir, checkpointFile)
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: what was written is safe, but the file of the checkpoint could not be replaced, which the next write will do: %w", path, err)
		}
	}()
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(checkpoint)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".tmp"))
	}
	return os.Rename(path+".tmp", path)
}
