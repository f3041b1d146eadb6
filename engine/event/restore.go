package event

import "fmt"

// Derived says that the id is derived from the canonical bytes, which then do not hold it.
func (e *Event) Derived() bool { return e.derived }

// SetDerived is for those who keep events and give them back: it says whether the id is derived.
func (e *Event) SetDerived(derived bool) { e.derived = derived }

// CanonicalAction is the catalogue's name of an action, and the action itself where the catalogue does not know it.
func CanonicalAction(action string) string {
	c, err := readCatalogue()
	if err != nil {
		return action
	}
	return c.canonical(action)
}

// Restore gives back the event that has these canonical bytes. Its id, where it is derived, and when it was ingested stand beside them:
// "" of ingestedAt is never. The Event owns its memory.
func (p *Parser) Restore(canonical []byte, id string, derived bool, ingestedAt string) (Event, error) {
	e, err := p.Parse(canonical)
	if err != nil {
		return e, err
	}
	if string(e.Canonical) != string(canonical) {
		return e, fmt.Errorf("expected the canonical bytes of an event, found others: %.60q", canonical)
	}
	if !derived && e.ID != id {
		return e, fmt.Errorf("expected the id %q, found %q in the event", id, e.ID)
	}
	e.ID, e.derived, e.IngestedAt = id, derived, ingestedAt
	return e, nil
}
