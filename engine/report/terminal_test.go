package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./engine/report -update rewrites it); got:\n%s", name, got)
	}
}

func finding(kind, id, reason string) posture.Finding {
	subject, err := json.Marshal(map[string]string{"type": kind, "id": id})
	if err != nil {
		panic(err)
	}
	return posture.Finding{Subject: subject, Type: kind, ID: id, Reason: reason}
}

// everything is a posture in which every status and every sort of finding occurs.
func everything() *posture.Posture {
	var old []posture.Finding
	for i := range 12 {
		old = append(old, finding("token", fmt.Sprintf("tok_%02d", i+1), "the secret is 95 days old, and must be younger than 90 days: rotate the key, and tell whoever uses it where the new one is to be had"))
	}
	waived := finding("gateway", "gw-2", "mode is monitor: set it to enforce")
	waived.Waiver = "wv_1"
	retro := finding("event", "evt_1", "the policy was changed without approval: have it reviewed")
	retro.At, retro.Note = "2026-06-03T04:05:06Z", "retroactive: waiver wv_2 was approved at 2026-06-10T00:00:00Z, after the deviation"
	hostile := finding("user", "usr_\x1b[31m", "red\x1b[0m \u202etxet\u202c\r\nnext")
	pop := func(n int64) posture.Population { return posture.Population{Count: n, Digest: "sha256:00"} }
	p := &posture.Posture{Kind: "posture", Version: 1, AsOf: "2026-06-30T00:00:00Z", EvaluatedAt: "2026-06-30T01:00:00Z", Demo: true,
		Period:     posture.Period{From: "2026-05-31T00:00:00Z", To: "2026-06-30T00:00:00Z"},
		Frameworks: []posture.Framework{{ID: "iso27001", Edition: "2022", Version: "1.0.0"}, {ID: "soc2", Edition: "2017", Version: "1.2.0"}},
		Policy:     posture.Policy{Commit: "0123456789abcdef0123456789abcdef01234567", Digest: "sha256:fedcba9876543210fedcba9876543210", Dirty: true},
		Inputs: []posture.Input{{Name: "audit-log", Records: 20000, Refused: 1, Refusals: []posture.Refusal{{Line: 7, Reason: "expected a timestamp, found none"}}},
			{Name: "snapshot", Records: 1}},
		Checks: []posture.Check{
			{ID: "esc-sla", Title: "Critical escalations are resolved in four hours", Severity: "high", Status: check.NotOccurring, Population: pop(0)},
			{ID: "key-age", Title: "Keys are younger than ninety days", Severity: "high", Status: check.Fail, Population: pop(120), DeviationsTotal: 12, Deviations: old,
				WarningsTotal: 1, Warnings: []posture.Finding{finding("token", "tok_70", "the secret is 61 days old: plan its rotation")}},
			{ID: "log-complete", Title: "The log is complete", Severity: "critical", Status: check.NotEvaluable, Population: pop(3), UnknownTotal: 1,
				Unknown: []posture.Finding{finding("source", "-", "events say no source: have them sent with one")}, Reasons: []string{"1 of 3 subjects could not be judged", "1 lines of the log were refused"}},
			{ID: "mfa", Title: "People sign in with a second factor", Severity: "medium", Status: check.Fail, Population: pop(2), DeviationsTotal: 1, Deviations: []posture.Finding{hostile}},
			{ID: "policy-change", Title: "Policy changes are approved", Severity: "high", Status: check.Fail, Completeness: "proven", Population: pop(9), DeviationsTotal: 1, Deviations: []posture.Finding{retro}, Reasons: []string{"1 lines of the log were refused"}},
			{ID: "policy-coverage", Title: "Gateways enforce their policy", Severity: "high", Status: check.Waived, Waived: 1, Population: pop(2), DeviationsTotal: 1, Deviations: []posture.Finding{waived}},
			{ID: "retention", Title: "Events are kept", Severity: "low", Status: check.Pass, Population: pop(4)},
			{ID: "webhooks", Title: "Webhooks arrive", Severity: "low", Status: check.NotApplicable, Population: pop(0)},
		},
		Controls: []posture.Control{
			{Framework: "iso27001", ID: "A.5.36", Title: "Compliance with policies", Status: check.Pass, Coverage: "full", Checks: []string{"retention"}},
			{Framework: "iso27001", ID: "A.8.15", Title: "Logging", Status: check.NotEvaluable, Coverage: "partial", Checks: []string{"log-complete", "retention"}, Manual: []string{"log review"}, Reasons: []string{"log-complete: not_evaluable"}},
			{Framework: "iso27001", ID: "A.8.16", Title: "Monitoring", Status: check.NotOccurring, Coverage: "full", Checks: []string{"esc-sla"}},
			{Framework: "soc2", ID: "A1.2", Title: "Availability", Status: check.NotApplicable, Checks: []string{"webhooks"}, Reasons: []string{"no availability commitment is made"}},
			{Framework: "soc2", ID: "CC1.1", Title: "Integrity and ethical values", Status: check.Manual, Manual: []string{"code of conduct", "signed yearly"}},
			{Framework: "soc2", ID: "CC6.1", Title: "Logical access to what is protected, from the keys' inventory to their end", Status: check.Fail, Coverage: "full", Checks: []string{"key-age", "mfa"}},
			{Framework: "soc2", ID: "CC7.2", Title: "Anomalies are detected", Status: check.Waived, Coverage: "full", Checks: []string{"policy-coverage"}},
			{Framework: "soc2", ID: "CC8.1", Title: "Changes are authorised", Status: check.Pass, Coverage: "partial", Checks: []string{"policy-change", "retention"}, Manual: []string{"emergency changes"},
				Refined: &policy.Position{File: "policies/controls/mine.rego", Line: 4}, Reasons: []string{"refined from fail to pass by policies/controls/mine.rego:4"}},
		},
		Waivers: []posture.Waiver{{ID: "wv_1", Check: "policy-coverage", State: "valid", Covers: 1, Reports: []string{"expires soon, at 2026-07-02T00:00:00Z"}}, {ID: "wv_9", Check: "mfa", State: "valid", Covers: 1}},
		Summary: posture.Summary{
			Controls: map[string]int{check.Pass: 2, check.Fail: 1, check.NotEvaluable: 1, check.Waived: 1, check.NotOccurring: 1, check.NotApplicable: 1, check.Manual: 1},
			Checks:   map[string]int{check.Pass: 1, check.Fail: 3, check.NotEvaluable: 1, check.Waived: 1, check.NotOccurring: 1, check.NotApplicable: 1},
			Refined:  1, Partial: 2, Deviations: 15, Waived: 1, Warnings: 1, Unknown: 1},
	}
	return p
}

