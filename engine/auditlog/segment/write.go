package segment

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/parquet-go/parquet-go/format"

	"github.com/keeptrusts/kt/engine/event"
)

// Write seals events: it writes both files of a segment to a folder, under their names only after what stands in them was read back and
// found equal. After an error nothing of it is left. It does not replace a segment.
func Write(folder string, first int64, events []event.Event) (info Info, err error) {
	if err := sealable(folder, first, events); err != nil {
		return Info{}, err
	}
	names := []string{filepath.Join(folder, Name(first)), filepath.Join(folder, IDsName(first))}
	written := []string{names[0] + ".tmp", names[1] + ".tmp"}
	defer func() {
		if err != nil {
			info, err = Info{}, errors.Join(err, removeAll(written))
		}
	}()
	t, err := newTable(first, events)
	if err != nil {
		return info, err
	}
	info = Info{First: first, Rows: len(events), Sources: runs(events)}
	info.From, info.To = times(events)
	if info.Size, info.SHA256, err = create(written[0], t.encode); err != nil {
		return info, err
	}
	index := sidecar(entriesOf(len(events), func(row int) string { return events[row].ID }))
	if info.IDsSize, info.IDsSHA256, err = create(written[1], func(w io.Writer) error {
		_, err := w.Write(index)
		return err
	}); err != nil {
		return info, err
	}
	if err = readBack(written[0], written[1], first, events, t, index); err != nil {
		return info, err
	}
	for i, name := range names {
		if err = os.Rename(written[i], name); err != nil {
			return info, err
		}
		written[i] = name
	}
	return info, syncFolder(folder)
}

// sealable says what hinders events from being a segment.
func sealable(folder string, first int64, events []event.Event) error {
	if len(events) == 0 || len(events) > MaxRows || first < 0 {
		return fmt.Errorf("expected 1 to %d events from index 0 on for a segment, found %d from %d on", MaxRows, len(events), first)
	}
	size := 0
	for i := range events {
		size += len(events[i].Canonical)
	}
	if size > MaxBytes {
		return fmt.Errorf("expected at most %d bytes of events for a segment, found %d: seal fewer at a time", MaxBytes, size)
	}
	for _, name := range []string{Name(first), IDsName(first)} {
		path := filepath.Join(folder, name)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s: expected no segment there yet, found one; remove it if the catalogue does not name it", path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func removeAll(paths []string) (err error) {
	for _, path := range paths {
		if gone := os.Remove(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// create writes a new file to its end on the disk, and gives its size and hash.
func create(path string, write func(io.Writer) error) (size int64, sum string, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	counted := &counter{w: io.MultiWriter(f, h)}
	buffered := bufio.NewWriterSize(counted, 1<<20)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return counted.n, hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// syncFolder makes new names last. Windows cannot do that to a folder, and keeps names with their files.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// encode writes the Parquet file.
func (t *table) encode(w io.Writer) (err error) {
	defer recovered(&err)
	e, err := newEncoder(w)
	if err != nil {
		return err
	}
	if err := e.group(t); err != nil {
		return err
	}
	return e.close(t.fields.names(), format.KeyValue{Key: versionKey, Value: version}, format.KeyValue{Key: leftKey, Value: t.fields.leftOver()})
}

// readBack compares what stands in the files with what was to be stored.
func readBack(path, ids string, first int64, events []event.Event, t *table, index []byte) error {
	s, err := open(path, ids, first)
	if err != nil {
		return err
	}
	err = s.equals(events)
	if err == nil {
		err = s.equalColumns(t)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	have, err := os.ReadFile(ids)
	if err == nil && !bytes.Equal(have, index) {
		err = fmt.Errorf("%s: it reads back as other bytes than were written", ids)
	}
	return err
}

// equals compares what rows say of events, besides the id of which the canonical bytes say nothing and when they came.
func (s *Segment) equals(events []event.Event) error {
	if s.rows != len(events) {
		return fmt.Errorf("%s: it reads back as %d rows, expected %d", s.path, s.rows, len(events))
	}
	ids, err := s.IDs()
	if err != nil {
		return err
	}
	return s.Canonical(func(row int, canonical []byte) error {
		e := &events[row]
		if !bytes.Equal(canonical, e.Canonical) {
			return s.wrong(row, fmt.Errorf("it reads back as %.200q, expected %.200q", canonical, e.Canonical))
		}
		if id := ids.At(row); id != e.ID || s.reader.derived(row) != e.Derived() {
			return s.wrong(row, fmt.Errorf("its id reads back as %.80q, expected %.80q", id, e.ID))
		}
		if at := s.ingested(row); at != e.IngestedAt {
			return s.wrong(row, fmt.Errorf("when it came reads back as %q, expected %q", at, e.IngestedAt))
		}
		return nil
	})
}

// equalColumns compares the columns that canonical bytes are not made of.
func (s *Segment) equalColumns(t *table) error {
	indices, err := s.whole(logIndex)
	if err != nil {
		return err
	}
	if !slices.Equal(indices.numbers, t.numbers[logIndex]) {
		return fmt.Errorf("%s: column log_index reads back as something else", s.path)
	}
	if len(s.chunks) != columns+len(t.fields.chosen) {
		return fmt.Errorf("%s: it reads back with %d columns, expected %d", s.path, len(s.chunks), columns+len(t.fields.chosen))
	}
	for i, f := range t.fields.chosen {
		p, err := s.whole(columns + i)
		if err != nil {
			return err
		}
		if c := &s.chunks[columns+i]; c.dictionary != nil && slices.Equal(p.codes, f.codes) && c.dictionary.equal(f.values) {
			continue
		}
		for row := range s.rows {
			want, there := f.at(row)
			if have, ok := p.at(row); ok != there || have != want {
				return s.wrong(row, fmt.Errorf("column %s.%s reads back as %.80q, expected %.80q", fieldsGroup, f.name, have, want))
			}
		}
	}
	return nil
}
