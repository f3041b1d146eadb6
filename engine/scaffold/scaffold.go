package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Options of a new repository.
type Options struct {
	// Force writes into a folder that is not empty. Files of the repository's own names are replaced, no others touched.
	Force bool
}

// NotEmptyError says that the folder holds something, and what of it would have been replaced.
type NotEmptyError struct {
	Dir     string
	Replace []string // files that are there and belong to a repository
	Holds   []string // what lies in the folder
}

func (e *NotEmptyError) Error() string {
	if len(e.Replace) == 0 {
		return fmt.Sprintf("%s: expected an empty folder, found one that holds %s; name another one, or use --force (none of these files would be replaced)", e.Dir, some(e.Holds))
	}
	return fmt.Sprintf("%s: expected an empty folder, found one that holds %s; name another one, or use --force, which would replace %d files: %s",
		e.Dir, some(e.Holds), len(e.Replace), some(e.Replace))
}

// some names the first few of many.
func some(names []string) string {
	const few = 10
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}

// Write makes a policy repository in a folder, which is created where it is not there. A folder that holds nothing but .git counts as empty.
func Write(ctx context.Context, dir string, opt Options) error {
	all, err := contents()
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return create(ctx, dir, all)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s: expected a folder, found a file; name another one", dir)
	}
	return fill(ctx, dir, all, opt)
}

// create makes the folder: it appears whole.
func create(ctx context.Context, dir string, all []file) error {
	dir = filepath.Clean(dir)
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, ".kt-init-*")
	if err != nil {
		return err
	}
	if err = build(ctx, temp, all); err == nil {
		err = os.Rename(filepath.Join(temp, "new"), dir)
	}
	return errors.Join(err, os.RemoveAll(temp))
}

// fill moves the files into a folder that is there.
func fill(ctx context.Context, dir string, all []file, opt Options) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if !opt.Force {
		if err := empty(root, dir, all); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp(dir, ".kt-init-*")
	if err != nil {
		return err
	}
	m := &move{root: root, from: filepath.Base(temp)}
	err = build(ctx, temp, all)
	for _, f := range all {
		if err == nil {
			err = errors.Join(ctx.Err(), m.place(f.name))
		}
	}
	if err != nil {
		if undone := m.undo(); undone != nil {
			return errors.Join(err, fmt.Errorf("what was there before could not all be put back; it lies in %s: %w", filepath.Join(temp, "old"), undone))
		}
	}
	return errors.Join(err, os.RemoveAll(temp))
}

// empty refuses a folder with something in it.
func empty(root *os.Root, dir string, all []file) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	refusal := &NotEmptyError{Dir: dir}
	for _, e := range entries {
		if e.Name() != ".git" {
			refusal.Holds = append(refusal.Holds, e.Name())
		}
	}
	if len(refusal.Holds) == 0 {
		return nil
	}
	for _, f := range all {
		if _, err := root.Lstat(f.name); err == nil {
			refusal.Replace = append(refusal.Replace, f.name)
		}
	}
	return refusal
}

// build writes all files below the folder "new" of another.
func build(ctx context.Context, dir string, all []file) error {
	for _, f := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.Join(dir, "new", filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// move puts files in their places and remembers how to take that back.
type move struct {
	root    *os.Root // of the repository; nothing outside of it can be reached, not even over links
	from    string   // the folder below it where the new files lie, in "new"
	folders []string // that were made
	placed  []string // files that were put
	kept    []string // those of them that were there before, now in "old"
}

func (m *move) place(name string) error {
	if err := m.folder(path.Dir(name)); err != nil {
		return err
	}
	info, err := m.root.Lstat(name)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s: expected a file, found a folder; move it away", name)
	case err == nil:
		old := path.Join(m.from, "old", name)
		if err := m.root.MkdirAll(path.Dir(old), 0o777); err != nil {
			return err
		}
		if err := m.root.Rename(name, old); err != nil {
			return err
		}
		m.kept = append(m.kept, name)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	m.placed = append(m.placed, name)
	return m.root.Rename(path.Join(m.from, "new", name), name)
}

// folder makes a folder and those above it.
func (m *move) folder(name string) error {
	info, err := m.root.Stat(name)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s: expected a folder, found a file; move it away", name)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := m.folder(path.Dir(name)); err != nil {
		return err
	}
	m.folders = append(m.folders, name)
	return m.root.Mkdir(name, 0o777)
}

// undo takes back what was done, as far as it goes.
func (m *move) undo() error {
	var failed error
	for _, name := range m.placed {
		if err := m.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	for _, name := range m.kept {
		failed = errors.Join(failed, m.root.Rename(path.Join(m.from, "old", name), name))
	}
	for _, name := range slices.Backward(m.folders) {
		if err := m.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
