package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/mappings"
	"github.com/keeptrusts/kt/policies"
)

//go:embed files
var files embed.FS

// fixture is the organisation that a new repository judges: small, and without defects.
var fixture = demo.Options{Events: 400, Keys: 30, Seed: 1, Clean: true}

// file is a file of the repository; its name is a path with slashes below it.
type file struct {
	name string
	data []byte
}

// contents are all files of a new repository, sorted by name.
func contents() ([]file, error) {
	var out []file
	for _, part := range []struct {
		folder string
		fsys   fs.FS
	}{{"policies", policies.FS}, {"mappings", mappings.FS}} {
		err := fs.WalkDir(part.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := fs.ReadFile(part.fsys, name)
			out = append(out, file{path.Join(part.folder, name), data})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	snapshot, err := demo.Snapshot(fixture)
	if err != nil {
		return nil, err
	}
	events, err := io.ReadAll(demo.Events(fixture))
	if err != nil {
		return nil, err
	}
	out = append(out, file{"fixtures/" + demo.SnapshotFile, snapshot}, file{"fixtures/" + demo.EventsFile, events})
	for name, as := range map[string]string{"kt.yaml": "kt.yaml", "README.md": "README.md", "compliance.yml": ".github/workflows/compliance.yml"} {
		data, rerr := files.ReadFile("files/" + name)
		err = errors.Join(err, rerr)
		out = append(out, file{as, bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))})
	}
	slices.SortFunc(out, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return out, err
}
