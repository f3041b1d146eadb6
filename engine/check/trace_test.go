package check_test

import (
	"strings"
	"testing"

	"github.com/keeptrusts/kt/engine/check"
)

func TestAWatchSeesTheClauseAndItsValues(t *testing.T) {
	lib := library(t, "snapshot", map[string]string{"a": tokens})
	watch := check.NewWatch(lib.Checks[0], "x")
	s := snap(t, `,"tokens":[{"id":"x","status":"suspended"},{"id":"y","status":"suspended"}]`)
	run(t, lib, check.Inputs{Snapshot: s}, check.Options{Tracer: watch})
	causes := watch.Causes()
	if len(causes) != 1 {
		t.Fatalf("expected one cause, found %+v", causes)
	}
	c := causes[0]
	if c.Rule != "deviation" || c.At.File != "policies/checks/a/a.rego" || c.At.Line != 10 || c.Values["t"] != `{"id": "x", "status": "suspended"}` || !strings.Contains(c.Says, `"suspended"`) {
		t.Errorf("found %+v", c)
	}
}

func TestAWatchSeesTheEvent(t *testing.T) {
	lib := library(t, "event", map[string]string{"a": "selected if input.event.action == \"x.y\"\n\ndeviation contains {\"reason\": \"r\"} if selected\n"})
	watch := check.NewWatch(lib.Checks[0], "")
	run(t, lib, check.Inputs{Log: check.Files{Log: logOf(t, line(1, "x.y"), line(2, "z.z"))}}, check.Options{Tracer: watch})
	causes := watch.Causes()
	if len(causes) != 1 || !strings.Contains(causes[0].Values["input.event"], `"id": "e1"`) {
		t.Errorf("expected one cause with its event, found %+v", causes)
	}
}
