package cases

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/document"
	"github.com/keeptrusts/kt/engine/policy"
)

// FileName is the file beside a check that holds its cases.
const FileName = "cases.yaml"

// Case is one entry of a cases file.
type Case struct {
	Name       string // what it claims
	AsOf       time.Time
	Period     *clock.Period // nil: the engine's default
	Snapshot   *canon.Value  // nil: none is given
	Events     []canon.Value // nil: no log is given
	Changes    []canon.Value // nil: none are given
	Waivers    []canon.Value // the register
	Thresholds map[string]canon.Value
	// Deletable names fields whose absence has a meaning, with that meaning: the deletion test excuses them.
	Deletable map[string]string
	Expect    Expectation
	File      string // as the user knows it
	Line      int

	doc     *document.Document
	pointer string
}

// Expectation is the verdict of a check. The lists are ids of subjects, sorted, each once.
type Expectation struct {
	Status     string   `json:"status"`
	Deviations []string `json:"deviations"`
	Warnings   []string `json:"warnings"`
	Unknown    []string `json:"unknown"`
}

// Read reads the cases of a check; none where the check has no cases file. Errors are document.Problems.
func Read(lib *policy.Library, c *policy.Check) ([]Case, error) {
	file := path.Join(path.Dir(c.File), FileName)
	inside, ok := strings.CutPrefix(file, "policies/")
	if !ok || lib.Source.Policies == nil {
		return nil, nil
	}
	data, err := fs.ReadFile(lib.Source.Policies, inside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", lib.Source.Shown(file), err)
	}
	doc, err := document.ParseYAML(lib.Source.Shown(file), data)
	if err != nil {
		return nil, err
	}
	return Decode(doc)
}

// Decode makes cases of a document. A document that breaks schemas/cases.json, and a name that stands twice, are document.Problems.
func Decode(doc *document.Document) ([]Case, error) {
	if err := doc.Validate("cases"); err != nil {
		return nil, err
	}
	var problems document.Problems
	first := map[string]int{}
	out := make([]Case, len(doc.Value.Items))
	for i := range doc.Value.Items {
		c := &out[i]
		if err := c.decode(doc, i); err != nil {
			return nil, err
		}
		if line, ok := first[c.Name]; ok {
			problems = append(problems, doc.Problem(document.Pointer(i, "name"), "each name once",
				fmt.Sprintf("%q again (the first is on line %d)", c.Name, line), "say what this case claims beyond the other"))
			continue
		}
		first[c.Name] = c.Line
	}
	return out, problems.Err()
}

func (c *Case) decode(doc *document.Document, i int) error {
	v := &doc.Value.Items[i]
	c.doc, c.pointer, c.File = doc, document.Pointer(i), doc.Name
	c.Line, _ = doc.Position(c.pointer)
	c.Name, c.Snapshot = text(v.Get("name")), v.Get("snapshot")
	var err error
	if c.AsOf, err = c.instant(v, "as_of"); err != nil {
		return err
	}
	if period := v.Get("period"); period != nil {
		c.Period = &clock.Period{}
		if c.Period.From, err = c.instant(period, "from"); err == nil {
			c.Period.To, err = c.instant(period, "to")
		}
		if err != nil {
			return err
		}
	}
	c.Events, c.Changes, c.Waivers = items(v.Get("events")), items(v.Get("changes")), items(v.Get("waivers"))
	if thresholds := v.Get("thresholds"); thresholds != nil {
		c.Thresholds = map[string]canon.Value{}
		for _, m := range thresholds.Members {
			c.Thresholds[m.Key] = m.Value
		}
	}
	if deletable := v.Get("deletable"); deletable != nil {
		c.Deletable = map[string]string{}
		for _, m := range deletable.Members {
			c.Deletable[m.Key] = m.Value.Text
		}
	}
	expect := v.Get("expect")
	c.Expect = Expectation{Status: text(expect.Get("status")), Deviations: ids(expect.Get("deviations")),
		Warnings: ids(expect.Get("warnings")), Unknown: ids(expect.Get("unknown"))}
	return nil
}

func (c *Case) instant(v *canon.Value, key string) (time.Time, error) {
	at, err := clock.Parse(text(v.Get(key)))
	if err != nil {
		return at, fmt.Errorf("%s:%d: %s: %w", c.File, c.Line, key, err)
	}
	return at, nil
}

// items is nil only where the list is absent: an empty log is not the same as none.
func items(v *canon.Value) []canon.Value {
	if v == nil {
		return nil
	}
	return append([]canon.Value{}, v.Items...)
}

func ids(v *canon.Value) []string {
	out := []string{}
	if v != nil {
		for i := range v.Items {
			out = append(out, text(&v.Items[i]))
		}
	}
	return distinct(out)
}

// distinct sorts and drops what stands twice.
func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func text(v *canon.Value) string {
	if v == nil || v.Kind != canon.String {
		return ""
	}
	return v.Text
}
