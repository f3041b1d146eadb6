//go:build !linux

package ledger

// syncFiles makes files and their names last.
func syncFiles(dir string, files []string) error { return syncEach(dir, files) }
