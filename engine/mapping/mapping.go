// Package mapping loads frameworks with their controls, the links from controls to checks, and the waivers.
//
// A mapping says which checks show how much of a control, and what a person must bring for the rest. It comes as YAML from the
// mappings folder, or from Rego as a document of the same schema; Check holds it against the library's checks.
package mapping

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/document"
)

// What a link may say of how much of its control it covers, and what Coverage says of a control.
const (
	Full    = "full"
	Partial = "partial"
)

// Framework is one mapped framework.
type Framework struct {
	ID       string    `json:"framework"`
	Title    string    `json:"title"`
	Edition  string    `json:"edition"`
	Version  string    `json:"version"` // of the mapping
	Controls []Control `json:"controls"`
	File     string    `json:"-"` // where it came from
}

// Control is one control of a framework.
type Control struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"` // in our own words
	Checks     []Link   `json:"checks"`
	Evidence   []string `json:"evidence"`
	Applicable bool     `json:"applicable"`
	Reason     string   `json:"reason"`  // why it does not apply
	Aliases    []string `json:"aliases"` // withdrawn numbers
	Manual     []string `json:"manual"`  // what a person must bring
	Line       int      `json:"-"`       // in the framework's file, 0 where it is not known
}

// Link is a check that covers a control.
type Link struct {
	ID     string `json:"id"`
	Covers string `json:"covers"` // Full or Partial
	Why    string `json:"why"`
	Line   int    `json:"-"`
}

// Coverage is Full where a check covers the whole control, Partial where checks cover it only partly, and "" where it has
// none.
func (c *Control) Coverage() string {
	coverage := ""
	for _, link := range c.Checks {
		if link.Covers == Full {
			return Full
		}
		coverage = Partial
	}
	return coverage
}

// Decode makes a framework of a document, from YAML or from Rego. A document that breaks schemas/mapping.json gives
// document.Problems.
func Decode(doc *document.Document) (Framework, error) {
	if err := doc.Validate("mapping"); err != nil {
		return Framework{}, err
	}
	f := Framework{File: doc.Name}
	if err := decode(doc, &f); err != nil {
		return Framework{}, err
	}
	controls := doc.Value.Get("controls").Items
	for i := range f.Controls {
		c := &f.Controls[i]
		if controls[i].Get("applicable") == nil {
			c.Applicable = true
		}
		c.Line, _ = doc.Position(document.Pointer("controls", i))
		for j := range c.Checks {
			c.Checks[j].Line, _ = doc.Position(document.Pointer("controls", i, "checks", j))
		}
	}
	return f, nil
}

// decode fills a value from a document that its schema found valid.
func decode(doc *document.Document, to any) error {
	if err := json.Unmarshal(canon.Append(nil, &doc.Value), to); err != nil {
		return fmt.Errorf("%s: %w", doc.Name, err)
	}
	return nil
}

// Set is what a library maps: its frameworks, sorted by ID, and its waivers, in the order of the register.
type Set struct {
	Frameworks []Framework
	Waivers    []Waiver
	// Documents holds each framework's document by the framework's id.
	Documents map[string]*document.Document
	register  *document.Document // of the waivers, nil without
}

// Add puts a framework into the set. One of the same id is replaced.
func (s *Set) Add(f Framework, doc *document.Document) {
	if s.Documents == nil {
		s.Documents = map[string]*document.Document{}
	}
	s.Documents[f.ID] = doc
	s.Frameworks = slices.DeleteFunc(s.Frameworks, func(o Framework) bool { return o.ID == f.ID })
	at, _ := slices.BinarySearchFunc(s.Frameworks, f.ID, func(o Framework, id string) int { return strings.Compare(o.ID, id) })
	s.Frameworks = slices.Insert(s.Frameworks, at, f)
}

// Framework finds a framework by its id; the error for an unknown one says which there are.
func (s *Set) Framework(id string) (*Framework, error) {
	ids := make([]string, len(s.Frameworks))
	for i := range s.Frameworks {
		if ids[i] = s.Frameworks[i].ID; ids[i] == id {
			return &s.Frameworks[i], nil
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("unknown framework %q: the mappings hold none", id)
	}
	return nil, fmt.Errorf("unknown framework %q: expected one of %s", id, strings.Join(append(ids, "all"), ", "))
}

// Resolve finds the controls that an id names, in any case: the control itself, or those that took over a withdrawn number (A.12.4 is now
// A.8.15 and A.8.17). An empty framework stands for all.
func (s *Set) Resolve(framework, id string) []Control {
	var own, heirs []Control
	for _, f := range s.Frameworks {
		if framework != "" && f.ID != framework {
			continue
		}
		for _, c := range f.Controls {
			switch {
			case strings.EqualFold(c.ID, id):
				own = append(own, c)
			case slices.ContainsFunc(c.Aliases, func(alias string) bool { return strings.EqualFold(alias, id) }):
				heirs = append(heirs, c)
			}
		}
	}
	return append(own, heirs...)
}
