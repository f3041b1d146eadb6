// Package project finds the settings of the repository that kt runs in: kt.yaml, and the KT_* variables that win over it.
//
// kt.yaml is looked for in the working directory and above it, up to the root of its git repository and never further. A file that
// another user owns is refused: it could make kt read and judge what its owner chose.
package project

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/document"
)

// FileName is the name of the file that holds a project's settings.
const FileName = "kt.yaml"

// Settings are what a project names, so that its commands need no flags. What is not named is empty. Paths can be opened as they are.
type Settings struct {
	File       string // the kt.yaml they come from, "" without one
	Snapshot   string
	AuditLog   []string // files and folders
	Policies   string
	Mappings   string
	Waivers    string
	Frameworks []string
	DataDir    string
}

// Over gives the settings with what they leave open taken from others, which they win over.
func (s Settings) Over(lower Settings) Settings {
	s.File = cmp.Or(s.File, lower.File)
	s.Snapshot = cmp.Or(s.Snapshot, lower.Snapshot)
	s.Policies = cmp.Or(s.Policies, lower.Policies)
	s.Mappings = cmp.Or(s.Mappings, lower.Mappings)
	s.Waivers = cmp.Or(s.Waivers, lower.Waivers)
	s.DataDir = cmp.Or(s.DataDir, lower.DataDir)
	if len(s.AuditLog) == 0 {
		s.AuditLog = lower.AuditLog
	}
	if len(s.Frameworks) == 0 {
		s.Frameworks = lower.Frameworks
	}
	return s
}

// Open gives the settings for a working directory: the environment's over those of its kt.yaml. Flags win over both by Over, or by being
// asked first.
func Open(dir string, getenv func(string) string) (*Settings, error) {
	settings := Environment(getenv)
	path, err := Find(dir)
	if err != nil {
		return nil, err
	}
	if path != "" {
		file, err := Load(path)
		if err != nil {
			return nil, err
		}
		settings = settings.Over(*file)
	}
	return &settings, nil
}

// Environment are the settings of the variables KT_SNAPSHOT, KT_AUDIT_LOG (several as in PATH), KT_POLICIES, KT_MAPPINGS, KT_WAIVERS,
// KT_FRAMEWORKS (several with commas) and KT_DATA_DIR. An empty variable names nothing. Paths are relative to the working directory.
func Environment(getenv func(string) string) Settings {
	s := Settings{Snapshot: getenv("KT_SNAPSHOT"), Policies: getenv("KT_POLICIES"), Mappings: getenv("KT_MAPPINGS"),
		Waivers: getenv("KT_WAIVERS"), DataDir: getenv("KT_DATA_DIR")}
	for _, path := range filepath.SplitList(getenv("KT_AUDIT_LOG")) {
		if path != "" {
			s.AuditLog = append(s.AuditLog, path)
		}
	}
	for _, id := range strings.Split(getenv("KT_FRAMEWORKS"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			s.Frameworks = append(s.Frameworks, id)
		}
	}
	return s
}

// Find is the path of the kt.yaml that holds for a directory, "" where there is none: the nearest, from the directory up to the folder that
// holds .git. Outside of a git repository only the directory itself is looked at. Found from ".", the path is relative.
func Find(dir string) (string, error) {
	if dir != "." {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("%s: %w", dir, err)
		}
		if dir, err = filepath.EvalSymlinks(absolute); err != nil {
			return "", err
		}
	}
	found := ""
	for level, at := 0, dir; ; level, at = level+1, filepath.Join(at, "..") {
		path := filepath.Join(at, FileName)
		there, err := exists(path)
		if level > 0 && errors.Is(err, fs.ErrPermission) {
			return "", nil // whoever may not look there has no repository there
		}
		if err != nil {
			return "", err
		}
		if there && found == "" {
			if found = path; level == 0 {
				return found, nil
			}
		}
		git, err := exists(filepath.Join(at, ".git"))
		switch {
		case err != nil:
			return "", err
		case git:
			return found, nil
		case top(at):
			return "", nil // what was found lies above, and not in a repository
		}
	}
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// top tells whether a directory has none above it.
func top(dir string) bool {
	here, err := os.Stat(dir)
	if err != nil {
		return true
	}
	above, err := os.Stat(filepath.Join(dir, ".."))
	return err != nil || os.SameFile(here, above)
}

// Load reads a kt.yaml. What breaks schemas/kt.json is document.Problems.
func Load(path string) (*Settings, error) { return load(path, os.Geteuid()) }

// maxFile is the largest kt.yaml: 1 MiB.
const maxFile = 1 << 20

func load(path string, me int) (_ *Settings, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a file, found %s", path, info.Mode().Type())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := refuseForeign(path, f, me); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: expected at most %d bytes, found more", path, maxFile)
	}
	return decode(path, data)
}

// refuseForeign looks at the owner of the file that was opened, and of the link that may have led to it.
func refuseForeign(path string, f *os.File, me int) error {
	opened, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	link, err := os.Lstat(path)
	if err != nil {
		return err
	}
	for _, info := range []fs.FileInfo{opened, link} {
		if id, ok := owner(info); ok && id != me {
			return fmt.Errorf("%s: expected a file of the user who runs kt (%d), found one of user %d; if you trust it, make it your own with chown, or copy it", path, me, id)
		}
	}
	return nil
}

// file is kt.yaml as it is written.
type file struct {
	Snapshot   string   `json:"snapshot"`
	AuditLog   paths    `json:"audit_log"`
	Policies   string   `json:"policies"`
	Mappings   string   `json:"mappings"`
	Waivers    string   `json:"waivers"`
	Frameworks []string `json:"frameworks"`
	DataDir    string   `json:"data_dir"`
}

// paths is one path or a list of them.
type paths []string

func (p *paths) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]string)(p))
	}
	*p = make(paths, 1)
	return json.Unmarshal(data, &(*p)[0])
}

func decode(path string, data []byte) (*Settings, error) {
	doc, err := document.ParseYAML(path, data)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate("kt"); err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(canon.Append(nil, &doc.Value), &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	beside := func(name string) string {
		if name = filepath.FromSlash(name); name == "" || filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(filepath.Dir(path), name)
	}
	s := &Settings{File: path, Snapshot: beside(f.Snapshot), Policies: beside(f.Policies), Mappings: beside(f.Mappings),
		Waivers: beside(f.Waivers), Frameworks: f.Frameworks, DataDir: beside(f.DataDir)}
	for _, name := range f.AuditLog {
		if name == "-" {
			return nil, document.Problems{doc.Problem("/audit_log", "the path of a file or folder", `"-"`, "name standard input on the command line: --audit-log -")}
		}
		s.AuditLog = append(s.AuditLog, beside(name))
	}
	return s, nil
}
