// Package snapshot loads the configuration snapshot: the state of gateways, keys, users and records at one instant, as one JSON
// or YAML document by schemas/snapshot.json.
package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/document"
)

// Snapshot is a snapshot that was read and found valid. It does not change.
type Snapshot struct {
	CapturedAt   time.Time // UTC
	Organization string    // "" where it is not named
	Value        canon.Value
	SHA256       string // of the bytes as read, 64 hex digits
	Records      int    // items of all lists
	Name         string
}

// Load reads a snapshot of at most document.MaxBytes. What breaks the schema, and an id that a list holds twice, is an error
// (document.Problems) that names the lines.
func Load(name string, r io.Reader) (*Snapshot, error) {
	data, err := io.ReadAll(io.LimitReader(r, document.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	doc, err := document.Parse(name, data)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate("snapshot"); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	s := &Snapshot{Value: doc.Value, SHA256: hex.EncodeToString(sum[:]), Name: name}
	if s.CapturedAt, err = clock.Parse(s.Value.Get("captured_at").Text); err != nil {
		return nil, fmt.Errorf("%s: captured_at: %w", name, err)
	}
	if v := s.Value.Get("organization"); v != nil {
		s.Organization = v.Text
	}
	if s.Records, err = count(doc); err != nil {
		return nil, err
	}
	return s, nil
}

// Has tells whether the snapshot holds a list, be it an empty one. An absent list says nothing; an empty one that there was nothing.
func (s *Snapshot) Has(list string) bool {
	v := s.Value.Get(list)
	return v != nil && v.Kind == canon.Array
}

// enough is how many repeated ids are told before the rest is left unsaid: finding the places of each takes a walk over the document.
const enough = 20

// count counts the items of all lists and refuses an id that stands twice in one.
func count(doc *document.Document) (int, error) {
	records := 0
	var problems document.Problems
	for _, list := range doc.Value.Members {
		if list.Value.Kind != canon.Array {
			continue
		}
		records += len(list.Value.Items)
		first := make(map[string]int, len(list.Value.Items))
		for i := range list.Value.Items {
			id := list.Value.Items[i].Get("id")
			if id == nil || id.Kind != canon.String {
				continue // of a list that the schema does not know
			}
			if at, ok := first[id.Text]; ok {
				if len(problems) == enough {
					return 0, problems.Err()
				}
				line, _ := doc.Position(document.Pointer(list.Key, at))
				problems = append(problems, doc.Problem(document.Pointer(list.Key, i, "id"), "each id once in "+list.Key,
					fmt.Sprintf("%q again (the first is on line %d)", id.Text, line), "keep one of them"))
				continue
			}
			first[id.Text] = i
		}
	}
	return records, problems.Err()
}
