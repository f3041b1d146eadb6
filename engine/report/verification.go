package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

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
		if problem.Index >= 0 && strings.Contains(problem.File, "/") { // what is wrong in the folder itself names its row
			where += fmt.Sprintf(", event %d", problem.Index)
		}
		p.line(p.paint(alert, "✗")+" ", where+": "+printable(problem.Reason))
	}
	if len(r.Problems) == 0 {
		p.line("✓ ", fmt.Sprintf("%s in the log %s are as they were stored", count(r.Size-r.Dropped, "event"), printable(r.Origin)))
	}
	p.line("  root        ", r.Root)
	p.line("  checkpoint  ", checkpointText(r))
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

// checkpointText says what the log's own checkpoint is worth.
func checkpointText(r *auditlog.VerifyReport) string {
	switch {
	case r.Signed:
		return "signed by the key " + printable(r.Origin)
	case len(r.Problems) > 0:
		return "not verified"
	case r.Size == 0:
		return "there is none, for nothing was stored; whether something was, only a kept checkpoint tells"
	case r.Kept >= 0:
		return "its signature was not verified, for the log's public key is not here: give it with --public-key"
	}
	return "not verified, for the log's public key is not here: the log is consistent with itself only; give the key with --public-key, or a kept checkpoint"
}

// ProofVerdict is what a proof of one event was found to be.
type ProofVerdict struct {
	Holds    bool   `json:"holds"`
	Reason   string `json:"reason,omitempty"` // why it does not hold
	Origin   string `json:"origin"`           // of the log that it is of
	Index    int64  `json:"index"`
	TreeSize int64  `json:"tree_size"`
	Signed   bool   `json:"signed"` // by a key that is known
}

// ProofJSON writes what a proof was found to be as JSON.
func ProofJSON(w io.Writer, v *ProofVerdict) error { return encode(w, v) }

// Proof writes what a proof was found to be for a person.
func Proof(w io.Writer, v *ProofVerdict, look Look) error {
	p := &page{look: look}
	if !v.Holds {
		p.line(p.paint(alert, "✗")+" ", printable(v.Reason))
	} else {
		p.line("✓ ", fmt.Sprintf("event %d is in the log %s of %s", v.Index, printable(v.Origin), count(v.TreeSize, "event")))
		text := "signed by the key " + printable(v.Origin)
		if !v.Signed {
			text = "not verified, for the log's public key is not here: the proof is consistent with itself only; give the key with --public-key"
		}
		p.line("  checkpoint  ", text)
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
		p.line("  held     ", fmt.Sprintf("events %d to %d, by %s", e.First, e.First+int64(e.Rows)-1, printable(strings.Join(e.Holds, ", "))))
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
	if len(all) == 0 {
		_, err := io.WriteString(w, "Nothing was decided: no hold, no release, no tombstone.\n")
		return err
	}
	rows := make([]table.Row, len(all))
	for i := range all {
		d := &all[i]
		rows[i] = table.Row{clock.Format(d.At), decisionText(all, i), decided(d), printable(d.By), printable(d.Reason)}
	}
	return write(w, look, table.Row{"AT", "DECISION", "OF", "BY", "REASON"}, rows, 3, 5)
}

// decisionText is the kind of a decision; a hold that is no longer in force is marked.
func decisionText(all []auditlog.Decision, i int) string {
	d := &all[i]
	if d.Hold != nil && slices.ContainsFunc(all[i:], func(later auditlog.Decision) bool { return later.Released == d.Hold.Name }) {
		return d.Kind + " (released)"
	}
	return d.Kind
}

// decided is what a decision is about.
func decided(d *auditlog.Decision) string {
	switch {
	case d.Tombstone != nil:
		return fmt.Sprintf("events %d to %d of class %s", d.Tombstone.First, d.Tombstone.First+int64(d.Tombstone.Rows)-1, printable(d.Tombstone.Class))
	case d.Hold == nil:
		return printable(d.Released)
	}
	text := printable(d.Hold.Name)
	if !d.Hold.From.IsZero() {
		text += ", from " + clock.Format(d.Hold.From)
	}
	if !d.Hold.Until.IsZero() {
		text += ", until " + clock.Format(d.Hold.Until)
	}
	return text
}
