package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

var (
	severities = []string{"low", "medium", "high", "critical"}
	natures    = []string{"design", "operating"}
	kinds      = []string{ReadsSnapshot, ReadsEvent, ReadsEvents, ReadsChanges}
	ruleNames  = []string{RulePopulation, RuleSelected, RuleDeviation, RuleWarning, RuleUnknown}
)

const checksPackage = "kt.checks."

// describe makes a Check of each package below kt.checks, from its METADATA and its rules.
func (l *Library) describe() error {
	var problems Diagnostics
	byPackage := map[string]*Check{}
	for _, file := range l.Files {
		module := l.Modules[file.Path]
		if module == nil {
			continue
		}
		name := strings.TrimPrefix(module.Package.Path.String(), "data.")
		if !strings.HasPrefix(name, checksPackage) {
			continue
		}
		c := byPackage[name]
		if c == nil {
			c = &Check{Package: name, File: file.Path, Line: module.Package.Location.Row, Rules: map[string][]Position{}}
			byPackage[name] = c
			l.Checks = append(l.Checks, c)
		}
		problems = append(problems, l.metadata(c, module)...)
	}
	for _, c := range l.Checks {
		problems = append(problems, l.rules(c)...)
	}
	problems = append(problems, l.duplicates()...)
	if len(problems) > 0 {
		return problems
	}
	slices.SortFunc(l.Checks, func(a, b *Check) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// metadata takes the package's annotation into the check.
func (l *Library) metadata(c *Check, module *ast.Module) Diagnostics {
	var out Diagnostics
	for _, a := range module.Annotations {
		if a.Scope != "package" {
			continue
		}
		if c.ID != "" {
			out = append(out, l.at(a.Location, fmt.Sprintf("two checks have the id %s: the other is %s:%d; give one of them another id", c.ID, l.Source.Shown(c.File), c.Line)))
			continue
		}
		c.File, c.Line = module.Package.Location.File, module.Package.Location.Row
		c.Title, c.Description = a.Title, a.Description
		wrong := func(key, expected string, found any) {
			out = append(out, l.at(a.Location, fmt.Sprintf("METADATA custom.%s: expected %s, found %v", key, expected, found)))
		}
		text := func(key string, allowed []string) string {
			value, there := a.Custom[key]
			s, ok := value.(string)
			if there && (!ok || (allowed != nil && !slices.Contains(allowed, s))) {
				wrong(key, "one of "+strings.Join(allowed, ", "), value)
			}
			return s
		}
		c.ID, c.Severity, c.Nature, c.Reads = text("id", nil), text("severity", severities), text("nature", natures), text("reads", kinds)
		list := func(key string) []string {
			var texts []string
			values, ok := a.Custom[key].([]any)
			if a.Custom[key] != nil && !ok {
				wrong(key, "a list of texts", a.Custom[key])
			}
			for _, v := range values {
				texts = append(texts, fmt.Sprint(v))
			}
			return texts
		}
		c.Evidence, c.Sources = list("evidence"), list("sources")
	}
	return out
}

// rules completes a check from its rules, and refuses one that the engine could not judge.
func (l *Library) rules(c *Check) Diagnostics {
	place := &ast.Location{File: c.File, Row: c.Line, Col: 1}
	if c.ID == "" {
		return Diagnostics{l.at(place, "the check's METADATA has no custom.id; give it the name of its folder")}
	}
	if c.Reads == "" {
		return Diagnostics{l.at(place, fmt.Sprintf("check %s: METADATA has no custom.reads; expected one of %s", c.ID, strings.Join(kinds, ", ")))}
	}
	if want := checksPackage + strings.ReplaceAll(c.ID, "-", "_"); want != c.Package {
		return Diagnostics{l.at(place, fmt.Sprintf("check %s: expected package %s, found %s", c.ID, want, c.Package))}
	}
	var roots []*ast.Rule
	for _, name := range ruleNames {
		for _, rule := range l.RulesOf(c, name) {
			roots = append(roots, rule)
			c.Rules[name] = append(c.Rules[name], Position{File: rule.Location.File, Line: rule.Location.Row})
		}
	}
	if c.Severity == "" {
		c.Severity = "medium"
	}
	if c.Nature == "" {
		c.Nature = "operating"
	}
	if c.Title == "" {
		c.Title = c.ID
	}
	out := l.missingRules(c, place)
	return append(out, l.deriveReads(c, roots)...)
}

// missingRules refuses a check without a population or without a deviation rule: it could never fail.
func (l *Library) missingRules(c *Check, place *ast.Location) Diagnostics {
	var out Diagnostics
	need := func(rule, why string) {
		if len(c.Rules[rule]) == 0 {
			out = append(out, l.at(place, fmt.Sprintf("check %s reads %q but has no rule %q: %s", c.ID, c.Reads, rule, why)))
		}
	}
	switch c.Reads {
	case ReadsEvent:
		need(RuleSelected, "nothing says which events it judges")
	case ReadsEvents:
		need(RuleSelected, "nothing says which events it looks at")
		need(RulePopulation, "nothing says whom it judges")
	default:
		need(RulePopulation, "nothing says whom it judges")
	}
	need(RuleDeviation, "it could never fail")
	return out
}

// duplicates refuses two packages with one id.
func (l *Library) duplicates() Diagnostics {
	var out Diagnostics
	first := map[string]*Check{}
	for _, c := range l.Checks {
		other, there := first[c.ID]
		if !there {
			first[c.ID] = c
			continue
		}
		place := &ast.Location{File: c.File, Row: c.Line, Col: 1}
		out = append(out, l.at(place, fmt.Sprintf("two checks have the id %s: the other is %s:%d; give one of them another id", c.ID, l.Source.Shown(other.File), other.Line)))
	}
	return out
}
