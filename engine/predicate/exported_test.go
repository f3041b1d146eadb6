package predicate

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// RandomCheck is the rules of a random event check in a package of the given path, without METADATA. It is for the tests that run whole
// checks, which cannot stand in this package.
func RandomCheck(seed uint64, path string) (string, error) {
	g := &generator{r: rand.New(rand.NewPCG(seed, 3))}
	c, err := compile(g.check())
	if err != nil {
		return "", err
	}
	lines := slices.Clone(c.lines)
	for rule, line := range map[string]string{"selected": `selected if input.event.action in {"token.create", "a.b"}`, "deviation": `deviation contains {"reason": "x"} if input.event.details.a == "a"`} {
		if len(c.compiler.GetRulesExact(ast.MustParseRef("data.t."+rule))) == 0 {
			lines = append(lines, line)
		}
	}
	lines[0] = "package " + path
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "data.t.", "data."+path+".")
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// RandomEvents is random lines of a log.
func RandomEvents(seed uint64, n int) []string {
	g := &generator{r: rand.New(rand.NewPCG(seed, 4))}
	out := make([]string, n)
	for i := range out {
		out[i] = g.event()
	}
	return out
}
