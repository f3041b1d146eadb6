//go:build !unix

package project

import "io/fs"

// owner is not known where files belong to no numbered user.
func owner(fs.FileInfo) (int, bool) { return 0, false }
