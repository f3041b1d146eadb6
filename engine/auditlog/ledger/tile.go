package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// tilePath is a tile's file below the folder of tiles: tile/<level>/<number>, and .p/<width> of one that is not full.
func tilePath(level int, n int64, hashes int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if hashes < width {
		name = fmt.Sprintf("%s.p/%d", name, hashes)
	}
	return filepath.FromSlash(fmt.Sprintf("tile/%d/%s", level, name))
}

// readTile reads the first hashes of a tile: from the file of just so many, or, where it has grown since, from a fuller one.
func readTile(dir string, level int, n int64, hashes int) ([]Hash, error) {
	if hashes == 0 {
		return make([]Hash, 0, width), nil
	}
	var data []byte
	var err error
	for w := hashes; w <= width; w++ {
		if data, err = readLimited(filepath.Join(dir, tilePath(level, n, w)), w*tlog.HashSize); err == nil {
			break
		}
		if !os.IsNotExist(err) {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: expected a tile with at least %d hashes, found none", filepath.Join(dir, tilePath(level, n, hashes)), hashes)
	}
	out := make([]Hash, hashes, width)
	for i := range out {
		copy(out[i][:], data[i*tlog.HashSize:])
	}
	return out, nil
}

// readLimited reads a file that must have exactly so many bytes.
func readLimited(path string, size int) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a file, found %s", path, info.Mode().Type())
	}
	if info.Size() != int64(size) {
		return nil, fmt.Errorf("%s: expected %d bytes, found %d", path, size, info.Size())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	_, err = io.ReadFull(f, data)
	return data, errors.Join(err, f.Close())
}

// parseTilePath reads the path of a tile below the folder of tiles, with slashes.
func parseTilePath(name string) (level int, n int64, hashes int, ok bool) {
	rest, ok := strings.CutPrefix(name, "tile/")
	if !ok {
		return 0, 0, 0, false
	}
	first, rest, _ := strings.Cut(rest, "/")
	level, err := strconv.Atoi(first)
	if err != nil || level < 0 || level > 7 {
		return 0, 0, 0, false
	}
	hashes = width
	if whole, partial, cut := strings.Cut(rest, ".p/"); cut {
		rest = whole
		if hashes, err = strconv.Atoi(partial); err != nil || hashes < 1 || hashes >= width {
			return 0, 0, 0, false
		}
	}
	parts := strings.Split(rest, "/")
	if len(parts) > 6 {
		return 0, 0, 0, false
	}
	for i, part := range parts {
		part, marked := strings.CutPrefix(part, "x")
		digits, err := strconv.Atoi(part)
		if err != nil || len(part) != 3 || digits < 0 || marked != (i < len(parts)-1) {
			return 0, 0, 0, false
		}
		n = n*1000 + int64(digits)
	}
	// only the one spelling that tilePath gives
	return level, n, hashes, filepath.ToSlash(tilePath(level, n, hashes)) == name
}
