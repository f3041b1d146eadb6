package mapping

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keeptrusts/kt/engine/document"
)

func folder(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range files {
		out[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return out
}

const head = "framework: soc2\ntitle: SOC 2\nedition: 2017 (points of focus 2022)\nversion: 1.0.0\ncontrols:\n"

var known = map[string]bool{"key-age": true, "key-scope": true}

func loadAndCheck(files map[string]string) (*Set, error) {
	set, err := Load(folder(files))
	if err != nil {
		return nil, err
	}
	return set, set.Check(known)
}

func TestAFrameworkIsLoadedWithItsLines(t *testing.T) {
	set, err := loadAndCheck(map[string]string{
		"soc2.yaml": head + `  - id: CC6.1
    title: Access
    checks:
      - {id: key-age, covers: partial, why: because}
      - {id: key-scope, covers: full, why: because}
    manual: [a list]
    aliases: [X.1]
  - id: C1.1
    title: Data
    applicable: false
    reason: none here
  - id: CC1.1
    title: Tone
    manual: [a talk]
`,
		"own.yml":     "framework: own\ntitle: Own\nedition: '1'\nversion: 0.1.0\ncontrols:\n  - {id: anything goes, title: T, manual: [m]}\n",
		"notes.txt":   "not read",
		"sub/x.yaml":  "not read",
		".hidden.yml": "not read",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Frameworks) != 2 || set.Frameworks[0].ID != "own" || set.Frameworks[1].ID != "soc2" || len(set.Waivers) != 0 {
		t.Fatalf("got %+v", set)
	}
	f := set.Frameworks[1]
	if f.File != "mappings/soc2.yaml" || f.Version != "1.0.0" || len(f.Controls) != 3 {
		t.Errorf("got %+v", f)
	}
	c := f.Controls[0]
	if c.Line != 6 || c.Checks[1].Line != 10 || !c.Applicable || c.Coverage() != Full || c.Checks[0].Why != "because" {
		t.Errorf("got %+v", c)
	}
	if c := f.Controls[1]; c.Applicable || c.Reason != "none here" || c.Coverage() != "" {
		t.Errorf("got %+v", c)
	}
	partial := Control{Checks: []Link{{Covers: Partial}, {Covers: Partial}}}
	if partial.Coverage() != Partial {
		t.Error("partial checks alone cover a control partly")
	}
}

func TestWhatDoesNotFitIsALoadErrorWithItsLine(t *testing.T) {
	for _, c := range []struct{ name, controls, want string }{
		{"a check that does not exist", "  - id: CC6.1\n    title: T\n    checks: [{id: key-aeg, covers: full, why: w}]\n",
			`mappings/soc2.yaml:8:19: /controls/0/checks/0/id: expected a check of the library, found "key-aeg"; did you mean key-age?`},
		{"a check like no other", "  - {id: CC6.1, title: T, checks: [{id: zzz, covers: full}]}\n",
			`mappings/soc2.yaml:6:41: /controls/0/checks/0/id: expected a check of the library, found "zzz"; kt policy list shows them`},
		{"a control that the framework has not", "  - {id: CC6.9, title: T, manual: [m]}\n",
			`mappings/soc2.yaml:6:10: /controls/0/id: expected a control of soc2, found "CC6.9"; controls of your own belong into a framework of your own`},
		{"a control twice", "  - {id: CC6.1, title: T, manual: [m]}\n  - {id: CC6.1, title: T, manual: [m]}\n",
			`mappings/soc2.yaml:7:10: /controls/1/id: expected each control once, found "CC6.1" again (the first is on line 6); join them in one`},
		{"a check twice in a control", "  - id: CC6.1\n    title: T\n    checks:\n    - {id: key-age, covers: full}\n    - {id: key-age, covers: full}\n",
			`mappings/soc2.yaml:10:12: /controls/0/checks/1/id: expected each check once in a control, found "key-age" again (the first is on line 9); keep one of them`},
		{"neither check nor manual evidence", "  - {id: CC6.1, title: T}\n",
			`mappings/soc2.yaml:6:5: /controls/0: expected checks, or manual evidence that a person must bring, found neither for CC6.1; link a check, or say under manual what is needed`},
		{"only partial checks", "  - {id: CC6.1, title: T, checks: [{id: key-age, covers: partial}]}\n",
			`mappings/soc2.yaml:6:5: /controls/0: expected manual evidence for what the checks leave open, found only partial checks for CC6.1; say under manual what a person must bring`},
		{"not applicable for no reason", "  - {id: CC6.1, title: T, applicable: false}\n",
			`mappings/soc2.yaml:6:39: /controls/0/applicable: expected a reason why the control does not apply, found none; add reason`},
		{"an alias that is a control", "  - {id: CC6.1, title: T, manual: [m], aliases: [CC6.2]}\n  - {id: CC6.2, title: T, manual: [m]}\n",
			`mappings/soc2.yaml:6:50: /controls/0/aliases/0: expected a withdrawn number, found "CC6.2", a control itself (line 7); leave one of them out`},
		{"an unknown key", "  - {id: CC6.1, title: T, manual: [m], owner: me}\n",
			`mappings/soc2.yaml:6:40: /controls/0: expected no other keys than aliases, applicable, checks, evidence, id, manual, reason, title, found the unknown key "owner"`},
		{"a coverage that is none", "  - {id: CC6.1, title: T, checks: [{id: key-age, covers: most}]}\n",
			`mappings/soc2.yaml:6:58: /controls/0/checks/0/covers: expected one of full, partial, found "most"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := loadAndCheck(map[string]string{"soc2.yaml": head + c.controls}); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllProblemsOfAllFilesAreTold(t *testing.T) {
	_, err := Load(folder(map[string]string{"a.yaml": "framework: A\n", "b.yaml": "x: [\n", "waivers.yaml": "{}\n"}))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"mappings/a.yaml:1:12: /framework: expected text of the form", `expected the key "controls", found none`, "mappings/b.yaml:", "mappings/waivers.yaml:1:1: expected a list, found an object"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not stand in\n%v", want, err)
		}
	}
}

func TestAFrameworkStandsInOneFile(t *testing.T) {
	one := head + "  - {id: CC6.1, title: T, manual: [m]}\n"
	_, err := Load(folder(map[string]string{"a.yaml": one, "b.yaml": one}))
	if want := `mappings/b.yaml:1:12: /framework: expected a framework once, found "soc2" again (mappings/a.yaml has it); keep one, or give this one its own name`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAVersionIsSemantic(t *testing.T) {
	for version, ok := range map[string]bool{"1.0.0": true, "10.20.30-rc.1+b": true, "1.0": false, "v1.0.0": false, "01.0.0": false} {
		_, err := Load(folder(map[string]string{"a.yaml": "framework: a\ntitle: A\nedition: e\nversion: '" + version + "'\ncontrols: [{id: x, title: T, manual: [m]}]\n"}))
		if (err == nil) != ok {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestAnUnknownFrameworkIsToldWhichExist(t *testing.T) {
	set := &Set{}
	if _, err := set.Framework("soc2"); err == nil || err.Error() != `unknown framework "soc2": the mappings hold none` {
		t.Error(err)
	}
	for _, id := range []string{"soc2", "iso27001"} {
		set.Add(Framework{ID: id}, nil)
	}
	if _, err := set.Framework("soc3"); err == nil || err.Error() != `unknown framework "soc3": expected one of iso27001, soc2, all` {
		t.Error(err)
	}
	if f, err := set.Framework("soc2"); err != nil || f.ID != "soc2" {
		t.Error(f, err)
	}
}

func TestAFrameworkMayComeFromGoValues(t *testing.T) {
	var value any
	if err := json.Unmarshal([]byte(`{"framework": "own", "title": "Own", "edition": "1", "version": "1.0.0", "controls": [{"id": "O1", "title": "T", "checks": [{"id": "nope", "covers": "full"}]}]}`), &value); err != nil {
		t.Fatal(err)
	}
	doc, err := document.FromAny("mappings/own.rego:3", value)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	var set Set
	set.Add(f, doc)
	if err := set.Check(known); err == nil || !strings.HasPrefix(err.Error(), `mappings/own.rego:3: /controls/0/checks/0/id: expected a check of the library, found "nope"`) {
		t.Error(err)
	}
}

func TestWithdrawnNumbersNameTheirHeirs(t *testing.T) {
	var set Set
	set.Add(Framework{ID: "iso27001", Controls: []Control{{ID: "A.8.15", Aliases: []string{"A.12.4", "A.12.4.1"}}, {ID: "A.8.17", Aliases: []string{"A.12.4", "A.12.4.4"}}}}, nil)
	set.Add(Framework{ID: "other", Controls: []Control{{ID: "A.8.15"}}}, nil)
	for _, c := range []struct{ framework, id, want string }{
		{"iso27001", "A.12.4", "A.8.15 A.8.17"}, {"iso27001", "a.12.4.4", "A.8.17"}, {"iso27001", "a.8.15", "A.8.15"}, {"", "A.8.15", "A.8.15 A.8.15"},
		{"iso27001", "A.12.5", ""}, {"other", "A.12.4", ""},
	} {
		var got []string
		for _, control := range set.Resolve(c.framework, c.id) {
			got = append(got, control.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s: got %q, want %q", c.framework, c.id, got, c.want)
		}
	}
}

const waiver = `- id: wv_1
  check: key-age
  subjects: [tok_1, tok_2]
  reason: the vendor is slow
  requested_by: Ada@example.com
  approved_by: grace@example.com
  approved_at: 2026-06-10T00:00:00Z
  from: 2026-06-01T02:00:00+02:00
  until: 2026-08-30T00:00:00Z
  compensating: watched
  ticket: SEC-1
`

func TestAWaiverIsValidFromItsApprovalToItsEnd(t *testing.T) {
	set, err := loadAndCheck(map[string]string{"waivers.yaml": "# one\n" + waiver})
	if err != nil {
		t.Fatal(err)
	}
	w := set.Waivers[0]
	if w.ID != "wv_1" || w.File != "mappings/waivers.yaml" || w.Line != 2 || len(w.Subjects) != 2 || w.Compensating != "watched" || w.Ticket != "SEC-1" {
		t.Errorf("got %+v", w)
	}
	for at, want := range map[string]State{
		"2026-05-31T23:59:59Z": NotApproved, "2026-06-09T23:59:59Z": NotApproved, "2026-06-10T00:00:00Z": Valid, "2026-08-29T23:59:59Z": Valid, "2026-08-30T00:00:00Z": Expired,
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.State(instant); got != want {
			t.Errorf("%s: got %s, want %s", at, got, want)
		}
		early := w
		early.ApprovedAt = early.From.Add(-time.Hour)
		if got := early.State(early.From.Add(-1)); got != NotYet {
			t.Errorf("approved but before from: got %s, want %s", got, NotYet)
		}
		if got := early.State(early.From); got != Valid {
			t.Errorf("at from: got %s, want %s", got, Valid)
		}
	}
}

func TestAWaiverThatRunsLongerThanNinetyDaysIsNeverValid(t *testing.T) {
	set, err := loadAndCheck(map[string]string{"waivers.yaml": strings.Replace(waiver, "2026-08-30T00:00:00Z", "2026-08-30T00:00:01Z", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Waivers[0].State(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)); got != TooLong {
		t.Errorf("got %s, want %s", got, TooLong)
	}
}

func TestWhatNoWaiverMayBeIsRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"an approver who is the requester", "grace@", " ADA@", `mappings/waivers.yaml:6:17: /0/approved_by: expected an approver who is not the requester, found "ADA@example.com" for both; have somebody else approve it`},
		{"an end at its begin", "2026-08-30T00:00:00Z", "2026-06-01T00:00:00Z", `mappings/waivers.yaml:9:10: /0/until: expected a time after from, 2026-06-01T00:00:00Z, found 2026-06-01T00:00:00Z; until is the first instant at which the waiver is valid no more`},
		{"a wildcard", "tok_2", "'tok_*'", `mappings/waivers.yaml:3:21: /0/subjects/1: expected text of the form ^[^*]+$, found "tok_*"; Identifier of one subject; no wildcard`},
		{"no subject", "[tok_1, tok_2]", "[]", `mappings/waivers.yaml:3:13: /0/subjects: expected at least 1 item, found a list of 0`},
		{"a month that is none", "2026-08-30T00:00:00Z", "2026-13-01", `mappings/waivers.yaml:9:10: /0/until: expected an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z, found "2026-13-01"`},
		{"no approval", "  approved_at: 2026-06-10T00:00:00Z\n", "", `mappings/waivers.yaml:1:3: /0: expected the key "approved_at", found none; When it was approved; before that it is not valid`},
		{"an unknown key", "ticket", "tciket", `mappings/waivers.yaml:11:3: /0: expected no other keys than approved_at, approved_by, check, compensating, from, id, reason, requested_by, subjects, ticket, until, found the unknown key "tciket"`},
		{"a check that does not exist", "key-age", "key-agee", `mappings/waivers.yaml:2:10: /0/check: expected a check of the library, found "key-agee"; did you mean key-age?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadAndCheck(map[string]string{"waivers.yaml": strings.Replace(waiver, c.old, c.new, 1)})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAnApproverInBlanksIsStillTheRequester(t *testing.T) {
	in := strings.Replace(waiver, "approved_by: grace@example.com", "approved_by: '  ada@EXAMPLE.com '", 1)
	if _, err := loadAndCheck(map[string]string{"waivers.yaml": in}); err == nil || !strings.Contains(err.Error(), "expected an approver who is not the requester") {
		t.Error(err)
	}
}

func TestAWaiverStandsOnceInOneRegister(t *testing.T) {
	_, err := Load(folder(map[string]string{"waivers.yaml": waiver + waiver}))
	if want := `mappings/waivers.yaml:12:7: /1/id: expected each waiver once, found "wv_1" again (the first is on line 1); give it an id of its own`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = Load(folder(map[string]string{"waivers.yaml": waiver, "waivers.yml": "[]"}))
	if err == nil || !strings.HasPrefix(err.Error(), "mappings/waivers.yml: expected one register of waivers") {
		t.Error(err)
	}
}

func TestDistanceCountsLetters(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"key-age", "key-aeg", 2}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
