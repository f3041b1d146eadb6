package mapping

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/keeptrusts/kt/engine/document"
	"github.com/keeptrusts/kt/schemas"
)

// Check holds the set against the ids of a library's checks, the known numbers of its frameworks' controls, and itself. What does not fit
// is one error, document.Problems, that names file and line of each.
func (s *Set) Check(known map[string]bool) error {
	numbers, err := catalogues()
	if err != nil {
		return err
	}
	var problems document.Problems
	for i := range s.Frameworks {
		f := &s.Frameworks[i]
		problems = append(problems, checkFramework(f, s.Documents[f.ID], known, numbers.of(f))...)
	}
	for i, w := range s.Waivers {
		if !known[w.Check] {
			problems = append(problems, unknownCheck(s.register, document.Pointer(i, "check"), w.Check, known))
		}
	}
	return problems.Err()
}

func checkFramework(f *Framework, doc *document.Document, known map[string]bool, numbers []string) document.Problems {
	var out document.Problems
	lines := map[string]int{}
	for i := range f.Controls {
		c := &f.Controls[i]
		at := document.Pointer("controls", i)
		if line, ok := lines[c.ID]; ok {
			out = append(out, doc.Problem(at+"/id", "each control once", fmt.Sprintf("%q again (the first is on line %d)", c.ID, line), "join them in one"))
		} else {
			lines[c.ID] = c.Line
		}
		if len(numbers) > 0 && !slices.Contains(numbers, c.ID) {
			out = append(out, doc.Problem(at+"/id", "a control of "+f.ID, fmt.Sprintf("%q", c.ID), "controls of your own belong into a framework of your own"))
		}
		out = append(out, checkControl(c, doc, at, known)...)
	}
	for i, c := range f.Controls {
		for j, alias := range c.Aliases {
			if line, ok := lines[alias]; ok {
				out = append(out, doc.Problem(document.Pointer("controls", i, "aliases", j), "a withdrawn number",
					fmt.Sprintf("%q, a control itself (line %d)", alias, line), "leave one of them out"))
			}
		}
	}
	return out
}

func checkControl(c *Control, doc *document.Document, at string, known map[string]bool) document.Problems {
	var out document.Problems
	lines := map[string]int{}
	for j, link := range c.Checks {
		place := at + document.Pointer("checks", j, "id")
		if line, ok := lines[link.ID]; ok {
			out = append(out, doc.Problem(place, "each check once in a control", fmt.Sprintf("%q again (the first is on line %d)", link.ID, line), "keep one of them"))
		}
		lines[link.ID] = link.Line
		if !known[link.ID] {
			out = append(out, unknownCheck(doc, place, link.ID, known))
		}
	}
	switch {
	case !c.Applicable && c.Reason == "":
		out = append(out, doc.Problem(at+"/applicable", "a reason why the control does not apply", "none", "add reason"))
	case c.Applicable && len(c.Checks) == 0 && len(c.Manual) == 0:
		out = append(out, doc.Problem(at, "checks, or manual evidence that a person must bring", "neither for "+c.ID, "link a check, or say under manual what is needed"))
	}
	if c.Coverage() == Partial && len(c.Manual) == 0 {
		out = append(out, doc.Problem(at, "manual evidence for what the checks leave open", "only partial checks for "+c.ID, "say under manual what a person must bring"))
	}
	return out
}

func unknownCheck(doc *document.Document, pointer, id string, known map[string]bool) document.Problem {
	return doc.Problem(pointer, "a check of the library", fmt.Sprintf("%q", id), suggest(id, slices.Sorted(maps.Keys(known)), "kt policy list shows them"))
}

// editions are the control numbers of frameworks: schemas/catalogues.json.
type editions []struct {
	Framework string   `json:"framework"`
	Edition   string   `json:"edition"`
	Controls  []string `json:"controls"`
}

func catalogues() (editions, error) {
	data, err := fs.ReadFile(schemas.FS, "catalogues.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Frameworks editions `json:"frameworks"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("schemas/catalogues.json: %w", err)
	}
	return file.Frameworks, nil
}

// of are the numbers that a framework may use: those of its edition, or of all editions where its own is not catalogued; none where
// the framework is not, and then it may use any.
func (e editions) of(f *Framework) []string {
	var all []string
	for _, one := range e {
		if one.Framework != f.ID {
			continue
		}
		if one.Edition == f.Edition {
			return one.Controls
		}
		all = append(all, one.Controls...)
	}
	return all
}

// suggest names the candidate that differs from a word by at most two letters, or says something else.
func suggest(word string, candidates []string, otherwise string) string {
	best, least := "", 3
	for _, candidate := range candidates {
		if d := distance(word, candidate); d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return otherwise
	}
	return "did you mean " + best + "?"
}

// distance is how many letters must be put in, left out or changed to make one word of another (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
