package posture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/check"
)

func findings(from check.Findings) ([]Finding, error) {
	out := make([]Finding, len(from.Listed))
	for i := range from.Listed {
		f := &from.Listed[i]
		out[i] = Finding{Subject: canon.Append(nil, &f.Subject), Type: f.Type, ID: f.ID, Reason: f.Reason, At: f.At, Waiver: f.Waiver, Note: f.Note}
		extra := map[string]json.RawMessage{}
		for _, m := range f.Extra.Members {
			extra[m.Key] = canon.Append(nil, &m.Value)
		}
		if len(f.Evidence) > 0 {
			evidence, err := json.Marshal(f.Evidence)
			if err != nil {
				return nil, err
			}
			extra["evidence"] = evidence
		}
		if len(extra) > 0 {
			out[i].Extra = extra
		}
	}
	return out, nil
}

// MarshalJSON writes the known members first, the others sorted by name.
func (f Finding) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	member := func(key string, value any) error {
		text, err := json.Marshal(key)
		if err != nil {
			return err
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		} else {
			b.WriteByte('{')
		}
		b.Write(text)
		b.WriteByte(':')
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if err := e.Encode(value); err != nil {
			return err
		}
		b.Write(bytes.TrimSpace(out.Bytes()))
		return nil
	}
	err := member("subject", f.Subject)
	for _, m := range []struct{ key, value string }{{"reason", f.Reason}, {"at", f.At}, {"waiver", f.Waiver}, {"waiver_note", f.Note}} {
		if err == nil && m.value != "" {
			err = member(m.key, m.value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Extra)) {
		if err == nil {
			err = member(key, f.Extra[key])
		}
	}
	b.WriteByte('}')
	return b.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Finding) UnmarshalJSON(data []byte) error {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	*f = Finding{Subject: all["subject"]}
	delete(all, "subject")
	var subject struct{ Type, ID string }
	if err := json.Unmarshal(f.Subject, &subject); err != nil {
		return fmt.Errorf("finding: subject: %w", err)
	}
	f.Type, f.ID = subject.Type, subject.ID
	for key, to := range map[string]*string{"reason": &f.Reason, "at": &f.At, "waiver": &f.Waiver, "waiver_note": &f.Note} {
		if all[key] == nil {
			continue
		}
		if err := json.Unmarshal(all[key], to); err != nil {
			return fmt.Errorf("finding: %s: %w", key, err)
		}
		delete(all, key)
	}
	if len(all) > 0 {
		f.Extra = all
	}
	return nil
}