func render(t *testing.T, look Look) string {
	t.Helper()
	var b bytes.Buffer
	if err := Terminal(&b, everything(), "Example \x1b]0;title\x07 Organisation", look); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePlainReportHasNoEscapeSequencesAndDoesNotWrap(t *testing.T) {
	got := render(t, Look{})
	golden(t, "plain.txt", got)
	for _, forbidden := range []string{"\x1b", "\a", "\r", "\u202e"} {
		if strings.Contains(got, forbidden) {
			t.Errorf("the plain report contains %q", forbidden)
		}
	}
}

func TestANarrowReportKeepsWithinItsWidth(t *testing.T) {
	got := render(t, Look{Width: 72})
	golden(t, "narrow.txt", got)
	for i, line := range strings.Split(got, "\n") {
		if lipgloss.Width(line) > 72 {
			t.Errorf("line %d is %d columns wide: %s", i+1, lipgloss.Width(line), line)
		}
	}
}

func TestColourAddsNothingButEscapeSequences(t *testing.T) {
	plain, coloured := render(t, Look{}), render(t, Look{Color: true})
	if stripped := stripSequences(coloured); stripped != plain {
		t.Errorf("without its sequences the coloured report differs from the plain one:\n%s", stripped)
	}
	if !strings.Contains(coloured, "\x1b[1;31m✗ fail") {
		t.Error("a failing control is not red")
	}
}

// stripSequences removes the sequences that set colours.
func stripSequences(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

func TestEveryStatusHasASymbolOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, status := range statuses {
		symbol := symbols[status]
		if symbol == "" || seen[symbol] != "" {
			t.Errorf("%s has the symbol %q, as has %q", status, symbol, seen[symbol])
		}
		seen[symbol] = status
	}
	for status := range everything().Summary.Controls {
		if symbols[status] == "" {
			t.Errorf("%s has no symbol", status)
		}
	}
}

// The numbers of every format of one posture are the same.
func TestTerminalAndJSONCountAlike(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, everything()); err != nil {
		t.Fatal(err)
	}
	var p posture.Posture
	if err := json.Unmarshal(b.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	text := render(t, Look{})
	counts := text[strings.LastIndex(text, "\nCounts\n"):]
	for _, line := range []struct {
		name   string
		counts map[string]int
	}{{"controls", p.Summary.Controls}, {"checks", p.Summary.Checks}} {
		_, shown, _ := strings.Cut(counts, "  "+line.name)
		shown, _, _ = strings.Cut(shown, "\n")
		for status, n := range line.counts {
			if want := fmt.Sprintf("%s %d %s", symbols[status], n, words(status)); n > 0 && !strings.Contains(shown, want) {
				t.Errorf("%s: %q is not in %q", line.name, want, shown)
			}
		}
	}
	if want := fmt.Sprintf("%d deviations (%d waived), %d warning, %d unknown", p.Summary.Deviations, p.Summary.Waived, p.Summary.Warnings, p.Summary.Unknown); !strings.Contains(counts, want) {
		t.Errorf("%q is not in %q", want, counts)
	}
}
