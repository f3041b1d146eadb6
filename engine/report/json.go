package report

import (
	"encoding/json"
	"io"

	"github.com/keeptrusts/kt/engine/posture"
)

// JSON writes the posture as the document that `kt compliance check --output` makes.
func JSON(w io.Writer, p *posture.Posture) error { return p.Encode(w) }

// encode writes any other value as indented JSON, without escaping for HTML.
func encode(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
