package auditlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Holder is who has a store open to write.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

func (h Holder) String() string {
	return fmt.Sprintf("%s, process %d on %s, since %s", h.Command, h.PID, h.Host, h.Since.UTC().Format(time.RFC3339))
}

// LockedError says that somebody else writes to the store.
type LockedError struct {
	Dir    string
	Holder Holder
	Known  bool // whether the lock says who
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.Known {
		who = e.Holder.String()
	}
	return fmt.Sprintf("%s: one process writes at a time, and at present it is %s; wait for it, or end it", filepath.Join(e.Dir, lockFile), who)
}

// acquire takes the lock of a store and writes into it who has it.
func acquire(dir string, holder Holder) (*lock, error) {
	path := filepath.Join(dir, lockFile)
	l, err := tryLock(path)
	if errors.Is(err, errHeld) {
		found, known := readHolder(path)
		return nil, &LockedError{Dir: dir, Holder: found, Known: known}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be locked: %w", path, err)
	}
	data, err := json.Marshal(holder)
	if err == nil {
		err = l.write(append(data, '\n'))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), l.release())
	}
	return l, nil
}

// errHeld says that somebody has the lock.
var errHeld = errors.New("somebody has the lock")

// maxHolder is how long what stands in a lock may be, in bytes.
const maxHolder = 4096

func readHolder(path string) (h Holder, known bool) {
	f, err := os.Open(path)
	if err != nil {
		return h, false
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxHolder))
	return h, err == nil && json.Unmarshal(data, &h) == nil && h.PID != 0
}

// overwrite replaces what stands in a file that is open.
func overwrite(f *os.File, data []byte) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(data, 0)
	return err
}
