package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/keeptrusts/kt/engine/document"
)

// Load reads the frameworks and waivers of a mappings folder: all .yaml and .yml files at its root; waivers.yaml (or .yml) is the
// register of waivers. Files are named "mappings/NAME" in errors and in what is loaded, wherever the folder lies.
func Load(fsys fs.FS) (*Set, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("mappings: %w", err)
	}
	set := &Set{Documents: map[string]*document.Document{}}
	var problems document.Problems
	for _, entry := range entries {
		name := entry.Name()
		if ext := path.Ext(name); entry.IsDir() || strings.HasPrefix(name, ".") || (ext != ".yaml" && ext != ".yml") {
			continue
		}
		var found document.Problems
		if err := set.load(fsys, name); err != nil && !errors.As(err, &found) {
			return nil, err
		}
		problems = append(problems, found...)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return set, nil
}

func (s *Set) load(fsys fs.FS, name string) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("mappings/%s: %w", name, err)
	}
	doc, err := document.ParseYAML("mappings/"+name, data)
	if err != nil {
		return err
	}
	if strings.TrimSuffix(name, path.Ext(name)) == "waivers" {
		if s.register != nil {
			return document.Problems{{File: doc.Name, Expected: "one register of waivers", Found: "a second one beside " + s.register.Name, Hint: "join them in one file"}}
		}
		s.register = doc
		s.Waivers, err = decodeWaivers(doc)
		return err
	}
	f, err := Decode(doc)
	if err != nil {
		return err
	}
	if other := s.Documents[f.ID]; other != nil {
		return document.Problems{doc.Problem("/framework", "a framework once", fmt.Sprintf("%q again (%s has it)", f.ID, other.Name), "keep one, or give this one its own name")}
	}
	s.Add(f, doc)
	return nil
}
