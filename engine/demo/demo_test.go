package demo_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// library is the embedded one, which all tests judge by.
var library = sync.OnceValues(func() (*policy.Library, error) { return policy.Load(context.Background(), policy.Embedded()) })

// judged is the posture of a demo organisation under the embedded library and all its frameworks.
func judged(t *testing.T, opt demo.Options) *posture.Posture {
	t.Helper()
	ctx := context.Background()
	lib, err := library()
	if err != nil {
		t.Fatal(err)
	}
	data, err := demo.Snapshot(opt)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := snapshot.Load("snapshot.json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p, err := assess.Run(ctx, assess.Request{Library: lib, Frameworks: []string{"all"}, Snapshot: snap,
		Log: &assess.Log{Paths: []string{"-"}, Stdin: demo.Events(opt)}, Now: time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// line is a finding in a form in which what was planted and what was found can be held against each other.
func line(check, sort, kind, id string) string {
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", check, sort, kind, id))
}

// found are all findings of a posture, with their reasons.
func found(p *posture.Posture) map[string]string {
	out := map[string]string{}
	for _, c := range p.Checks {
		for sort, findings := range map[string][]posture.Finding{"deviation": c.Deviations, "warning": c.Warnings, "unknown": c.Unknown} {
			for _, f := range findings {
				out[line(c.ID, sort, f.Type, f.ID)] += f.Reason + " "
			}
		}
		if c.Status == "not_evaluable" {
			out[line(c.ID, "not_evaluable", "", "")] = strings.Join(c.Reasons, "; ")
		}
	}
	return out
}

// planted are all defects, with their reasons.
func planted(t *testing.T, opt demo.Options) map[string]string {
	t.Helper()
	defects, err := demo.Planted(opt)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range defects {
		if d.Why == "" {
			t.Errorf("%s: a defect without a reason", d.Check)
		}
		if d.Subject == nil {
			out[line(d.Check, d.Sort, "", "")] = d.Why
		} else {
			out[line(d.Check, d.Sort, d.Subject.Type, d.Subject.ID)] = d.Why
		}
	}
	return out
}

func TestWhatIsFoundIsWhatWasPlantedAndNothingElse(t *testing.T) {
	for _, opt := range []demo.Options{{Events: 1000, Seed: 1}, {Events: 20_000, Seed: 1}, {Events: 1000, Seed: 2}, {Events: 2000, Seed: 1 << 63, Keys: 300}} {
		t.Run(fmt.Sprintf("%d events, seed %d", opt.Events, opt.Seed), func(t *testing.T) {
			p := judged(t, opt)
			want, got := planted(t, opt), found(p)
			for _, f := range slices.Sorted(maps.Keys(want)) {
				if _, ok := got[f]; !ok {
					t.Errorf("planted and not found: %s (%s)", f, want[f])
				}
			}
			for _, f := range slices.Sorted(maps.Keys(got)) {
				if _, ok := want[f]; !ok {
					t.Errorf("found and not planted: %s (%s)", f, got[f])
				}
			}
			if code := p.ExitCode(); code != 1 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestDefectsAreSpreadOverManyChecksAndOthersPass(t *testing.T) {
	opt := demo.Options{Events: 1000, Seed: 1}
	checks := map[string]bool{}
	defects, err := demo.Planted(opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defects {
		if d.Subject != nil {
			checks[d.Check] = true
		}
	}
	if len(checks) < 25 {
		t.Errorf("expected defects of at least 25 checks, found %d", len(checks))
	}
	p := judged(t, opt)
	if n := p.Summary.Checks["pass"]; n < 8 {
		t.Errorf("expected at least 8 checks that pass, found %d", n)
	}
	for _, c := range p.Checks {
		if c.Population.Count >= 10 && c.DeviationsTotal*2 > c.Population.Count {
			t.Errorf("%s: %d of %d deviate; most should be good", c.ID, c.DeviationsTotal, c.Population.Count)
		}
	}
}

func TestACleanOrganisationHasNoFindings(t *testing.T) {
	for _, opt := range []demo.Options{{Events: 1000, Seed: 1}, {Events: 5000, Seed: 2}, {Events: 400, Seed: 3, Keys: 30}, {Events: 2000, Seed: 4, Keys: 500}} {
		opt.Clean = true
		t.Run(fmt.Sprintf("%d events, seed %d", opt.Events, opt.Seed), func(t *testing.T) {
			p := judged(t, opt)
			for _, c := range p.Checks {
				if c.Status != "pass" && c.Status != "not_occurring" {
					t.Errorf("%s is %s: %s", c.ID, c.Status, strings.Join(c.Reasons, "; "))
				}
				if c.Completeness != "" && c.Completeness != "proven" {
					t.Errorf("%s: the log's completeness is %s", c.ID, c.Completeness)
				}
			}
			for f, reason := range found(p) {
				t.Errorf("%s (%s)", f, reason)
			}
			if code := p.ExitCode(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if n := len(planted(t, opt)); n != 0 {
				t.Errorf("%d defects are said to be planted", n)
			}
		})
	}
}

func TestFindingsDoNotDependOnTheLengthOfTheLog(t *testing.T) {
	short, long := planted(t, demo.Options{Events: 1000, Seed: 5}), planted(t, demo.Options{Events: 10_000_000, Seed: 5})
	if !maps.Equal(short, long) {
		t.Errorf("%d defects in a short log, %d in a long one, or others", len(short), len(long))
	}
}
