// Package policies holds kt's own policy library, as Rego, for the single binary.
package policies

import "embed"

// FS is the library as it was compiled in: checks, controls, thresholds and lib.
//
//go:embed all:checks all:controls all:lib all:thresholds
var FS embed.FS
