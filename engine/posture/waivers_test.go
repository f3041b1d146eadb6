package posture

import (
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/mapping"
	"github.com/keeptrusts/kt/engine/policy"
)

func day(n int) time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func waiver(id string, approved, from, until int) mapping.Waiver {
	return mapping.Waiver{ID: id, Check: "a", Subjects: []string{"x"}, ApprovedAt: day(approved), From: day(from), Until: day(until)}
}

func TestWaiversCoverOnlyWhatTheyMay(t *testing.T) {
	operating, design := &policy.Check{ID: "a", Nature: "operating"}, &policy.Check{ID: "a", Nature: "design"}
	for name, c := range map[string]struct {
		waivers []mapping.Waiver
		check   *policy.Check
		finding check.Finding
		covered string
		note    string
		report  string
	}{
		"valid":                                {[]mapping.Waiver{waiver("w", 0, 0, 60)}, operating, check.Finding{ID: "x"}, "w", "", ""},
		"another subject":                      {[]mapping.Waiver{waiver("w", 0, 0, 60)}, operating, check.Finding{ID: "y"}, "", "", "unused"},
		"another check":                        {[]mapping.Waiver{waiver("w", 0, 0, 60)}, &policy.Check{ID: "b"}, check.Finding{ID: "x"}, "", "", "unused"},
		"expires at the instant itself":        {[]mapping.Waiver{waiver("w", 0, 0, 30)}, operating, check.Finding{ID: "x"}, "", "expired", "expired"},
		"begins at the instant itself":         {[]mapping.Waiver{waiver("w", 0, 30, 60)}, operating, check.Finding{ID: "x"}, "w", "", ""},
		"begins later":                         {[]mapping.Waiver{waiver("w", 0, 31, 60)}, operating, check.Finding{ID: "x"}, "", "waiver w names it", "deviations that it names are not waived"},
		"approved later":                       {[]mapping.Waiver{waiver("w", 31, 0, 60)}, operating, check.Finding{ID: "x"}, "", "waiver w names it", "deviations that it names are not waived"},
		"soon to expire":                       {[]mapping.Waiver{waiver("w", 0, 0, 31)}, operating, check.Finding{ID: "x"}, "w", "", "expires soon"},
		"before the approval":                  {[]mapping.Waiver{waiver("w", 10, 0, 60)}, operating, check.Finding{ID: "x", At: "2026-06-10T23:59:59Z"}, "", "retroactive", "retroactive"},
		"at the approval":                      {[]mapping.Waiver{waiver("w", 10, 0, 60)}, operating, check.Finding{ID: "x", At: "2026-06-11T00:00:00Z"}, "w", "", ""},
		"before the approval, of a design":     {[]mapping.Waiver{waiver("w", 10, 0, 60)}, design, check.Finding{ID: "x", At: "2026-06-01T00:00:00Z"}, "w", "", ""},
		"a time that cannot be read":           {[]mapping.Waiver{waiver("w", 10, 0, 60)}, operating, check.Finding{ID: "x", At: "yesterday"}, "", "retroactive", "retroactive"},
		"an expired and a valid one, together": {[]mapping.Waiver{waiver("v", 0, 0, 20), waiver("w", 0, 0, 60)}, operating, check.Finding{ID: "x"}, "w", "", "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			register := NewRegister(c.waivers, day(30))
			f := c.finding
			register.Waive(c.check, &f)
			if f.Waiver != c.covered || !strings.Contains(f.Note, c.note) || c.note == "" && f.Note != "" {
				t.Errorf("expected waiver %q and note %q, found %q and %q", c.covered, c.note, f.Waiver, f.Note)
			}
			reports := register.Report(map[string]bool{"a": true}, nil)
			var all []string
			for _, w := range reports {
				all = append(all, w.Reports...)
			}
			if said := strings.Join(all, "; "); !strings.Contains(said, c.report) || c.report == "" && said != "" {
				t.Errorf("expected the report %q, found %q", c.report, said)
			}
		})
	}
}

func TestAnApprovalOlderThanItsCommitIsReported(t *testing.T) {
	register := NewRegister([]mapping.Waiver{waiver("w", 0, 0, 60)}, day(30))
	got := register.Report(nil, map[string]time.Time{"w": day(5)})
	if len(got) != 1 || len(got[0].Reports) != 1 || !strings.Contains(got[0].Reports[0], "backdated") {
		t.Errorf("expected one report of backdating, found %+v", got)
	}
	if got := register.Report(nil, map[string]time.Time{"w": day(0)}); len(got[0].Reports) != 0 {
		t.Errorf("expected none, found %+v", got)
	}
}
