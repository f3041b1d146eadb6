package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/keeptrusts/kt/"

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./...")
	list.Dir = "../.."
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}

// layout reads the README's table of packages: what each may import, by path. "all" stands for every package.
func layout(t *testing.T) map[string][]string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n## Layout\n")
	if !found {
		t.Fatal("README.md has no section Layout")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	table := map[string][]string{}
	for _, line := range strings.Split(section, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		for _, path := range strings.Split(strings.Trim(cells[1], " "), ",") {
			path = strings.Trim(path, " `/")
			table[path] = []string{}
			for _, name := range strings.Split(cells[3], ",") {
				if name = strings.TrimSpace(name); name != "" && name != "–" {
					table[path] = append(table[path], name)
				}
			}
		}
	}
	return table
}

// anyone are the data, and the leaves that know nothing of the field: every package may import them.
var anyone = []string{"policies", "mappings", "schemas", "engine/canon", "engine/clock", "engine/document"}

func TestEachPackageImportsOnlyWhatTheLayoutAllows(t *testing.T) {
	table := layout(t)
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := table[path]
		if !known {
			t.Errorf("%s is not in the README's layout", path)
			continue
		}
		for _, imported := range p.Imports {
			name, own := strings.CutPrefix(imported, module)
			if !own || slices.Contains(allowed, "all") || slices.Contains(anyone, name) && !slices.Contains(anyone, path) {
				continue
			}
			if !slices.Contains(allowed, strings.TrimPrefix(name, "engine/")) {
				t.Errorf("%s imports %s; the layout allows %v", path, name, allowed)
			}
		}
	}
}

func TestEachPackageIsDocumented(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
