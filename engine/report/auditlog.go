package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/event"
)

// Log is what an audit log holds for a window.
type Log struct {
	Counts []auditlog.DayCount `json:"counts"`
	Log    event.Statistics    `json:"log"`
	// Arrivals are of the sources of which any event says when it arrived.
	Arrivals []auditlog.Arrival `json:"arrivals"`
}

// LogJSON writes counts and what each source has as JSON.
func LogJSON(w io.Writer, l *Log) error { return encode(w, l) }

// WriteLog writes counts of events and what each source has for a person.
func WriteLog(w io.Writer, l *Log, look Look) error {
	rows := make([]table.Row, len(l.Counts))
	for i, c := range l.Counts {
		rows[i] = table.Row{printable(c.Action), c.Outcome, c.Day, c.Events}
	}
	if err := write(w, look, table.Row{"ACTION", "OUTCOME", "DAY", "EVENTS"}, rows); err != nil {
		return err
	}
	rows = make([]table.Row, len(l.Log.Sources))
	for i, s := range l.Log.Sources {
		numbers := "–"
		if s.FirstSequence != nil {
			numbers = fmt.Sprintf("%d to %d", *s.FirstSequence, *s.LastSequence)
		}
		rows[i] = table.Row{printable(s.ID), printable(s.Epoch), s.Events, numbers, gapsText(&s), s.ConflictCount, s.Unsequenced, s.FirstAt, s.LastAt}
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := write(w, look, table.Row{"SOURCE", "EPOCH", "EVENTS", "NUMBERS", "MISSING", "CONFLICTS", "UNNUMBERED", "FIRST", "LAST"}, rows); err != nil {
		return err
	}
	for _, a := range l.Arrivals {
		if a.Late == 0 && a.Ahead == 0 {
			continue
		}
		_, err := fmt.Fprintf(w, "\n%s %s: %d events arrived more than %s late, the latest after %ds; %d are dated after they arrived, by %ds at most",
			printable(a.Source), printable(a.Epoch), a.Late, auditlog.LateAfter, a.Longest, a.Ahead, a.LargestAhead)
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%d events; %s refused\n", l.Log.Events, count(l.Log.Refused, "line"))
	return err
}

// gapsText names the first gaps and counts the rest.
func gapsText(s *event.SourceStatistics) string {
	const most = 3
	var parts []string
	for _, g := range s.Gaps[:min(len(s.Gaps), most)] {
		if g.From == g.To {
			parts = append(parts, fmt.Sprint(g.From))
			continue
		}
		parts = append(parts, fmt.Sprintf("%d to %d", g.From, g.To))
	}
	if s.GapCount > most {
		parts = append(parts, fmt.Sprintf("and %d gaps more", s.GapCount-most))
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

// ImportJSON writes what became of an import as JSON.
func ImportJSON(w io.Writer, r *auditlog.Report) error { return encode(w, r) }

// Quarantined writes for a person what an import has set aside.
func Quarantined(w io.Writer, q *auditlog.Quarantined) error {
	_, err := fmt.Fprintf(w, "%d  %s  %s  %s\n", q.Number, q.Kind, place(q.File, q.Line), printable(q.Reason))
	return err
}

// place is where a line stands; a standard input has no name.
func place(file string, line int) string {
	if file == "" {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("%s:%d", printable(file), line)
}

// Import writes what became of an import for a person.
func Import(w io.Writer, r *auditlog.Report, look Look) error {
	p := &page{look: look}
	p.line("", fmt.Sprintf("%s: %d stored, %d there already, %d in conflict, %d refused", count(r.Lines, "line"), r.Stored, r.Duplicates, r.Conflicts, r.Refused))
	for _, one := range r.Reasons {
		p.line("  "+place(one.File, one.Line)+"  ", printable(one.Reason))
	}
	if left := r.Refused + r.Conflicts - int64(len(r.Reasons)); left > 0 {
		p.line("  ", fmt.Sprintf("and %d more", left))
	}
	if r.HeldBack > 0 {
		p.line("", fmt.Sprintf("nothing was stored, for the import is strict: %s held back", count(r.HeldBack, "good line")))
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}
