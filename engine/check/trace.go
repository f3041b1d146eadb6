package check

import (
	"sort"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/keeptrusts/kt/engine/policy"
)

// Cause is one clause of a rule that gave a finding about a subject, with the values that its variables had.
type Cause struct {
	Rule string          `json:"rule"`
	At   policy.Position `json:"at"`
	// Values holds the clause's variables by the name in the source, as Rego text.
	Values map[string]string `json:"values"`
	Says   string            `json:"says"` // the finding, as Rego text
}

// Watch notes the clauses of one check that end with a finding about one subject. It is a query tracer for Options.Tracer.
type Watch struct {
	pkg     string
	subject string
	lock    sync.Mutex
	causes  map[string]Cause
}

// NewWatch watches a check for a subject's id; "" watches for all subjects.
func NewWatch(c *policy.Check, subject string) *Watch {
	return &Watch{pkg: "data." + c.Package, subject: subject, causes: map[string]Cause{}}
}

// Enabled says that events are wanted.
func (w *Watch) Enabled() bool { return true }

// Config asks for the values of variables.
func (w *Watch) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent notes the end of a clause of deviation, warning or unknown.
func (w *Watch) TraceEvent(e topdown.Event) {
	rule, ok := e.Node.(*ast.Rule)
	if !ok || e.Op != topdown.ExitOp || e.Locals == nil || rule.Head.Key == nil || rule.Module.Package.Path.String() != w.pkg {
		return
	}
	name := string(rule.Head.Name)
	if name != policy.RuleDeviation && name != policy.RuleWarning && name != policy.RuleUnknown {
		return
	}
	key := e.Plug(rule.Head.Key)
	if w.subject != "" && !about(key, w.subject) {
		return
	}
	cause := Cause{Rule: name, At: policy.Position{File: rule.Location.File, Line: rule.Location.Row}, Says: key.String(), Values: map[string]string{}}
	e.Locals.Iter(func(k, v ast.Value) bool {
		if variable, ok := k.(ast.Var); ok {
			if meta, ok := e.LocalMetadata[variable]; ok && !strings.HasPrefix(string(meta.Name), "_") && !strings.HasPrefix(string(meta.Name), "$") {
				cause.Values[string(meta.Name)] = v.String()
			}
		}
		return false
	})
	if input := e.Input(); input != nil {
		if event := input.Get(eventKey); event != nil {
			cause.Values["input.event"] = event.String()
		}
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	w.causes[cause.Rule+cause.At.File+cause.Says] = cause
}

// Causes are what was noted, sorted by place.
func (w *Watch) Causes() []Cause {
	w.lock.Lock()
	defer w.lock.Unlock()
	out := make([]Cause, 0, len(w.causes))
	for _, c := range w.causes {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.At != b.At {
			return a.At.File < b.At.File || a.At.File == b.At.File && a.At.Line < b.At.Line
		}
		return a.Says < b.Says
	})
	return out
}

// Watches are several checks watched in one evaluation.
type Watches []*Watch

// Enabled says that events are wanted.
func (w Watches) Enabled() bool { return true }

// Config asks for the values of variables.
func (w Watches) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent tells each watch.
func (w Watches) TraceEvent(e topdown.Event) {
	for _, one := range w {
		one.TraceEvent(e)
	}
}

// about says whether a finding names a subject; a finding of an event check names none, and is about the event under way.
func about(key *ast.Term, subject string) bool {
	object, ok := key.Value.(ast.Object)
	if !ok {
		return false
	}
	s := object.Get(ast.StringTerm("subject"))
	if s == nil {
		return true
	}
	of, ok := s.Value.(ast.Object)
	if !ok {
		return false
	}
	id := of.Get(ast.StringTerm("id"))
	return id != nil && id.Value.Compare(ast.String(subject)) == 0
}
