package predicate

import (
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/engine/canon"
)

// Term turns a canonical value into what OPA evaluates. Numbers keep their canonical digits.
func Term(v *canon.Value) *ast.Term {
	switch v.Kind {
	case canon.Bool:
		return ast.InternedTerm(v.Bool)
	case canon.Number:
		return ast.NewTerm(ast.Number(json.Number(v.Text)))
	case canon.String:
		return ast.NewTerm(ast.String(v.Text))
	case canon.Array:
		items := make([]*ast.Term, len(v.Items))
		for i := range v.Items {
			items[i] = Term(&v.Items[i])
		}
		return ast.ArrayTerm(items...)
	case canon.Object:
		pairs := make([][2]*ast.Term, len(v.Members))
		for i := range v.Members {
			pairs[i] = [2]*ast.Term{ast.InternedTerm(v.Members[i].Key), Term(&v.Members[i].Value)}
		}
		return ast.ObjectTerm(pairs...)
	}
	return ast.NullTerm()
}

// FromTerm is the canonical value of a term; sets become arrays in Rego's order.
func FromTerm(t *ast.Term) (canon.Value, error) {
	plain, err := ast.JSON(t.Value)
	if err != nil {
		return canon.Value{}, err
	}
	return canon.FromAny(plain)
}
