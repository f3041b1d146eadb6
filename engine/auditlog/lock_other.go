//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package auditlog

import (
	"errors"
	"io/fs"
	"os"
)

// lock is a file that exists while somebody writes.
type lock struct{ file *os.File }

func tryLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if alive(path) {
			return nil, errHeld
		}
		if err := os.Remove(path); err != nil {
			return nil, errHeld // somebody has it open
		}
		f, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	return &lock{f}, nil
}

// alive says whether the process that a lock names may still run; on another host nobody can tell.
func alive(path string) bool {
	h, known := readHolder(path)
	if !known {
		return false
	}
	if host, err := os.Hostname(); err != nil || host != h.Host {
		return true
	}
	p, err := os.FindProcess(h.PID)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}

func (l *lock) write(data []byte) error { return overwrite(l.file, data) }

func (l *lock) release() error {
	return errors.Join(l.file.Close(), os.Remove(l.file.Name()))
}
