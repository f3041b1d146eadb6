package ledger

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// manyFiles is from how many files on the whole file system is asked to write out what it has: cheaper than one by one.
const manyFiles = 64

// syncFiles makes files and their names last.
func syncFiles(dir string, files []string) (err error) {
	if len(files) < manyFiles {
		return syncEach(dir, files)
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return unix.Syncfs(int(f.Fd()))
}
