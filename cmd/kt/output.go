package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// output is a file to write whole or not at all.
type output struct {
	path   string
	direct bool // a pipe or a device: written as it is
}

// openOutput finds out, before any work is done, that a file can be written: its folder is there, and takes a new file.
func openOutput(path string) (*output, error) {
	if path == "-" {
		return nil, errors.New("--output -: expected a file; use --json to write to standard output")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("--output %s: expected a file, found a folder; name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		return &output{path: path, direct: true}, nil
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, fmt.Errorf("--output: %w", err)
		}
	}
	dir := filepath.Dir(path)
	info, err = os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--output %s: the folder %s does not exist; make it first", path, dir)
	case err != nil:
		return nil, fmt.Errorf("--output %s: %w", path, err)
	case !info.IsDir():
		return nil, fmt.Errorf("--output %s: %s is not a folder", path, dir)
	}
	o := &output{path: path}
	probe, err := o.temporary()
	if err != nil {
		return nil, fmt.Errorf("--output %s: the folder %s cannot be written: %w", path, dir, err)
	}
	return o, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// temporary makes a new file beside the target, with the rights that the target would be made with.
func (o *output) temporary() (*os.File, error) {
	name := "." + filepath.Base(o.path) + "." + strings.ToLower(rand.Text()[:8]) + ".tmp"
	return os.OpenFile(filepath.Join(filepath.Dir(o.path), name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
}

// write puts data in the target's place in one step, so that nobody ever reads half of it.
func (o *output) write(data []byte) error {
	return o.stream(func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// stream is as write, for what comes piece by piece.
func (o *output) stream(fill func(io.Writer) error) error {
	if o.direct {
		f, err := os.OpenFile(o.path, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		return errors.Join(fill(f), f.Close())
	}
	f, err := o.temporary()
	if err != nil {
		return fmt.Errorf("--output %s: %w", o.path, err)
	}
	if info, serr := os.Stat(o.path); serr == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = fill(f)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), o.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("--output %s: %w", o.path, err), os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(o.path))
}

// syncFolder makes the new name last, where the system lets a folder be opened; elsewhere it is left to the system.
func syncFolder(dir string) error {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		return d.Close()
	}
	return nil
}
