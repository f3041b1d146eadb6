package auditlog

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
)

// quarantine holds the table against its running sum, which the checkpoint covers.
func (v *verification) quarantine(ctx context.Context) error {
	var over running
	err := v.reader.query(func(q querier) error {
		return readQuarantine(ctx, q, func(one *Quarantined, have []byte) error {
			over.set(one.next(over.sum))
			if one.Number != over.count || string(over.sum[:]) != string(have) {
				v.problem(catalogueFile, one.Number, "quarantine: expected row %d as it was written, found it or one before it changed or removed", one.Number)
				copy(over.sum[:], have) // what follows may be right
			}
			return nil
		})
	})
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem(catalogueFile, -1, "quarantine: %v", err)
	}
	if over != v.reader.sums.quarantine {
		v.problem(catalogueFile, -1, "quarantine: expected the %d rows that the checkpoint covers, found %d, or others", v.reader.sums.quarantine.count, over.count)
	}
	return nil
}

// retention holds the decisions against their running sum and their signatures, and each dropped segment against a tombstone.
func (v *verification) retention(ctx context.Context) error {
	var over running
	buried := map[int64]*Tombstone{}
	err := v.reader.query(func(q querier) error {
		return readRetention(ctx, q, func(number int64, text, have []byte) error {
			over.set(over.sum.next().text(string(text)).sum())
			if number != over.count || string(over.sum[:]) != string(have) {
				v.problem(catalogueFile, number, "retention: expected row %d as it was written, found it or one before it changed or removed", number)
				copy(over.sum[:], have) // what follows may be right
			}
			d, err := parseDecision(text, v.reader.origin, v.key)
			if err != nil {
				v.problem(catalogueFile, number, "retention: row %d: %v", number, err)
				return nil
			}
			if d.Tombstone != nil {
				buried[d.Tombstone.First] = d.Tombstone
			}
			return nil
		})
	})
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem(catalogueFile, -1, "retention: %v", err)
	}
	if over != v.reader.sums.retention {
		v.problem(catalogueFile, -1, "retention: expected the %d rows that the checkpoint covers, found %d, or others", v.reader.sums.retention.count, over.count)
	}
	for i := range v.reader.segments {
		info := &v.reader.segments[i]
		t := buried[info.First]
		matches := t != nil && t.Rows == info.Rows && t.SHA256 == info.SHA256 && t.From.Equal(info.From) && t.To.Equal(info.To)
		switch {
		case info.Dropped && !matches:
			v.problem(catalogueFile, info.First, "segments: expected a signed tombstone for the segment at %d, for the catalogue says that it was dropped, found none", info.First)
		case !info.Dropped && t != nil:
			v.problem(catalogueFile, info.First, "segments: expected the segment at %d to be marked as dropped, as its tombstone says, found it not to be", info.First)
		}
	}
	return nil
}

// strangers names the files that the catalogue does not. Those below tiles the tree's check has named.
func (v *verification) strangers(context.Context) error {
	known := map[string]bool{catalogueFile: true, catalogueFile + "-wal": true, catalogueFile + "-shm": true, catalogueFile + "-journal": true,
		checkpointFile: true, lockFile: true}
	for i := range v.reader.segments {
		known[fileOf(segmentFolder, segment.IDsName(v.reader.segments[i].First))] = true
		known[fileOf(segmentFolder, segment.Name(v.reader.segments[i].First))] = true // one that was dropped has been told of
	}
	return filepath.WalkDir(v.dir, func(full string, entry fs.DirEntry, err error) error {
		if err != nil {
			return absent(err)
		}
		name, err := filepath.Rel(v.dir, full)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case entry.IsDir() && name == tileFolder:
			return fs.SkipDir
		case entry.IsDir() && (name == "." || name == segmentFolder):
			return nil
		case entry.IsDir():
			v.problem(name, -1, "expected no other folder here: find out who made it")
			return fs.SkipDir
		case known[name] && entry.Type().IsRegular():
			return nil
		case name == checkpointFile+".tmp" || filepath.ToSlash(filepath.Dir(name)) == segmentFolder && ours.MatchString(entry.Name()):
			v.leftover(name, -1, "expected only files that the catalogue names: an interrupted write may have left it, and the next one removes it")
		default:
			v.problem(name, -1, "expected only files that the catalogue names: find out who put it there")
		}
		return nil
	})
}
