package policy

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/keeptrusts/kt/schemas"
)

// refused names the builtins that no policy may call: whatever OPA itself marks as nondeterministic (the network, the
// clock, the environment, chance), and what reads the clock or the trace without being marked. What is left gives the
// same verdict in any OPA, at any time.
var refused = sync.OnceValue(func() map[string]struct{} {
	out := map[string]struct{}{"trace": {}}
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		if b.Nondeterministic || strings.HasPrefix(b.Name, "crypto.x509.parse_and_verify_certificates") {
			out[b.Name] = struct{}{}
		}
	}
	return out
})

// capabilities are OPA's, without any host that the type checker could fetch a schema from.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	caps := ast.CapabilitiesForThisVersion()
	caps.AllowNet = []string{}
	return caps
})

// newCompiler makes a compiler that refuses what no policy may call. Capabilities that lack those builtins would do as well, but would call
// them undefined; this says that they are unsafe.
func newCompiler() *ast.Compiler {
	c := ast.NewCompiler().WithCapabilities(capabilities()).WithDefaultRegoVersion(ast.RegoV1)
	return c.WithUnsafeBuiltins(refused())
}

// refusePrint finds calls of print, which OPA would silently erase.
func refusePrint(modules map[string]*ast.Module) error {
	var errs ast.Errors
	for _, m := range modules {
		ast.WalkExprs(m, func(e *ast.Expr) bool {
			if e.IsCall() && e.Operator().Equal(ast.Print.Ref()) {
				errs = append(errs, ast.NewError(ast.CompileErr, e.Location, "print is not allowed in a policy: a verdict writes nothing; remove the call"))
			}
			return false
		})
	}
	if len(errs) == 0 {
		return nil
	}
	errs.Sort()
	return errs
}

// schemaSet holds each schema of schemas/ under schema.NAME, for the METADATA of checks.
var schemaSet = sync.OnceValues(func() (*ast.SchemaSet, error) {
	set := ast.NewSchemaSet()
	names, err := fs.Glob(schemas.FS, "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := schemas.FS.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var doc map[string]any
		if err := json.Unmarshal(data, &doc); err != nil {
			return nil, fmt.Errorf("schemas/%s: %w", name, err)
		}
		withoutExamples(doc)
		set.Put(ast.SchemaRootRef.Append(ast.StringTerm(strings.TrimSuffix(name, ".json"))), doc)
	}
	return set, nil
})

// withoutExamples takes the examples out of a schema: OPA's compiler would take a member "id" in one for the schema's own.
func withoutExamples(schema map[string]any) {
	delete(schema, "examples")
	for key, value := range schema {
		inner, ok := value.(map[string]any)
		switch {
		case !ok:
		case key == "properties" || key == "definitions": // names, not keywords
			for _, named := range inner {
				if s, ok := named.(map[string]any); ok {
					withoutExamples(s)
				}
			}
		default:
			withoutExamples(inner)
		}
	}
}
