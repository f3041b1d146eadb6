package auditlog

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
)

// ours are the names that a writer gives to files of segments.
var ours = regexp.MustCompile(`^[0-9]{12,}\.(parquet|ids)(\.tmp)?$`)

// recover removes what a writer that came to no end has left: files of segments that the catalogue does not name, tiles beyond the tree, and
// what retention has dropped. Files that no writer makes are left for verify to report.
func (w *Writer) recover(s *state) error {
	named := map[string]bool{}
	for i := range s.segments {
		named[segment.IDsName(s.segments[i].First)] = true
		if !s.segments[i].Dropped {
			named[segment.Name(s.segments[i].First)] = true
		}
	}
	entries, err := os.ReadDir(segmentPath(w.dir))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); !named[name] && ours.MatchString(name) && entry.Type().IsRegular() {
			if err := os.Remove(filepath.Join(segmentPath(w.dir), name)); err != nil {
				return err
			}
		}
	}
	if s.writing != "" || w.state == nil {
		if err := s.tree.Clean(); err != nil {
			return err
		}
	}
	if err := absent(os.Remove(filepath.Join(w.dir, checkpointFile+".tmp"))); err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(w.dir, checkpointFile))
	switch {
	case absent(err) != nil:
		return err
	case s.checkpoint == nil:
		return absent(os.Remove(filepath.Join(w.dir, checkpointFile)))
	case err == nil && bytes.Equal(have, s.checkpoint):
		return nil
	}
	return publish(w.dir, s.checkpoint)
}
