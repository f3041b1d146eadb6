package event

import (
	"fmt"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// Problem is why a line is no audit event.
type Problem struct {
	Pointer  string // to the member, as a JSON pointer; "" for the line itself
	Expected string
	Found    string
}

func (p *Problem) Error() string {
	where := ""
	if p.Pointer != "" {
		where = p.Pointer + ": "
	}
	return where + "expected " + p.Expected + ", found " + p.Found
}

// LineError is a line of the log that stopped the reading.
type LineError struct {
	File   string // as the user named it
	Line   int
	Reason string // what was expected and what was found
	Hint   string // what to do
}

func (e *LineError) Error() string {
	return fmt.Sprintf("%s:%d: %s; %s", e.File, e.Line, e.Reason, e.Hint)
}

// found describes a value in few words.
func found(v *canon.Value) string {
	switch {
	case v == nil:
		return "nothing"
	case v.Kind == canon.String && v.Text == "":
		return `the empty string ""`
	case v.Kind == canon.Array || v.Kind == canon.Object:
		return v.Kind.String() + ": " + short(string(canon.Append(nil, v)))
	case v.Kind == canon.String:
		return fmt.Sprintf("%q", short(v.Text))
	}
	return short(string(canon.Append(nil, v)))
}

// short cuts a text for a message, between two characters.
func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
