package event

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
)

// MaxLine is the most bytes that a line, an item of a JSON array, a row of a CSV file, or an event's canonical form may have.
const MaxLine = 4 << 20

// Parser turns lines into events. The zero Parser is ready. It is not safe for concurrent use.
type Parser struct {
	json   canon.Parser
	intern interner
	names  *catalogue
}

// Parse reads one JSON object as an audit event. The Event owns its memory. Errors are *Problem.
func (p *Parser) Parse(line []byte) (Event, error) {
	if len(line) > MaxLine {
		return Event{}, tooLong()
	}
	var e Event
	_, err := p.append(nil, &e, string(line))
	return e, err
}

// FromValue makes an audit event of an object that is parsed already. The Event owns its memory. Errors are *Problem.
func (p *Parser) FromValue(v *canon.Value) (Event, error) {
	var e Event
	_, err := p.normalise(nil, &e, v)
	return e, err
}

// append parses one line into e, which is zero, and appends its canonical bytes to dst, of which the event's Canonical is then a part.
// After an error e is good for nothing.
func (p *Parser) append(dst []byte, e *Event, line string) ([]byte, error) {
	v, err := p.json.ParseString(line)
	if err != nil {
		return dst, jsonProblem("", "one JSON object in each line", err)
	}
	return p.normalise(dst, e, v)
}

// jsonProblem words a syntax error for the reader of a log.
func jsonProblem(pointer, expected string, err error) *Problem {
	var syntax *canon.SyntaxError
	if !errors.As(err, &syntax) {
		return &Problem{pointer, expected, err.Error()}
	}
	if syntax.Cut {
		return &Problem{pointer, expected, fmt.Sprintf("one that is cut off after byte %d: %s", syntax.Offset, syntax.Msg)}
	}
	return &Problem{pointer, expected, fmt.Sprintf("at byte %d: %s", syntax.Offset+1, syntax.Msg)}
}

func tooLong() *Problem {
	return &Problem{"", fmt.Sprintf("at most %d MiB", MaxLine>>20), "more"}
}

func (p *Parser) normalise(dst []byte, e *Event, v *canon.Value) ([]byte, error) {
	if v.Kind != canon.Object {
		return dst, &Problem{"", "one JSON object in each line", found(v)}
	}
	if p.names == nil {
		var err error
		if p.names, err = readCatalogue(); err != nil {
			return dst, err
		}
	}
	var f fields
	f.read(v.Members)
	if problem := f.fill(e, p.names, &p.intern); problem != nil {
		return dst, problem
	}
	start := len(dst)
	e.derived = f.id == nil || looksDerived(f.id.Text)
	dst = e.appendCanonical(dst, v.Members, !e.derived)
	e.Hash = sha256.Sum256(dst[start:])
	if e.derived {
		e.ID = derivedID(&e.Hash)
		if f.id != nil && f.id.Text != e.ID {
			e.derived = false
			dst = e.appendCanonical(dst[:start], v.Members, true)
			e.Hash = sha256.Sum256(dst[start:])
		}
	}
	if !e.derived {
		e.ID = strings.Clone(f.id.Text)
	}
	if len(dst)-start > MaxLine {
		return dst[:start], tooLong()
	}
	e.Canonical = dst[start:len(dst):len(dst)]
	return dst, nil
}

const derivedPrefix = "evt_"

// derivedID is made of the first half of the hash of what an event is without its id.
func derivedID(hash *[32]byte) string {
	var buffer [len(derivedPrefix) + 32]byte
	copy(buffer[:], derivedPrefix)
	hex.Encode(buffer[len(derivedPrefix):], hash[:16])
	return string(buffer[:])
}

// looksDerived says whether an id has the form of a derived one, so that it is worth a look whether it is.
func looksDerived(id string) bool {
	if len(id) != len(derivedPrefix)+32 || !strings.HasPrefix(id, derivedPrefix) {
		return false
	}
	for _, c := range []byte(id[len(derivedPrefix):]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// appendCanonical writes the members, which are in canonical order and valid, in their normalised form.
func (e *Event) appendCanonical(dst []byte, members []canon.Member, withID bool) []byte {
	dst = append(dst, '{')
	first := true
	for i := range members {
		key, v := members[i].Key, &members[i].Value
		if key == "ingested_at" || key == "action_as_logged" || (key == "id" && !withID) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(canon.AppendString(dst, key), ':')
		switch {
		case key == "timestamp":
			dst = append(clock.Append(append(dst, '"'), e.Time), '"')
		case key == "action" && e.ActionAsLogged != "":
			dst = canon.AppendString(dst, e.ActionAsLogged)
		case key == "action":
			dst = canon.AppendString(dst, e.Action)
		case key == "actor":
			dst = appendActor(dst, v)
		case key == "resource" && v.Kind == canon.String:
			kind, id, ok := strings.Cut(v.Text, "/")
			if !ok {
				kind, id = "unknown", v.Text
			}
			dst = appendReference(dst, kind, id)
		default:
			dst = canon.Append(dst, v)
		}
	}
	return append(dst, '}')
}

// appendActor writes an actor as an object with a type.
func appendActor(dst []byte, v *canon.Value) []byte {
	if v.Kind == canon.String {
		return appendReference(dst, "user", v.Text)
	}
	if v.Get("type") != nil {
		return canon.Append(dst, v)
	}
	dst = append(dst, '{')
	typed := false
	for i := range v.Members {
		m := &v.Members[i]
		if !typed && canon.CompareKeys(m.Key, "type") > 0 {
			dst = append(dst, `"type":"user",`...)
			typed = true
		}
		dst = append(canon.AppendString(dst, m.Key), ':')
		dst = append(canon.Append(dst, &m.Value), ',')
	}
	if !typed {
		return append(dst, `"type":"user"}`...)
	}
	dst[len(dst)-1] = '}'
	return dst
}

func appendReference(dst []byte, kind, id string) []byte {
	dst = canon.AppendString(append(dst, `{"id":`...), id)
	dst = canon.AppendString(append(dst, `,"type":`...), kind)
	return append(dst, '}')
}
