//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package auditlog

import (
	"errors"
	"os"
	"syscall"
)

// lock is a file that the kernel lets one process lock; it lets go of it when that process ends, however it ends.
type lock struct{ file *os.File }

func tryLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err == syscall.EWOULDBLOCK {
		err = errHeld
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &lock{f}, nil
}

func (l *lock) write(data []byte) error { return overwrite(l.file, data) }

// release empties the file, which stays, and lets go of it. That it does so by name, and not by closing the file alone, is for processes
// that are just being started: until they are, they have the file open too.
func (l *lock) release() error {
	return errors.Join(l.file.Truncate(0), syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}
