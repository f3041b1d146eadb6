package report

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/clock"
)

// VerificationJSON writes what a store was found to be as JSON.
func VerificationJSON(w io.Writer, r *auditlog.VerifyReport) error { return encode(w, r) }

// Verification writes what a store was found to be for a person.
func Verification(w io.Writer, r *auditlog.VerifyReport, look Look) error {
	p := &page{look: look}
	for _, problem := range r.Problems {
		where := printable(problem.File)
		if problem.Index >= 0 {
			where += fmt.Sprintf(", %d", problem.Index)
		}
		p.line(p.paint(alert, "✗")+" ", where+": "+printable(problem.Reason))
	}
	if len(r.Problems) == 0 {
		p.line("✓ ", fmt.Sprintf("%s in the log %s are as they were stored", count(r.Size-r.Dropped, "event"), printable(r.Origin)))
	}
	p.line("  root        ", r.Root)
	switch {
	case r.Signed:
		p.line("  checkpoint  ", "signed by the key "+printable(r.Origin))
	case r.Kept < 0:
		p.line("  checkpoint  ", "not verified, for the log's public key is not here: the log is consistent with itself only; give the key with --public-key, or a kept checkpoint")
	}
	if r.Kept >= 0 {
		p.line("  kept        ", fmt.Sprintf("the log goes on from the checkpoint that was kept, of %s", count(r.Kept, "event")))
	}
	if r.Dropped > 0 {
		p.line("  dropped     ", fmt.Sprintf("%s by retention; of these the hashes were verified", count(r.Dropped, "event")))
	}
	for _, left := range r.Leftovers {
		p.line("  left over   ", printable(left.File)+": "+printable(left.Reason))
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// RetentionJSON writes what retention does, or would, as JSON.
func RetentionJSON(w io.Writer, r *auditlog.RetainPlan) error { return encode(w, r) }

// Retention writes what retention has done, or would do.
func Retention(w io.Writer, r *auditlog.RetainPlan, planned bool, look Look) error {
	p := &page{look: look}
	word := "dropped"
	if planned {
		word = "to drop"
	}
	for _, e := range r.Drop {
		p.line("  "+word+"  ", fmt.Sprintf("events %d to %d, of %s to %s", e.First, e.First+int64(e.Rows)-1, clock.Format(e.From), clock.Format(e.To)))
	}
	for _, e := range r.Held {
		p.line("  held     ", fmt.Sprintf("events %d to %d, by %v", e.First, e.First+int64(e.Rows)-1, e.Holds))
	}
	p.line("", fmt.Sprintf("%s %s, %d held, %d not expired", count(int64(len(r.Drop)), "segment"), word, len(r.Held), r.Kept))
	_, err := io.WriteString(w, p.text.String())
	return err
}

// DecisionsJSON writes the decisions of retention as JSON.
func DecisionsJSON(w io.Writer, all []auditlog.Decision) error {
	if all == nil {
		all = []auditlog.Decision{}
	}
	return encode(w, all)
}

// Decisions writes the decisions of retention as a table.
func Decisions(w io.Writer, all []auditlog.Decision, look Look) error {
	rows := make([]table.Row, len(all))
	for i, d := range all {
		what := printable(d.Released)
		switch {
		case d.Tombstone != nil:
			what = fmt.Sprintf("events %d to %d of class %s", d.Tombstone.First, d.Tombstone.First+int64(d.Tombstone.Rows)-1, printable(d.Tombstone.Class))
		case d.Hold != nil:
			what = printable(d.Hold.Name)
		}
		rows[i] = table.Row{clock.Format(d.At), d.Kind, what, printable(d.By), printable(d.Reason)}
	}
	return write(w, look, table.Row{"AT", "DECISION", "OF", "BY", "REASON"}, rows, 3, 5)
}
