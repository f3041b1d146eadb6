package mapping

import (
	"fmt"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/document"
)

// MaxWaiver is the longest time that a waiver may run.
const MaxWaiver = 90 * 24 * time.Hour

// Waiver accepts the deviations of one check for some subjects and a limited time.
type Waiver struct {
	ID           string
	Check        string
	Subjects     []string // ids, each by name
	Reason       string
	RequestedBy  string
	ApprovedBy   string // not RequestedBy
	ApprovedAt   time.Time
	From, Until  time.Time // half-open
	Compensating string
	Ticket       string
	File         string
	Line         int
}

// State is what a waiver is at an instant.
type State string

// The states of a waiver; it covers deviations only while it is Valid.
const (
	Valid       State = "valid"
	NotYet      State = "not_yet"
	NotApproved State = "not_approved"
	Expired     State = "expired"
	TooLong     State = "too_long" // it runs longer than MaxWaiver
)

// State tells whether the waiver is valid at an instant: approved by then, begun, not ended, and not running longer than MaxWaiver. Until is the first instant at which
// it is valid no more.
func (w Waiver) State(asOf time.Time) State {
	switch {
	case w.Until.Sub(w.From) > MaxWaiver:
		return TooLong
	case !asOf.Before(w.Until):
		return Expired
	case asOf.Before(w.ApprovedAt):
		return NotApproved
	case asOf.Before(w.From):
		return NotYet
	}
	return Valid
}

// entry is a waiver as the register writes it.
type entry struct {
	ID           string   `json:"id"`
	Check        string   `json:"check"`
	Subjects     []string `json:"subjects"`
	Reason       string   `json:"reason"`
	RequestedBy  string   `json:"requested_by"`
	ApprovedBy   string   `json:"approved_by"`
	ApprovedAt   string   `json:"approved_at"`
	From         string   `json:"from"`
	Until        string   `json:"until"`
	Compensating string   `json:"compensating"`
	Ticket       string   `json:"ticket"`
}

// decodeWaivers reads the register and refuses what no waiver may be.
func decodeWaivers(doc *document.Document) ([]Waiver, error) {
	if err := doc.Validate("waivers"); err != nil {
		return nil, err
	}
	var entries []entry
	if err := decode(doc, &entries); err != nil {
		return nil, err
	}
	var problems document.Problems
	waivers := make([]Waiver, len(entries))
	first := map[string]int{}
	for i, e := range entries {
		w, err := e.waiver()
		if err != nil {
			return nil, fmt.Errorf("%s: waiver %s: %w", doc.Name, e.ID, err)
		}
		w.File = doc.Name
		w.Line, _ = doc.Position(document.Pointer(i))
		if line, ok := first[w.ID]; ok {
			problems = append(problems, doc.Problem(document.Pointer(i, "id"), "each waiver once",
				fmt.Sprintf("%q again (the first is on line %d)", w.ID, line), "give it an id of its own"))
		}
		first[w.ID] = w.Line
		problems = append(problems, w.problems(doc, i)...)
		waivers[i] = w
	}
	return waivers, problems.Err()
}

func (e entry) waiver() (Waiver, error) {
	w := Waiver{ID: e.ID, Check: e.Check, Subjects: e.Subjects, Reason: e.Reason, RequestedBy: e.RequestedBy, ApprovedBy: e.ApprovedBy,
		Compensating: e.Compensating, Ticket: e.Ticket}
	for _, field := range []struct {
		to   *time.Time
		text string
	}{{&w.ApprovedAt, e.ApprovedAt}, {&w.From, e.From}, {&w.Until, e.Until}} {
		t, err := clock.Parse(field.text)
		if err != nil {
			return w, err
		}
		*field.to = t
	}
	return w, nil
}

// problems are what makes the waiver none, whatever the instant.
func (w Waiver) problems(doc *document.Document, i int) document.Problems {
	var out document.Problems
	if strings.EqualFold(strings.TrimSpace(w.ApprovedBy), strings.TrimSpace(w.RequestedBy)) {
		out = append(out, doc.Problem(document.Pointer(i, "approved_by"), "an approver who is not the requester",
			fmt.Sprintf("%q for both", w.ApprovedBy), "have somebody else approve it"))
	}
	until := document.Pointer(i, "until")
	if !w.From.Before(w.Until) {
		out = append(out, doc.Problem(until, "a time after from, "+clock.Format(w.From), clock.Format(w.Until), "until is the first instant at which the waiver is valid no more"))
	}
	return out
}
