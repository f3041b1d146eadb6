package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// unfinished is the ending of a file that is not yet in its place.
const unfinished = ".tmp"

// writer writes tiles, and at the end makes all of them last together.
type writer struct {
	dir  string
	root *os.File // dir, opened before anything is written: what fails in between is told only to who had it open

	mu      sync.Mutex
	files   []string
	folders map[string]bool // with new names in them
}

func newWriter(dir string) (*writer, error) {
	w := &writer{dir: dir, folders: map[string]bool{}}
	if err := w.makeFolder(dir); err != nil {
		return nil, err
	}
	root, err := os.Open(dir)
	w.root = root
	return w, err
}

func (w *writer) close() { _ = w.root.Close() } // it was only read from

// full writes a full tile. Nothing needs the file before the new head is noted, so it is written in its place, unless a crash left one there.
func (w *writer) full(level int, n int64, hashes []Hash) error {
	path := filepath.Join(w.dir, tilePath(level, n, width))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := w.makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if errors.Is(err, fs.ErrExist) {
		return w.replace(level, n, hashes)
	}
	if err != nil {
		return err
	}
	w.wrote(path)
	return fill(f, hashes)
}

// replace writes a tile under another name first, so that the file is never there in part.
func (w *writer) replace(level int, n int64, hashes []Hash) error {
	path := filepath.Join(w.dir, tilePath(level, n, len(hashes)))
	if err := w.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := fill(f, hashes); err != nil {
		return err
	}
	w.wrote(path)
	return os.Rename(path+unfinished, path)
}

func fill(f *os.File, hashes []Hash) error {
	var buffer [tileSize]byte
	data := buffer[:0]
	for i := range hashes {
		data = append(data, hashes[i][:]...)
	}
	_, err := f.Write(data)
	return errors.Join(err, f.Close())
}

func (w *writer) wrote(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files = append(w.files, path)
	w.folders[filepath.Dir(path)] = true
}

// makeFolder makes a folder, with those above it, where it is not there yet.
func (w *writer) makeFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := w.makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders[filepath.Dir(path)] = true
	return err
}

// syncEach makes the files and their names last, one by one.
func (w *writer) syncEach() error {
	for _, path := range w.files {
		if err := syncOne(path, os.O_RDWR); err != nil {
			return err
		}
	}
	if runtime.GOOS == "windows" { // it has no such thing for folders
		return nil
	}
	for path := range w.folders {
		if err := syncOne(path, os.O_RDONLY); err != nil {
			return err
		}
	}
	return nil
}

func syncOne(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
