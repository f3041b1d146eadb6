package report

import "io"

// ScopeJSON writes the scoping document as JSON.
func ScopeJSON(w io.Writer, s *Scope) error { return encode(w, s) }
