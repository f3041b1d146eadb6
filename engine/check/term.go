package check

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// fromTerm is the canonical value of a term; sets become arrays in Rego's order.
func fromTerm(t *ast.Term) (canon.Value, error) {
	plain, err := ast.JSON(t.Value)
	if err != nil {
		return canon.Value{}, err
	}
	return canon.FromAny(plain)
}

func text(v *canon.Value) string {
	if v == nil || v.Kind != canon.String {
		return ""
	}
	return v.Text
}
