package ledger

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// manyFiles is from how many files on the whole file system is asked to write out what it has: cheaper than one by one.
const manyFiles = 16

// sync makes what was written last, and its names.
func (w *writer) sync() error {
	if len(w.files) < manyFiles {
		return w.syncEach()
	}
	if err := unix.Syncfs(int(w.root.Fd())); err != nil {
		return fmt.Errorf("%s: could not be made safe on the disk: %w", w.dir, err)
	}
	return nil
}
