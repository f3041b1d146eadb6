package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func scope() *Scope {
	return &Scope{Kind: "scope", Version: 1,
		Framework: ScopeFramework{ID: "house", Title: "House rules", Edition: "2026", Version: "1.0.0"},
		Policy:    ScopePolicy{Commit: "0123456789abcdef0123456789abcdef01234567", Digest: "sha256:00"},
		Controls: []ScopeControl{
			{ID: "H.1", Title: "Keys | doors", Applicable: true, Aliases: []string{"H.0"}, Coverage: "partial", Manual: []string{"walk <b>round</b>"}, Evidence: []string{"door plan"},
				Checks: []ScopeCheck{
					{ID: "key-age", Title: "=HYPERLINK(\"x\")", Severity: "high", Nature: "operating", Covers: "partial", Why: "-1 is a number", Evidence: []string{"@tokens", "log"}},
					{ID: "doors", Title: "Doors,\nclosed", Covers: "partial", Why: "+why"}}},
			{ID: "H.2", Title: "Ethics", Applicable: true, Manual: []string{"=code", "interviews"}},
			{ID: "H.3", Title: "Boats", Reason: "there is no water"},
		}}
}

func TestScopeCSVIsRFC4180AndHoldsNoFormula(t *testing.T) {
	var b bytes.Buffer
	if err := ScopeCSV(&b, scope()); err != nil {
		t.Fatal(err)
	}
	golden(t, "scope.csv", b.String())
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 {
		t.Fatalf("%d rows, want a header, two links, and two controls without checks", len(rows))
	}
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%s: a spreadsheet would read %q as a formula", rows[0][i], cell)
			}
		}
	}
}

func TestScopeMarkdownTakesNoMarkupFromTheMapping(t *testing.T) {
	var b bytes.Buffer
	if err := ScopeMarkdown(&b, scope()); err != nil {
		t.Fatal(err)
	}
	golden(t, "scope.md", b.String())
	if strings.Contains(b.String(), "<b>") {
		t.Error("a tag came through")
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if columns := strings.Count(strings.ReplaceAll(line, "\\|", ""), "|"); strings.HasPrefix(line, "|") && columns != 6 {
			t.Errorf("%d bars in the row %s", columns, line)
		}
	}
}

func TestScopeJSONReadsBackAsItWas(t *testing.T) {
	var b bytes.Buffer
	if err := ScopeJSON(&b, scope()); err != nil {
		t.Fatal(err)
	}
	var got Scope
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&got, scope()) {
		t.Errorf("read back %+v", got)
	}
}
