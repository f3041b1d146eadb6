// Package adapters turns other systems' audit records into kt's audit events: one file for each system, which is known because it is
// there.
//
// An adapter maps a record's members to those of an event and keeps the record itself under details.original, so that nothing is lost but
// nulls. What it maps is limited to what the source says: an outcome that the source does not report but that an entry implies is marked
// so, and what is missing or of a wrong type is "unknown". Only a record that is no JSON object or has no time is refused.
package adapters

import (
	"cmp"
	"slices"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

// Adapter reads one system's audit records.
type Adapter struct {
	Name  string // as --format has it
	Title string // for people
	// Wrapper names the members whose array holds the records in a file that is one object; nil: there is no such file.
	Wrapper []string

	times []timeField    // where the time stands, the best place first
	fill  func(d *draft) // maps all but the time; nil: records are kt's own events
	plain [][]string     // members, any one set of which tells a record of this system
}

// Options says what is kept.
type Options struct {
	// KeepOriginal keeps the whole record under details.original, or, where it is nested too deep to stand there, its JSON text under
	// details.original_text.
	KeepOriginal bool
}

var known []*Adapter

// add makes an adapter known; the value is of no use.
func add(a Adapter) struct{} {
	i, _ := slices.BinarySearchFunc(known, a.Name, func(b *Adapter, name string) int { return cmp.Compare(b.Name, name) })
	known = slices.Insert(known, i, &a)
	return struct{}{}
}

// Names lists the names of all adapters, in order.
func Names() []string {
	names := make([]string, len(known))
	for i, a := range known {
		names[i] = a.Name
	}
	return names
}

// ByName finds an adapter.
func ByName(name string) (*Adapter, bool) {
	for _, a := range known {
		if a.Name == name {
			return a, true
		}
	}
	return nil, false
}

// Convert makes one parsed record a parsed event: an object with its members in canonical order, of which event.Parser.FromValue makes an
// event without fail, but for one beyond the limit of event.MaxLine. It may share memory with in. It is safe for concurrent use. Errors are
// *event.Problem.
func (a *Adapter) Convert(in *canon.Value, options Options) (canon.Value, error) {
	if in.Kind != canon.Object {
		return canon.Value{}, &event.Problem{Expected: "one JSON object for each record", Found: found(in)}
	}
	if a.fill == nil {
		return *in, nil
	}
	d := &draft{in: in, options: options}
	if problem := d.readTime(a.times); problem != nil {
		return canon.Value{}, problem
	}
	a.fill(d)
	return d.event(), nil
}

// Adaptation is what event.Options takes to read this system's files.
func (a *Adapter) Adaptation(options Options) event.Adaptation {
	if a.fill == nil {
		return event.Adaptation{}
	}
	convert := func(in *canon.Value) (canon.Value, error) { return a.Convert(in, options) }
	return event.Adaptation{Convert: convert, Wrapper: a.Wrapper}
}
