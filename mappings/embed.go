// Package mappings holds the frameworks that kt ships with, as YAML, for the single binary.
package mappings

import "embed"

// FS holds one document a framework, and the waivers (none are shipped).
//
//go:embed *.yaml
var FS embed.FS
