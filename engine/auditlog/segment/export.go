package segment

import (
	"fmt"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
)

// AppendCSV appends rows, which ascend, as lines of a CSV file, straight from the columns.
func (s *Segment) AppendCSV(dst []byte, rows []int32) ([]byte, error) {
	c, err := s.decoded()
	if err != nil {
		return dst, err
	}
	at := func(t *string) string {
		if t == nil {
			return ""
		}
		return *t
	}
	var stamp []byte
	for _, row := range rows {
		f := c.row(int(row))
		if err := f.missing(); err != nil {
			return dst, fmt.Errorf("%s: row %d: %w", s.path, row, err)
		}
		stamp = clock.Append(stamp[:0], time.Unix(0, f.at).UTC())
		r := event.Row{Timestamp: string(stamp), ID: *f.id, ActorType: *f.actorType, ActorID: *f.actorID, Action: *f.action,
			ResourceType: *f.resourceType, ResourceID: *f.resourceID, Outcome: *f.outcome, OutcomeBasis: at(f.outcomeBasis), IPAddress: at(f.ip),
			Source: at(f.source), Epoch: at(f.epoch), IngestedAt: f.ingested(), Tenant: at(f.tenant), CorrelationID: at(f.correlationID),
			PolicyVersion: at(f.policyVersion), Details: at(f.details), Sequence: f.number}
		if f.number == none {
			r.Sequence = -1
		}
		dst = r.AppendCSV(dst)
	}
	return dst, nil
}

// AppendNDJSON appends rows, which ascend, as lines that kt reads back as the same events: the canonical bytes, with ingested_at where it is
// known.
func (s *Segment) AppendNDJSON(dst []byte, rows []int32) ([]byte, error) {
	c, err := s.decoded()
	if err != nil {
		return dst, err
	}
	for _, row := range rows {
		f := c.row(int(row))
		b, err := s.row.canonical(&f)
		if err != nil {
			return dst, fmt.Errorf("%s: row %d: %w", s.path, row, err)
		}
		dst = AppendLine(dst, b, f.ingested())
	}
	return dst, nil
}

// AppendLine appends an event's canonical bytes as a line, with when it was ingested; "" where nobody knows.
func AppendLine(dst, canonical []byte, ingestedAt string) []byte {
	dst = append(dst, canonical...)
	if ingestedAt != "" {
		dst = append(dst[:len(dst)-1], `,"ingested_at":`...)
		dst = append(canon.AppendString(dst, ingestedAt), '}')
	}
	return append(dst, '\n')
}
