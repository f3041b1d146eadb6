package demo

import (
	"encoding/json"
	"fmt"
	"time"
)

// entry is an event of the story. Its source, epoch and number are given when the log is made.
type entry struct {
	at     time.Time
	source string
	fault  fault

	Timestamp     string   `json:"timestamp"`
	Actor         identity `json:"actor"`
	Action        string   `json:"action"`
	Resource      identity `json:"resource"`
	Outcome       string   `json:"outcome"`
	Details       record   `json:"details,omitempty"`
	IP            string   `json:"ip_address,omitempty"`
	PolicyVersion string   `json:"policy_version,omitempty"`
	ID            string   `json:"id,omitempty"`
	Source        string   `json:"source,omitempty"`
	Epoch         string   `json:"epoch,omitempty"`
	Sequence      *int64   `json:"sequence,omitempty"`
}

type identity struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// fault is what happens to an event on its way into the log.
type fault uint8

const (
	sound     fault = iota
	lost            // it took a number and never arrived
	twice           // it arrived two times
	disputed        // its number arrived two times, the second time with another content
	anonymous       // it carries no source and no number
)

// lines is how many lines of the log an entry makes.
func (f fault) lines() int {
	switch f {
	case lost:
		return 0
	case twice, disputed:
		return 2
	}
	return 1
}

// tell adds an event of the past to the story.
func (o *organisation) tell(at time.Time, source string, actor identity, action string, resource identity, details record) *entry {
	e := &entry{at: at, source: source, Timestamp: text(at), Actor: actor, Action: action, Resource: resource, Outcome: "success",
		Details: details, IP: address(actor.ID), ID: fmt.Sprintf("aud_%012x", scramble(o.opt.Seed^uint64(len(o.story)))>>16)}
	o.story = append(o.story, e)
	return e
}

func (o *organisation) storyLines() int {
	n := 0
	for _, e := range o.story {
		n += e.fault.lines()
	}
	return n
}

// line writes the entry as its source numbered it.
func (e *entry) line(dst []byte, s stamp) ([]byte, error) {
	out := *e
	if e.fault != anonymous {
		out.Source, out.Epoch, out.Sequence = s.source, s.epoch, &s.sequence
	}
	text, err := json.Marshal(out)
	if err != nil {
		return dst, err
	}
	return append(append(dst, text...), '\n'), nil
}

func user(id string) identity    { return identity{"user", id} }
func service(id string) identity { return identity{"service", id} }
func system(id string) identity  { return identity{"system", id} }

// address is where an actor sits: one of the networks that are set aside for documentation (RFC 5737, RFC 3849).
func address(actor string) string {
	h := newDice(0, actor).Uint64()
	if h>>32%8 == 0 {
		return fmt.Sprintf("2001:db8::%x", h%0xffff+1)
	}
	return fmt.Sprintf("%s.%d", []string{"192.0.2", "198.51.100", "203.0.113"}[h%3], h>>8%254+1)
}
