// Package schemas holds the JSON Schemas (draft-07) of every format that kt reads or writes, and the catalogues that go with them.
package schemas

import "embed"

// FS holds each schema as NAME.json.
//
//go:embed *.json
var FS embed.FS
