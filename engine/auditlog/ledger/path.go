package ledger

import (
	"path/filepath"
	"strconv"
	"strings"
)

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
