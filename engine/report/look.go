package report

import (
	"fmt"
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"

	"github.com/keeptrusts/kt/engine/check"
)

// Look says how a terminal shows text.
type Look struct {
	Width int  // columns to wrap at; 0: never wrap
	Color bool // false: no escape sequences at all
}

// symbols mark a status so that it can be told without colour.
var symbols = map[string]string{
	check.Pass: "✓", check.Fail: "✗", check.NotEvaluable: "?", check.Waived: "~",
	check.NotOccurring: "○", check.NotApplicable: "–", check.Manual: "✎",
}

// The sixteen colours of every terminal, so that they follow the reader's own theme.
var (
	bold  = lipgloss.NewStyle().Bold(true)
	faint = lipgloss.NewStyle().Faint(true)
	alert = lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Yellow)

	statusStyles = map[string]lipgloss.Style{
		check.Pass:         lipgloss.NewStyle().Foreground(lipgloss.Green),
		check.Fail:         lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Red),
		check.NotEvaluable: lipgloss.NewStyle().Foreground(lipgloss.Magenta),
		check.Waived:       lipgloss.NewStyle().Foreground(lipgloss.Yellow),
		check.Manual:       lipgloss.NewStyle().Foreground(lipgloss.Cyan),
	}
)

// words turns a status into words: not_evaluable is "not evaluable".
func words(status string) string { return strings.ReplaceAll(status, "_", " ") }

// printable replaces what could steer a terminal or reorder its text: control characters, and Unicode's bidirectional overrides.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar, unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return '\ufffd'
		}
		return r
	}, s)
}

// page is text for a terminal, in the making.
type page struct {
	text strings.Builder
	look Look
}

func (p *page) paint(style lipgloss.Style, s string) string {
	if !p.look.Color || s == "" {
		return s
	}
	return style.Render(s)
}

func (p *page) status(status, text string) string {
	if style, ok := statusStyles[status]; ok {
		return p.paint(style, text)
	}
	return p.paint(faint, text)
}

func (p *page) blank() { p.text.WriteByte('\n') }

// line writes a text behind a lead (already painted), wrapped so that its further lines stand below its first. A window too narrow
// for that wraps by itself.
func (p *page) line(lead, text string) {
	indent := lipgloss.Width(lead)
	if room := p.look.Width - indent; p.look.Width > 0 && room >= 20 {
		// A date or a path must not be torn at its hyphens.
		text = lipgloss.Wrap(strings.ReplaceAll(text, "-", "\u2011"), room, "")
		text = strings.ReplaceAll(text, "\u2011", "-")
	}
	for i, one := range strings.Split(text, "\n") {
		if i == 0 {
			p.text.WriteString(lead)
		} else {
			p.text.WriteString(strings.Repeat(" ", indent))
		}
		p.text.WriteString(strings.TrimRight(one, " "))
		p.text.WriteByte('\n')
	}
}

// pad fills a text with spaces to a number of columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-lipgloss.Width(s), 0))
}

// count is "1 event", "2 events".
func count(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
