package ledger

import (
	"errors"
	"os"
	"path/filepath"
)

// syncEach makes files and the folders up to dir that hold them last, one by one.
func syncEach(dir string, files []string) error {
	folders := map[string]bool{}
	for _, path := range files {
		if err := syncOne(path); err != nil {
			return err
		}
		for d := filepath.Dir(path); len(d) >= len(dir) && !folders[d]; d = filepath.Dir(d) {
			folders[d] = true
		}
	}
	for d := range folders {
		if f, err := os.Open(d); err == nil { // some systems open no folders
			_ = f.Sync()
			if err := f.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

func syncOne(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
