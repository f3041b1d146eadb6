package auditlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/event"
)

// events hashes every event anew, compares it with the tree, and the tree with the head; and every file of a segment with the catalogue.
func (v *verification) events(ctx context.Context) error {
	r := v.reader
	tree := ledger.NewChecker(tilePath(v.dir))
	var over running
	for i := range r.segments {
		info := &r.segments[i]
		one := sealed{info: *info}
		if err := v.row(ctx, &one, &over); err != nil {
			return err
		}
		v.file(segment.IDsName(info.First), info.First, info.IDsSize, info.IDsSHA256)
		leaves := v.dropped(info)
		if leaves == nil {
			v.file(segment.Name(info.First), info.First, info.Size, info.SHA256)
			leaves = v.segment(&one)
		}
		for _, h := range leaves {
			tree.Add(h)
		}
		if v.options.Progress != nil {
			v.options.Progress(info.next())
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if over != r.sums.segments {
		v.problem(catalogueFile, -1, "segments: expected the %d that the checkpoint covers, found %d, or others", r.sums.segments.count, over.count)
	}
	if err := v.tail(ctx, tree); err != nil {
		return err
	}
	return v.tree(tree)
}

// tree compares what was recomputed with the head.
func (v *verification) tree(tree *ledger.Checker) error {
	head, problems := tree.Finish()
	for _, p := range problems {
		file := fileOf(tileFolder, p.File)
		if p.Leftover {
			v.leftover(file, p.Index, p.Reason)
		} else {
			v.problem(file, p.Index, "%s", p.Reason)
		}
	}
	if head != v.reader.head {
		v.problem(catalogueFile, -1, "log: expected %d events with the root %v, which the events themselves have, found %d with %v", head.Size, head.Root,
			v.reader.head.Size, v.reader.head.Root)
	}
	return nil
}

// row reads the numbers of a segment's sources, and compares the running sum.
func (v *verification) row(ctx context.Context, one *sealed, over *running) error {
	info := &one.info
	var have []byte
	err := v.reader.query(func(q querier) error {
		if err := q.QueryRowContext(ctx, "SELECT sum FROM segments WHERE first = ?", info.First).Scan(&have); err != nil {
			return err
		}
		rows, err := q.QueryContext(ctx, "SELECT numbers FROM sources WHERE segment = ? ORDER BY source, epoch", info.First)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // Err says what went wrong
		for rows.Next() {
			var data []byte
			if err := rows.Scan(&data); err != nil {
				return err
			}
			spans, err := decodeSpans(nil, data)
			if err != nil {
				v.problem(catalogueFile, info.First, "sources of the segment at %d: %v", info.First, err)
			}
			one.numbers = append(one.numbers, spans)
		}
		return rows.Err()
	})
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem(catalogueFile, info.First, "segments: the row of the segment at %d cannot be read: %v", info.First, err)
	}
	for len(one.numbers) < len(info.Sources) {
		one.numbers = append(one.numbers, nil)
	}
	next := one.next(over.sum)
	if string(next[:]) != string(have) {
		v.problem(catalogueFile, info.First, "segments: expected the row of the segment at %d, and of its sources, as they were written, found them changed", info.First)
	}
	over.set(next)
	return nil
}

// file compares a file of a segment with the catalogue.
func (v *verification) file(name string, first, size int64, sum string) {
	file := fileOf(segmentFolder, name)
	f, err := os.Open(filepath.Join(segmentPath(v.dir), name))
	if err != nil {
		v.problem(file, first, "expected a file of %d bytes, found none that can be read: %v", size, err)
		return
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil || info.Size() != size {
		v.problem(file, first, "expected a file of %d bytes, found another size", size)
		return
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		v.problem(file, first, "cannot be read: %v", err)
		return
	}
	if have := hex.EncodeToString(h.Sum(nil)); have != sum {
		v.problem(file, first, "expected the SHA-256 %s, found %s: the file was changed", sum, have)
	}
}

// stored are the leaf hashes of a segment as the tiles have them; where these cannot be read, zeros, which the tree does not have either.
func (v *verification) stored(info *SegmentInfo) []ledger.Hash {
	leaves, err := v.reader.Tiles().Leaves(info.First, info.next())
	if err != nil { // the tree's own check names the tile
		return make([]ledger.Hash, info.Rows)
	}
	return leaves
}

// dropped are the leaf hashes of a segment that retention has dropped; nil: it has not.
func (v *verification) dropped(info *SegmentInfo) []ledger.Hash {
	if !info.Dropped {
		return nil
	}
	v.report.Dropped += int64(info.Rows)
	name := segment.Name(info.First)
	if _, err := os.Lstat(filepath.Join(segmentPath(v.dir), name)); err == nil {
		v.leftover(fileOf(segmentFolder, name), info.First, "expected no file, for retention has dropped the segment")
	}
	return v.stored(info)
}

// mostOfSegment is how many problems of one segment's events are listed.
const mostOfSegment = 20

// segment gives the leaf hashes of a segment's events. Where events cannot be read, those of the tiles stand in for them, so that what
// follows can be verified.
func (v *verification) segment(one *sealed) []ledger.Hash {
	info := &one.info
	file := fileOf(segmentFolder, segment.Name(info.First))
	leaves := v.stored(info)
	row, found := 0, 0
	err := v.reader.withSegment(info, func(s *segment.Segment) error {
		if s.Rows() != info.Rows {
			return fmt.Errorf("expected %d events, found %d", info.Rows, s.Rows())
		}
		if err := s.Canonical(func(i int, canonical []byte) error {
			row = i
			if h := ledger.LeafHash(canonical); h != leaves[i] {
				if found++; found <= mostOfSegment {
					v.problem(file, info.First+int64(i), "expected the event whose hash the tree has, found another")
				}
				leaves[i] = h
			}
			return nil
		}); err != nil {
			return err
		}
		if err := s.Check(); err != nil {
			v.problem(file, info.First, "%v", err)
		}
		return v.counts(one, s)
	})
	if err != nil {
		v.problem(file, info.First+int64(row), "from event %d on it cannot be read: %v", info.First+int64(row), err)
	}
	if found > mostOfSegment {
		v.problem(file, info.First, "%d more events are not those whose hashes the tree has", found-mostOfSegment)
	}
	return leaves
}

// counts compares what the catalogue counts of a segment with its events.
func (v *verification) counts(one *sealed, s *segment.Segment) error {
	info := &one.info
	var events []event.Event // only what is counted
	if err := eachRow(s, func(_ int, r run, at time.Time, number int64) {
		e := event.Event{Source: r.source, Epoch: r.epoch, Time: at, Sequence: number}
		events = append(events, e)
	}); err != nil {
		return err
	}
	numbers := numbersOf(events)
	c := counting{runs: map[run]*event.SourceCount{}, at: map[run]*period{}}
	from, to := events[0].Time, events[0].Time
	for i := range events {
		e := &events[i]
		c.addEvent(runOf(e), e.Time, e.Sequence)
		if e.Time.Before(from) {
			from = e.Time
		}
		if e.Time.After(to) {
			to = e.Time
		}
	}
	if !from.Equal(info.From) || !to.Equal(info.To) {
		v.problem(catalogueFile, info.First, "segments: expected the times %v to %v of the segment at %d, found %v to %v", from, to, info.First, info.From, info.To)
	}
	if len(c.runs) != len(info.Sources) {
		v.problem(catalogueFile, info.First, "sources: expected %d of the segment at %d, found %d", len(c.runs), info.First, len(info.Sources))
	}
	for k, r := range info.Sources {
		key := run{r.Source, r.Epoch}
		have := segment.SourceRange{Source: r.Source, Epoch: r.Epoch, FirstSequence: r.FirstSequence, LastSequence: r.LastSequence}
		if n := c.runs[key]; n != nil {
			have.Events, have.Unsequenced, have.FirstSequence, have.LastSequence = n.Events, n.Unsequenced, n.First, n.Last
			have.FirstAt, have.LastAt = c.at[key].first, c.at[key].last
		}
		if have != r || !reflect.DeepEqual(numbers[key], one.numbers[k]) {
			v.problem(catalogueFile, info.First, "sources: expected of %q, epoch %q, in the segment at %d what its events give, found something else", r.Source, r.Epoch, info.First)
		}
	}
	return nil
}

// tail takes in the events that are not sealed.
func (v *verification) tail(ctx context.Context, tree *ledger.Checker) error {
	r := v.reader
	first := r.tailFirst()
	tail, err := r.readTail(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem(catalogueFile, first, "%v", err)
		return nil
	}
	leaves, err := r.Tiles().Leaves(first, r.head.Size)
	if err != nil {
		leaves = make([]ledger.Hash, len(tail)) // the tree's own check names the tile
	}
	for i := range tail {
		h := ledger.LeafHash(tail[i].Canonical)
		if h != leaves[i] {
			v.problem(catalogueFile, first+int64(i), "tail: expected the event %d whose hash the tree has, found another", first+int64(i))
		}
		tree.Add(h)
	}
	return v.tailSums(ctx, tail)
}

// tailSums compares what the tree does not hold of the tail's events.
func (v *verification) tailSums(ctx context.Context, tail []event.Event) error {
	r := v.reader
	var over running
	err := r.query(func(q querier) error {
		rows, err := q.QueryContext(ctx, "SELECT sum FROM tail ORDER BY position")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // Err says what went wrong
		for i := 0; rows.Next() && i < len(tail); i++ {
			var have []byte
			if err := rows.Scan(&have); err != nil {
				return err
			}
			index := r.tailFirst() + int64(i)
			over.addTail(index, &tail[i])
			if string(over.sum[:]) != string(have) {
				v.problem(catalogueFile, index, "tail: expected the event %d with the id and the time of ingestion as they were written, found them changed", index)
				copy(over.sum[:], have) // what follows may be right
			}
		}
		return rows.Err()
	})
	if err != nil && ctx.Err() == nil {
		v.problem(catalogueFile, r.tailFirst(), "tail: %v", err)
		err = nil
	}
	if over != r.sums.tail {
		v.problem(catalogueFile, r.tailFirst(), "tail: expected the %d events that the checkpoint covers, found %d, or others", r.sums.tail.count, over.count)
	}
	return err
}
