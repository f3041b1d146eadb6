//go:build unix

package project

import (
	"io/fs"
	"syscall"
)

// owner is the id of the user whom a file belongs to.
func owner(info fs.FileInfo) (int, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
