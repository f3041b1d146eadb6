package segment

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Rows are the rows of a segment whose events may have an id with this hash, ascending. It reads a few entries of the sidecar and not the
// segment itself, so that many segments are soon asked.
func Rows(folder string, info Info, hash uint64) ([]int, error) {
	path := filepath.Join(folder, IDsName(info.First))
	f, err := openIDs(path, info.Rows)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	found, err := search(f, info.Rows, hash)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rows := make([]int, 0, len(found))
	for _, row := range found {
		if int64(row) >= int64(info.Rows) {
			return nil, fmt.Errorf("%s: expected rows below %d, found %d", path, info.Rows, row)
		}
		rows = append(rows, int(row))
	}
	slices.Sort(rows)
	return rows, nil
}
