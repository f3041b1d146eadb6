package segment

import (
	"unsafe"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

// AppendCSV appends rows, which ascend, as lines of a CSV file, straight from the columns.
func (s *Segment) AppendCSV(dst []byte, rows []int32) (_ []byte, err error) {
	defer s.guard(&err)
	r := &s.reader
	var stamp []byte
	for _, row := range rows {
		row := int(row)
		if err := r.seek(row); err != nil {
			return dst, err
		}
		at := func(column int) string {
			text, _ := r.parts[column].at(row)
			return text
		}
		number := func(column int) int64 { return r.parts[column].numbers[row-r.parts[column].from] }
		stamp = r.appendTime(stamp[:0], number(timestamp))
		line := event.Row{Timestamp: unsafe.String(unsafe.SliceData(stamp), len(stamp)), ID: at(id), ActorType: at(actorType), ActorID: at(actorID),
			Action: at(action), ResourceType: at(resourceType), ResourceID: at(resourceID), Outcome: at(outcome), OutcomeBasis: at(outcomeBasis),
			IPAddress: at(ipAddress), Source: at(source), Epoch: at(epoch), IngestedAt: s.ingested(row), Tenant: at(tenant),
			CorrelationID: at(correlationID), PolicyVersion: at(policyVersion), Details: at(details), Sequence: number(sequence)}
		if line.Sequence == none {
			line.Sequence = -1
		}
		dst = line.AppendCSV(dst)
	}
	return dst, nil
}

// AppendNDJSON appends rows, which ascend, as lines that kt reads back as the same events: the canonical bytes, with ingested_at where it is
// known.
func (s *Segment) AppendNDJSON(dst []byte, rows []int32) ([]byte, error) {
	for _, row := range rows {
		if err := s.reader.seek(int(row)); err != nil {
			return dst, err
		}
		b, err := s.canonical(int(row))
		if err != nil {
			return dst, err
		}
		dst = AppendLine(dst, b, s.ingested(int(row)))
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
