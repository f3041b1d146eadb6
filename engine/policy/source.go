package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/keeptrusts/kt/mappings"
	"github.com/keeptrusts/kt/policies"
)

// Source is where a library is read from. Paths inside a library always begin with "policies/" or "mappings/", wherever
// it came from; Shown turns such a path into the one that the user knows.
type Source struct {
	Policies fs.FS
	Mappings fs.FS
	// Waivers, when set, replaces the waivers.yaml of Mappings.
	Waivers []byte
	// Commit is the git commit that the files belong to, "" when unknown. Dirty says that some file differs from it.
	Commit string
	Dirty  bool
	// Where the two folders lie, for messages. Empty for the embedded library.
	policiesDir, mappingsDir string
	waiversFile              string
	git                      *repository
}

// Embedded is the library inside the binary. Its commit is the one that the binary was built from, where known.
func Embedded() Source {
	s := Source{Policies: policies.FS, Mappings: mappings.FS}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				s.Commit = setting.Value
			case "vcs.modified":
				s.Dirty = setting.Value == "true"
			}
		}
	}
	return s
}

// Directories is the library in two folders. An empty policies folder name stands for the embedded checks, an empty
// mappings folder name for the folder "mappings" in or beside the policies, and else for the embedded mappings.
// A policies folder that itself holds a folder "policies" is a whole repository.
func Directories(policiesDir, mappingsDir string) (Source, error) {
	s := Embedded()
	if policiesDir != "" {
		if isDir(filepath.Join(policiesDir, "policies")) && !isDir(filepath.Join(policiesDir, "checks")) {
			policiesDir = filepath.Join(policiesDir, "policies")
		}
		if mappingsDir == "" {
			mappingsDir = mappingsBeside(policiesDir)
		}
		fsys, err := openDir(policiesDir)
		if err != nil {
			return Source{}, fmt.Errorf("policies: %w", err)
		}
		s = Source{Policies: fsys, Mappings: mappings.FS, policiesDir: policiesDir}
	}
	if mappingsDir != "" {
		fsys, err := openDir(mappingsDir)
		if err != nil {
			return Source{}, fmt.Errorf("mappings: %w", err)
		}
		s.Mappings, s.mappingsDir = fsys, mappingsDir
	}
	anchor := policiesDir
	if anchor == "" {
		anchor = mappingsDir
	}
	if anchor != "" {
		s.Commit, s.Dirty = "", false
		s.git = openRepository(anchor)
	}
	return s, nil
}

// WithWaivers replaces the library's waivers by those of a file.
func (s Source) WithWaivers(file string) (Source, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("waivers: %w", err)
	}
	s.Waivers, s.waiversFile = data, file
	return s, nil
}

// Shown is the path under which the user knows a file of the library.
func (s Source) Shown(path string) string {
	if s.waiversFile != "" && path == "mappings/waivers.yaml" {
		return s.waiversFile
	}
	if rest, ok := strings.CutPrefix(path, "policies/"); ok && s.policiesDir != "" {
		return filepath.Join(s.policiesDir, filepath.FromSlash(rest))
	}
	if rest, ok := strings.CutPrefix(path, "mappings/"); ok && s.mappingsDir != "" {
		return filepath.Join(s.mappingsDir, filepath.FromSlash(rest))
	}
	return path
}

// inBinary tells whether a file of the library was compiled in, and does not lie in a folder.
func (s Source) inBinary(path string) bool {
	switch {
	case s.waiversFile != "" && path == waiversPath:
		return false
	case strings.HasPrefix(path, "policies/"):
		return s.policiesDir == ""
	}
	return s.mappingsDir == ""
}

func mappingsBeside(policiesDir string) string {
	for _, dir := range []string{filepath.Join(policiesDir, "mappings"), filepath.Join(policiesDir, "..", "mappings")} {
		if isDir(dir) {
			return dir
		}
	}
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// openDir opens a folder so that no link inside it leads out of it.
func openDir(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such folder; name one that holds the library, or leave the flag out to use the embedded one", dir)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: expected a folder, found a file", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return root.FS(), nil
}

// IsLibrary tells whether a folder is a library of kt's, or a repository that holds one in its folder policies.
func IsLibrary(dir string) bool {
	return isDir(filepath.Join(dir, "checks")) || isDir(filepath.Join(dir, "policies", "checks"))
}
