package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/keeptrusts/kt/engine/policy"
)

// CheckEntry is a check of a library with the controls that link it.
type CheckEntry struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Severity    string   `json:"severity"`
	Nature      string   `json:"nature"`
	Reads       string   `json:"reads"`
	Lists       []string `json:"lists"`    // of the snapshot, that it reads
	Sources     []string `json:"sources"`  // of events; none: all
	Evidence    []string `json:"evidence"` //
	File        string   `json:"file"`     // as the user knows it
	Line        int      `json:"line"`     //
	Controls    []string `json:"controls"` // framework:control
}

// NewChecks lists the checks of a library by id.
func NewChecks(lib *policy.Library) []CheckEntry {
	linked := map[string][]string{}
	for _, f := range lib.Mappings.Frameworks {
		for _, c := range f.Controls {
			for _, link := range c.Checks {
				linked[link.ID] = append(linked[link.ID], f.ID+":"+c.ID)
			}
		}
	}
	out := make([]CheckEntry, len(lib.Checks))
	for i, c := range lib.Checks {
		slices.Sort(linked[c.ID])
		out[i] = CheckEntry{ID: c.ID, Title: c.Title, Description: strings.TrimSpace(c.Description), Severity: c.Severity, Nature: c.Nature, Reads: c.Reads,
			Lists: append([]string{}, c.Lists...), Sources: append([]string{}, c.Sources...), Evidence: append([]string{}, c.Evidence...),
			File: lib.Source.Shown(c.File), Line: c.Line, Controls: append([]string{}, linked[c.ID]...)}
	}
	return out
}

// ChecksJSON writes the checks as JSON.
func ChecksJSON(w io.Writer, checks []CheckEntry) error { return encode(w, checks) }

// Checks writes the checks as a table.
func Checks(w io.Writer, checks []CheckEntry, look Look) error {
	rows := make([]table.Row, len(checks))
	for i, c := range checks {
		rows[i] = table.Row{printable(c.ID), c.Severity, c.Nature, c.Reads, printable(c.Title), strings.Join(c.Controls, " ")}
	}
	return write(w, look, table.Row{"CHECK", "SEVERITY", "NATURE", "READS", "TITLE", "CONTROLS"}, rows, 5, 6)
}

// FrameworkEntry is a framework of a library, counted.
type FrameworkEntry struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Edition  string `json:"edition"`
	Version  string `json:"version"`
	Controls int    `json:"controls"`
	Manual   int    `json:"manual"` // controls without a check
	Checks   int    `json:"checks"` // different ones that it links
	File     string `json:"file"`   // as the user knows it
}

// NewFrameworks lists the frameworks of a library by id.
func NewFrameworks(lib *policy.Library) []FrameworkEntry {
	out := make([]FrameworkEntry, len(lib.Mappings.Frameworks))
	for i, f := range lib.Mappings.Frameworks {
		checks := map[string]bool{}
		out[i] = FrameworkEntry{ID: f.ID, Title: f.Title, Edition: f.Edition, Version: f.Version, Controls: len(f.Controls), File: lib.Source.Shown(f.File)}
		for _, c := range f.Controls {
			if len(c.Checks) == 0 {
				out[i].Manual++
			}
			for _, link := range c.Checks {
				checks[link.ID] = true
			}
		}
		out[i].Checks = len(checks)
	}
	return out
}

// FrameworksJSON writes the frameworks as JSON.
func FrameworksJSON(w io.Writer, frameworks []FrameworkEntry) error { return encode(w, frameworks) }

// Frameworks writes the frameworks as a table.
func Frameworks(w io.Writer, frameworks []FrameworkEntry, look Look) error {
	rows := make([]table.Row, len(frameworks))
	for i, f := range frameworks {
		rows[i] = table.Row{printable(f.ID), printable(f.Edition), printable(f.Version), f.Controls, f.Manual, f.Checks, printable(f.Title)}
	}
	return write(w, look, table.Row{"FRAMEWORK", "EDITION", "MAPPING", "CONTROLS", "MANUAL", "CHECKS", "TITLE"}, rows, 7)
}

// write sets a table without rules. The last columns, given by number from 1, share what the others leave of the width.
func write(w io.Writer, look Look, header table.Row, rows []table.Row, flexible ...int) error {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	if look.Color {
		style.Color.Header = text.Colors{text.Bold}
	}
	t.SetStyle(style)
	t.AppendHeader(header)
	t.AppendRows(rows)
	if look.Width > 0 {
		t.SetColumnConfigs(fit(look.Width, header, rows, flexible))
	}
	var b strings.Builder
	for _, line := range strings.Split(t.Render(), "\n") {
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fit shares the width out: fixed columns take what they need, flexible ones the rest in equal parts, twenty columns at least.
func fit(width int, header table.Row, rows []table.Row, flexible []int) []table.ColumnConfig {
	left := width
	for i := range header {
		if slices.Contains(flexible, i+1) {
			left -= 2
			continue
		}
		widest := text.StringWidth(fmt.Sprint(header[i]))
		for _, row := range rows {
			widest = max(widest, text.StringWidth(fmt.Sprint(row[i])))
		}
		left -= widest + 2
	}
	configs := make([]table.ColumnConfig, len(flexible))
	for i, number := range flexible {
		configs[i] = table.ColumnConfig{Number: number, WidthMax: max(left/len(flexible), 20), WidthMaxEnforcer: text.WrapSoft}
	}
	return configs
}
