package segment

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// readAll reads whatever there is, and holds it against what was sealed: a file that differs is an error, or says the same.
func readAll(t *testing.T, dir string, events []event.Event) error {
	t.Helper()
	s, err := Open(dir, 0)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Find(events[0].ID); err != nil {
		return err
	}
	for row := range min(3, s.Rows()) {
		if _, err := s.Event(row); err != nil {
			return err
		}
		if _, err := s.Value(row, predicate.ParsePath("details.n")); err != nil {
			return err
		}
	}
	if s.Rows() != len(events) {
		t.Fatalf("expected %d rows or an error, found %d", len(events), s.Rows())
	}
	if err := s.Events(nil, func(row int, e *event.Event) error {
		same(t, 0, &events[row], e)
		return nil
	}); err != nil {
		return err
	}
	return s.Check()
}

// sealed are the two files of a small segment.
func sealed(t testing.TB, events []event.Event) (dir string, files map[string][]byte) {
	t.Helper()
	dir, files = t.TempDir(), map[string][]byte{}
	if _, err := Write(dir, 0, events); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Name(0), IDsName(0)} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return dir, files
}

// put writes one of the files anew.
func put(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedFileGivesTheSameEventsOrAnErrorThatNamesIt(t *testing.T) {
	events := parsed(t, generated(3, 60)...)
	dir, files := sealed(t, events)
	for name, good := range files {
		for at := 0; at < len(good); at += 1 + len(good)/1000 {
			bad := bytes.Clone(good)
			bad[at] ^= 1 << (at % 8)
			put(t, dir, name, bad)
			if err := readAll(t, dir, events); err != nil && !strings.Contains(err.Error(), name) {
				t.Fatalf("byte %d of %s: the error does not name the file: %v", at, name, err)
			}
		}
		for _, size := range []int{0, 3, 11, 12, len(good) / 2, len(good) - 1} {
			put(t, dir, name, good[:size])
			if readAll(t, dir, events) == nil {
				t.Errorf("%s cut to %d bytes reads without an error", name, size)
			}
		}
		put(t, dir, name, append(bytes.Clone(good), 0))
		if readAll(t, dir, events) == nil {
			t.Errorf("%s with a byte more reads without an error", name)
		}
		put(t, dir, name, good)
	}
	if err := readAll(t, dir, events); err != nil {
		t.Fatal(err)
	}
}

// TestAByteOfAPageCannotBeChangedUnseen flips bytes of each page: it has a checksum.
func TestAByteOfAPageCannotBeChangedUnseen(t *testing.T) {
	events := parsed(t, generated(8, 40)...)
	dir, files := sealed(t, events)
	good := files[Name(0)]
	s, err := Open(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for i := range s.chunks {
		c := &s.chunks[i]
		if err := s.locate(c); err != nil {
			t.Fatal(err)
		}
		for _, p := range c.pages {
			_, h, err := s.page(p.offset, p.size)
			if err != nil {
				t.Fatal(err)
			}
			for at := p.offset + p.size - int64(h.CompressedPageSize); at < p.offset+p.size; at += 1 + p.size/20 {
				bad := bytes.Clone(good)
				bad[at] ^= 0x10
				put(t, dir, Name(0), bad)
				if readAll(t, dir, events) == nil {
					t.Fatalf("column %s: byte %d can be changed and nobody sees it", c.name, at)
				}
			}
		}
	}
}

// TestAFileCannotTakeMuchMemory has files announce what they do not hold.
func TestAFileCannotTakeMuchMemory(t *testing.T) {
	events := parsed(t, generated(3, 10)...)
	dir, files := sealed(t, events)
	good := files[Name(0)]
	footer := func(b []byte) []byte {
		out := append(bytes.Clone(good[:len(good)-8-int(binary.LittleEndian.Uint32(good[len(good)-8:]))]), b...)
		return append(binary.LittleEndian.AppendUint32(out, uint32(len(b))), magic...)
	}
	whole := good[len(good)-8-int(binary.LittleEndian.Uint32(good[len(good)-8:])) : len(good)-8]
	changed := func(change func(m *format.FileMetaData)) []byte {
		var m format.FileMetaData
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), bytes.Clone(whole), &m); err != nil {
			t.Fatal(err)
		}
		change(&m)
		b, err := thrift.Marshal(new(thrift.CompactProtocol), &m)
		if err != nil {
			t.Fatal(err)
		}
		return footer(b)
	}
	for name, bad := range map[string][]byte{
		"a list of 2^31 columns":    footer([]byte{0x15, 4, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07}),
		"a text of 2^31 bytes":      footer([]byte{0x15, 4, 0x48, 0xff, 0xff, 0xff, 0xff, 0x07}),
		"structures within another": footer(bytes.Repeat([]byte{0x1c}, 1000)),
		"a footer longer than all":  append(binary.LittleEndian.AppendUint32(bytes.Clone(good[:len(good)-8]), 1<<31), magic...),
		"too many rows":             changed(func(m *format.FileMetaData) { m.NumRows, m.RowGroups[0].NumRows = 1<<40, 1<<40 }),
		"more rows than pages have": changed(func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = MaxRows, MaxRows
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.NumValues = MaxRows
			}
		}),
		"texts of 2^31 bytes": changed(func(m *format.FileMetaData) {
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.TotalUncompressedSize = 1 << 31
			}
		}),
		"a dictionary at the end": changed(func(m *format.FileMetaData) {
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.DictionaryPageOffset = int64(len(good)) - 1
			}
		}),
		"another version": changed(func(m *format.FileMetaData) { m.KeyValueMetadata[0].Value = "2" }),
		"no version":      changed(func(m *format.FileMetaData) { m.KeyValueMetadata = nil }),
		"two groups":      changed(func(m *format.FileMetaData) { m.RowGroups = append(m.RowGroups, m.RowGroups[0]) }),
		"another column":  changed(func(m *format.FileMetaData) { m.Schema[3].Name = "other" }),
	} {
		put(t, dir, Name(0), bad)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if readAll(t, dir, events) == nil {
			t.Errorf("%s: expected an error", name)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("%s: it took %d bytes", name, took)
		}
	}
}

// FuzzDamagedSegment changes some bytes of a segment: reading must give the events, or an error.
func FuzzDamagedSegment(f *testing.F) {
	var p event.Parser
	var events []event.Event
	for _, line := range generated(6, 30) {
		e, err := p.Parse([]byte(line))
		if err != nil {
			f.Fatal(err)
		}
		events = append(events, e)
	}
	_, files := sealed(f, events)
	f.Add(uint16(4), []byte{0xff}, false)
	f.Add(uint16(400), []byte("\x19\xfc\xff\xff\xff\xff\x07"), false)
	f.Add(uint16(len(files[Name(0)])-8), []byte{0xff, 0xff, 0, 0}, false)
	f.Add(uint16(12), []byte{1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xff, 0xff, 0xff}, true)
	f.Fuzz(func(t *testing.T, at uint16, change []byte, index bool) {
		dir := t.TempDir()
		for name, good := range files {
			data := bytes.Clone(good)
			if index == (name == IDsName(0)) {
				copy(data[int(at)%len(data):], change)
			}
			put(t, dir, name, data)
		}
		// Somebody who changes pages can give them their checksum, so that other events are no failure here.
		s, err := Open(dir, 0)
		if err != nil {
			return
		}
		defer func() { _ = s.Close() }()
		if _, err := s.Find(events[0].ID); err != nil {
			return
		}
		if s.Events(nil, func(int, *event.Event) error { return nil }) == nil {
			_ = s.Check() // it must not panic; what it says is held elsewhere
		}
	})
}
