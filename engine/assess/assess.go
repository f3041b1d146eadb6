package assess

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
	opa "github.com/open-policy-agent/opa/v1/version"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// DefaultPeriod is how long before the instant the period begins where nothing else is said.
const DefaultPeriod = 30 * 24 * time.Hour

// Request is one evaluation. Nothing in it is changed.
type Request struct {
	Library *policy.Library
	// Frameworks are ids; none, or "all", stands for every framework of the library.
	Frameworks []string
	Snapshot   *snapshot.Snapshot // nil: none
	Log        *Log               // nil: none
	Changes    []canon.Value      // nil: none
	// ChangesSHA256 is over the bytes that Changes came from, 64 hex digits.
	ChangesSHA256 string
	// AsOf is the instant of the verdict. Zero: the snapshot's captured_at, else Now.
	AsOf time.Time
	// Since is the length of a period that ends at the instant; Period is a period by itself. At most one is set.
	Since  time.Duration
	Period *clock.Period
	// Now is the wall clock, for evaluated_at.
	Now        time.Time
	Demo       bool
	Version    string // of kt
	Limit      time.Duration
	Thresholds map[string]canon.Value
	// Only names the checks to evaluate, all of the frameworks' where empty.
	Only []string
	// Tracer sees every evaluation of the checks' rules, from several goroutines; nil: none does.
	Tracer topdown.QueryTracer
}

// Log is where the audit log is read from: files and folders by name, "-" for Stdin, or the store.
type Log struct {
	Paths       []string
	Store       *auditlog.Reader // instead of Paths; nil: none
	Stdin       io.Reader
	SkipInvalid int
	Progress    func(bytes, events int64)
}

// Clock resolves the instant and the period of a request.
func (r *Request) Clock() (posture.Clock, error) {
	c := posture.Clock{AsOf: r.AsOf, EvaluatedAt: r.Now}
	if c.AsOf.IsZero() && r.Snapshot != nil {
		c.AsOf = r.Snapshot.CapturedAt
	}
	if c.AsOf.IsZero() {
		c.AsOf = r.Now
	}
	c.AsOf = c.AsOf.UTC()
	switch {
	case r.Period != nil:
		c.From, c.To = r.Period.From, r.Period.To
	case r.Since > 0:
		c.From, c.To = c.AsOf.Add(-r.Since), c.AsOf
	default:
		c.From, c.To = c.AsOf.Add(-DefaultPeriod), c.AsOf
	}
	if !c.From.Before(c.To) {
		return c, fmt.Errorf("period: expected its start before its end, found %s to %s", clock.Format(c.From), clock.Format(c.To))
	}
	if c.From.After(c.AsOf) {
		return c, fmt.Errorf("period: it starts at %s, after the instant of the evaluation, %s; nothing in it can be judged yet", clock.Format(c.From), clock.Format(c.AsOf))
	}
	return c, nil
}

// Run evaluates the request.
func Run(ctx context.Context, r Request) (*posture.Posture, error) {
	frameworks, err := r.frameworks()
	if err != nil {
		return nil, err
	}
	at, err := r.Clock()
	if err != nil {
		return nil, err
	}
	in := check.Inputs{AsOf: at.AsOf, Period: clock.Period{From: at.From, To: at.To}, Snapshot: r.Snapshot, Changes: r.Changes}
	log, err := r.Log.open(auditlog.Window{From: at.From, Until: in.Close()})
	if err != nil {
		return nil, err
	}
	if log != nil {
		in.Log = log
	}
	run, scoped := r.checks(frameworks)
	register := posture.NewRegister(r.Library.Mappings.Waivers, at.AsOf)
	results, err := check.Run(ctx, r.Library, in, check.Options{Checks: run, Limit: r.Limit, Thresholds: r.Thresholds, Waive: register.Waive, Tracer: r.Tracer})
	if err != nil {
		return nil, err
	}
	for _, c := range scoped {
		results = append(results, posture.NotApplicable(c))
	}
	facts := posture.Facts{Clock: at, Demo: r.Demo, Inputs: r.inputs(log), Commits: r.Library.WaiverCommits(),
		Engine: posture.Engine{KT: r.Version, OPA: opa.Version, TZData: runtime.Version()}}
	return posture.Build(ctx, r.Library, frameworks, results, register, facts)
}

func (r *Request) frameworks() ([]mapping.Framework, error) {
	if len(r.Frameworks) == 0 || slices.Contains(r.Frameworks, "all") {
		return r.Library.Mappings.Frameworks, nil
	}
	var out []mapping.Framework
	for _, id := range r.Frameworks {
		f, err := r.Library.Mappings.Framework(id)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(o mapping.Framework) bool { return o.ID == f.ID }) {
			out = append(out, *f)
		}
	}
	return out, nil
}

func (r *Request) checks(frameworks []mapping.Framework) (run, scoped []*policy.Check) {
	run, scoped = posture.Applicable(r.Library, frameworks)
	if len(r.Only) == 0 {
		return run, scoped
	}
	run = nil
	for _, id := range r.Only {
		if c, ok := r.Library.Check(id); ok {
			run = append(run, c)
		}
	}
	return run, nil
}

// inputs says what was judged, by role.
func (r *Request) inputs(log judged) []posture.Input {
	out := []posture.Input{}
	if log != nil {
		out = append(out, log.input())
	}
	if r.Changes != nil {
		out = append(out, posture.Input{Name: "changes", SHA256: r.ChangesSHA256, Records: int64(len(r.Changes))})
	}
	if s := r.Snapshot; s != nil {
		out = append(out, posture.Input{Name: "snapshot", SHA256: s.SHA256, Records: int64(s.Records)})
	}
	return out
}
