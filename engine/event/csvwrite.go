package event

import (
	"strconv"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

// Row is an event as a line of a CSV file. "" is absent; Sequence is -1 where there is none.
type Row struct {
	Timestamp, ID, ActorType, ActorID, Action, ResourceType, ResourceID, Outcome, OutcomeBasis, IPAddress, Source, Epoch, IngestedAt, Tenant,
	CorrelationID, PolicyVersion, Details string
	Sequence int64
}

// CSVHeader is the first line of a CSV file of events (RFC 4180): the reader knows its columns.
const CSVHeader = "timestamp,id,actor,action,resource,outcome,outcome_basis,ip_address,source,epoch,sequence,ingested_at,tenant,correlation_id,policy_version,details\r\n"

// AppendCSV appends the row as a line. A cell that a spreadsheet would take for a formula gets a leading apostrophe, which the reader strips.
// Members of an event that have no column are not in it.
func (r *Row) AppendCSV(dst []byte) []byte {
	dst = append(appendCell(dst, r.Timestamp, ""), ',')
	dst = append(appendCell(dst, r.ID, ""), ',')
	dst = append(appendReferenceCell(dst, r.ActorType, r.ActorID), ',')
	dst = append(appendCell(dst, r.Action, ""), ',')
	dst = append(appendReferenceCell(dst, r.ResourceType, r.ResourceID), ',')
	for _, cell := range [...]string{r.Outcome, r.OutcomeBasis, r.IPAddress, r.Source, r.Epoch} {
		dst = append(appendCell(dst, cell, ""), ',')
	}
	if r.Sequence >= 0 {
		dst = strconv.AppendInt(dst, r.Sequence, 10)
	}
	dst = append(dst, ',')
	for _, cell := range [...]string{r.IngestedAt, r.Tenant, r.CorrelationID, r.PolicyVersion} {
		dst = append(appendCell(dst, cell, ""), ',')
	}
	return append(appendCell(dst, r.Details, ""), '\r', '\n')
}

// appendReferenceCell writes the type and the id of an actor or a resource, joined by a slash.
func appendReferenceCell(dst []byte, kind, id string) []byte {
	if kind == "" {
		return appendCell(dst, "/", id)
	}
	if needsQuotes(kind) || needsQuotes(id) || strings.IndexByte("=+-@\t\r", kind[0]) >= 0 {
		return appendCell(dst, kind+"/", id)
	}
	return append(append(append(dst, kind...), '/'), id...)
}

// appendCell writes a cell of two texts.
func appendCell(dst []byte, kind, id string) []byte {
	guard := kind != "" && strings.IndexByte("=+-@\t\r", kind[0]) >= 0
	if !needsQuotes(kind) && !needsQuotes(id) {
		if guard {
			dst = append(dst, '\'')
		}
		return append(append(dst, kind...), id...)
	}
	dst = append(dst, '"')
	if guard {
		dst = append(dst, '\'')
	}
	dst = appendQuoted(dst, kind)
	return append(appendQuoted(dst, id), '"')
}

func needsQuotes(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == ',' || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

func appendQuoted(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i+1]...), '"')
		s = s[i+1:]
	}
}

// Row is the event as a line of a CSV file. p is used to read what the event holds.
func (e *Event) Row(p *canon.Parser) (Row, error) {
	v, err := e.Value(p)
	if err != nil {
		return Row{}, err
	}
	get := func(v *canon.Value, keys ...string) string {
		for _, key := range keys {
			v = v.Get(key)
		}
		if v == nil {
			return ""
		}
		return v.Text
	}
	r := Row{Timestamp: clock.Format(e.Time), ID: e.ID, ActorType: get(&v, "actor", "type"), ActorID: get(&v, "actor", "id"), Action: get(&v, "action_as_logged"),
		ResourceType: get(&v, "resource", "type"), ResourceID: get(&v, "resource", "id"), Outcome: get(&v, "outcome"), OutcomeBasis: get(&v, "outcome_basis"),
		IPAddress: get(&v, "ip_address"), Source: e.Source, Epoch: e.Epoch, IngestedAt: e.IngestedAt, Tenant: get(&v, "tenant"),
		CorrelationID: get(&v, "correlation_id"), PolicyVersion: get(&v, "policy_version"), Sequence: e.Sequence}
	if d := v.Get("details"); d != nil {
		r.Details = string(canon.Append(nil, d))
	}
	return r, nil
}
