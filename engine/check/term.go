package check

import (
	"github.com/keeptrusts/kt/engine/canon"
)

func text(v *canon.Value) string {
	if v == nil || v.Kind != canon.String {
		return ""
	}
	return v.Text
}
