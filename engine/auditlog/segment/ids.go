package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// The sidecar: a header, then for each event, sorted, 8 bytes of a hash of its id and 4 bytes of its row.
const (
	idsMagic  = "ktids1\n\x00"
	idsHeader = len(idsMagic) + 4
	idsEntry  = 12
)

// IDHash is what the sidecar knows an id by: the first 8 bytes of its SHA-256, so that nobody makes many ids that are taken for one
// cheaply; where it happens, it costs a look.
func IDHash(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:8])
}

type idEntry struct {
	hash uint64
	row  uint32
}

func compareEntries(a, b idEntry) int {
	switch {
	case a.hash < b.hash:
		return -1
	case a.hash > b.hash:
		return 1
	}
	return int(int64(a.row) - int64(b.row))
}

func entriesOf(n int, id func(row int) string) []idEntry {
	entries := make([]idEntry, n)
	for row := range entries {
		entries[row] = idEntry{IDHash(id(row)), uint32(row)}
	}
	slices.SortFunc(entries, compareEntries)
	return entries
}

func sidecar(entries []idEntry) []byte {
	out := make([]byte, 0, idsHeader+idsEntry*len(entries))
	out = append(out, idsMagic...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(entries)))
	for _, e := range entries {
		out = binary.LittleEndian.AppendUint64(out, e.hash)
		out = binary.LittleEndian.AppendUint32(out, e.row)
	}
	return out
}

// openIDs opens the sidecar of a segment with that many rows.
func openIDs(path string, rows int) (_ *os.File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var head [idsHeader]byte
	info, err := f.Stat()
	if err == nil {
		_, err = f.ReadAt(head[:], 0)
	}
	n := binary.LittleEndian.Uint32(head[len(idsMagic):])
	if err == nil && (!bytes.HasPrefix(head[:], []byte(idsMagic)) || int(n) != rows || info.Size() != int64(idsHeader+idsEntry*rows)) {
		err = fmt.Errorf("%s: expected an index of the ids of %d events, found another file", path, rows)
	}
	if err != nil {
		_ = f.Close() // it was only read
		return nil, err
	}
	return f, nil
}

func entryAt(data []byte, i int) idEntry {
	at := data[i*idsEntry:]
	return idEntry{binary.LittleEndian.Uint64(at), binary.LittleEndian.Uint32(at[8:])}
}

// Find is the rows of the events with an id.
func (s *Segment) Find(wanted string) (rows []int, err error) {
	f, err := openIDs(s.ids, s.rows)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	candidates, err := search(f, s.rows, IDHash(wanted))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.ids, err)
	}
	for _, row := range candidates {
		if int(row) >= s.rows {
			return nil, fmt.Errorf("%s: expected rows below %d, found %d", s.ids, s.rows, row)
		}
		p, err := s.part(id, int(row))
		if err != nil {
			return nil, err
		}
		if found, ok := p.at(int(row)); ok && found == wanted {
			rows = append(rows, int(row))
		}
	}
	slices.Sort(rows)
	return rows, nil
}

// entries reads those of a sidecar, with their neighbours: a good guess is so near that no second reading is needed.
type entries struct {
	file io.ReaderAt
	n    int
	from int
	data [neighbours * idsEntry]byte
	have int
}

const neighbours = 512

func (e *entries) at(i int) (idEntry, error) {
	if i < e.from || i >= e.from+e.have {
		e.from = max(min(i-neighbours/2, e.n-neighbours), 0)
		e.have = min(neighbours, e.n-e.from)
		if _, err := e.file.ReadAt(e.data[:e.have*idsEntry], int64(idsHeader+e.from*idsEntry)); err != nil {
			e.have = 0
			return idEntry{}, err
		}
	}
	return entryAt(e.data[:], i-e.from), nil
}

// search finds the rows of a hash. Hashes are evenly spread, so that a guess by proportion is nearly right.
func search(f io.ReaderAt, n int, hash uint64) ([]uint32, error) {
	w := entries{file: f, n: n}
	at := w.at
	low, high := 0, n // the first entry with at least the hash lies in [low, high]
	bottom, top := float64(0), float64(1<<63)*2
	for low < high {
		guess := low + int(float64(high-low)*(float64(hash)-bottom)/(top-bottom))
		guess = min(max(guess, low), high-1)
		e, err := at(guess)
		if err != nil {
			return nil, err
		}
		if e.hash < hash {
			low, bottom = guess+1, float64(e.hash)
		} else {
			high, top = guess, float64(e.hash)
		}
		if top <= bottom { // neighbours that a float cannot tell apart
			bottom, top = 0, float64(1<<63)*2
		}
	}
	var rows []uint32
	for i := low; i < n; i++ {
		e, err := at(i)
		if err != nil {
			return nil, err
		}
		if e.hash != hash {
			break
		}
		rows = append(rows, e.row)
	}
	return rows, nil
}

// Contains says, for each of some hashes of ids, ascending, whether an event of the segment may have such an id: it calls fn with the
// place of the hash and the row, for each that is there.
func Contains(folder string, info Info, hashes []uint64, fn func(i int, row int)) error {
	path := filepath.Join(folder, IDsName(info.First))
	f, err := openIDs(path, info.Rows)
	if err != nil {
		return err
	}
	data := make([]byte, info.Rows*idsEntry)
	_, err = f.ReadAt(data, int64(idsHeader))
	_ = f.Close() // it was only read
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	j := 0
	for i := 0; i < info.Rows && j < len(hashes); i++ {
		e := entryAt(data, i)
		for j < len(hashes) && hashes[j] < e.hash {
			j++
		}
		for k := j; k < len(hashes) && hashes[k] == e.hash; k++ {
			if int(e.row) >= info.Rows {
				return fmt.Errorf("%s: expected rows below %d, found %d", path, info.Rows, e.row)
			}
			fn(k, int(e.row))
		}
	}
	return nil
}
