package policy

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// described are the members of input that have a schema.
var described = []string{"snapshot", "event", "events", "log", "changes"}

// metadata looks for what documentation and type checker need.
func (l *linter) metadata() {
	for _, c := range l.lib.Checks {
		a := l.annotation(c)
		if a == nil {
			continue // refused at load
		}
		for _, key := range []struct {
			name string
			set  bool
			says string
		}{
			{"title", a.Title != "", "the claim that a pass makes, in one line"},
			{"description", a.Description != "", "population, deviation and why it matters, for an auditor"},
			{"custom.severity", a.Custom["severity"] != nil, "one of " + strings.Join(severities, ", ")},
			{"custom.nature", a.Custom["nature"] != nil, "design (how it is set up) or operating (what happened)"},
			{"custom.evidence", len(c.Evidence) > 0, "a list of where the facts come from"},
		} {
			if !key.set {
				l.add(a.Location, "add it: "+key.says, "check %s: METADATA has no %s", c.ID, key.name)
			}
		}
		declared := map[string]bool{}
		for _, s := range a.Schemas {
			declared[s.Path.String()+": "+s.Schema.String()] = true
		}
		for _, member := range slices.Sorted(maps.Keys(l.reading(c))) {
			entry := "input." + member + ": schema." + member
			if slices.Contains(described, member) && !declared[entry] {
				l.add(a.Location, "add `- "+entry+"`, so that a misspelt field does not compile", "check %s: its rules read input.%s, which METADATA schemas does not name", c.ID, member)
			}
		}
	}
}

// reading are the members of input that the rules of the check's own package read.
func (l *linter) reading(c *Check) map[string]bool {
	out := map[string]bool{}
	l.checkModules(func(of *Check, m *ast.Module) {
		if of != c {
			return
		}
		for _, rule := range m.Rules {
			noteMembers(rule, out)
		}
	})
	return out
}

// paths holds ids and files together; that the package has the check's name is looked at when a library is loaded.
func (l *linter) paths() {
	l.checkModules(func(c *Check, m *ast.Module) {
		file := m.Package.Location.File
		if dir := path.Join("policies/checks", c.ID); file == c.File && file != path.Join(dir, c.ID+".rego") || path.Dir(file) != dir {
			l.add(m.Package.Location, "move it to "+l.lib.Source.Shown(path.Join(dir, c.ID+".rego")), "check %s lies in a file of another name", c.ID)
		}
	})
}

// reads finds a check that does not look at what it says it reads; that it reads nothing else is looked at when a library is loaded.
func (l *linter) reads() {
	for _, c := range l.lib.Checks {
		read := l.readThroughout(c)
		looks := read[c.Reads]
		if c.Reads == ReadsSnapshot {
			looks = looks || read["log"] || l.readsMappings(c)
		}
		if !looks {
			l.add(head(c), "correct custom.reads, or look at input."+c.Reads, "check %s says that it reads %q, and no rule of it reads input.%s", c.ID, c.Reads, c.Reads)
		}
		if looks && c.Reads != ReadsEvent && len(c.Rules[RuleSelected]) > 0 && !read["events"] {
			l.add(head(c), "remove selected, or look at input.events", "check %s selects events, and no rule of it reads input.events", c.ID)
		}
	}
}

// readThroughout are the members of input that the check's rules and all that they call read.
func (l *linter) readThroughout(c *Check) map[string]bool {
	var roots []*ast.Rule
	for _, name := range ruleNames {
		roots = append(roots, l.lib.Compiler.GetRulesExact(ast.MustParseRef("data."+c.Package).Append(ast.StringTerm(name)))...)
	}
	out := map[string]bool{}
	for rule := range l.lib.Closure(roots) {
		noteMembers(rule, out)
	}
	return out
}

// noteMembers adds the members of input that a rule reads.
func noteMembers(rule *ast.Rule, to map[string]bool) {
	InputRefs(rule, func(ref ast.Ref, _ *ast.Location) {
		if len(ref) > 1 {
			if name, ok := ref[1].Value.(ast.String); ok {
				to[string(name)] = true
			}
		}
	})
}

// readsMappings says whether a check looks at the library's own mappings or waivers, which lie under data.
func (l *linter) readsMappings(c *Check) bool {
	found := false
	l.checkModules(func(of *Check, m *ast.Module) {
		ast.WalkRefs(m, func(ref ast.Ref) bool {
			found = found || of == c && (ref.HasPrefix(ast.MustParseRef("data.kt.waivers")) || ref.HasPrefix(ast.MustParseRef("data.kt.mappings")))
			return found
		})
	})
	return found
}

// mapped finds a check that no control needs: it would never be run.
func (l *linter) mapped() {
	linked := map[string]bool{}
	for _, f := range l.lib.Mappings.Frameworks {
		for _, control := range f.Controls {
			for _, link := range control.Checks {
				linked[link.ID] = true
			}
		}
	}
	for _, c := range l.lib.Checks {
		if !linked[c.ID] {
			l.add(head(c), "link it from a control in mappings/, with what it covers and why", "no control of any framework links check %s, so that it is never run", c.ID)
		}
	}
}

// helpers finds rules that look like verdicts and are none, such as a misspelt "deviations".
func (l *linter) helpers() {
	l.checkModules(func(c *Check, m *ast.Module) {
		for _, rule := range m.Rules {
			name := string(rule.Head.Ref()[0].Value.(ast.Var))
			if !strings.HasPrefix(name, "_") && !slices.Contains(ruleNames, name) {
				l.add(rule.Location, "call it _"+name+" if it is a helper, or one of "+strings.Join(ruleNames, ", "), "check %s: kt does not look at a rule named %s", c.ID, name)
			}
		}
	})
}
