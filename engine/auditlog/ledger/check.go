package ledger

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Problem is something that is not as it must be.
type Problem struct {
	File   string `json:"file"`  // below the data directory
	Index  int64  `json:"index"` // of the first event that is concerned; -1: none by itself
	Reason string `json:"reason"`
}

// Checker recomputes a tree from its leaves and compares it with the tiles, in flat memory.
type Checker struct {
	dir      string
	tree     Tree
	known    map[string]bool
	problems []Problem
	partial  bool
}

// maxProblems is how many problems a check lists.
const maxProblems = 1000

// NewChecker begins with the tiles below dir.
func NewChecker(dir string) *Checker { return &Checker{dir: dir, known: map[string]bool{}} }

// Add takes in the next leaf.
func (c *Checker) Add(h Hash) { c.add(0, h); c.tree.size++ }

func (c *Checker) add(level int, h Hash) {
	t := &c.tree
	if level == len(t.edge) {
		t.edge = append(t.edge, make([]Hash, 0, width))
	}
	t.edge[level] = append(t.edge[level], h)
	full := t.edge[level]
	if len(full) < width {
		return
	}
	c.compare(level, t.size>>(height*(level+1)), full)
	above := perfect(full)
	t.edge[level] = full[:0]
	c.add(level+1, above)
}

// compare holds a tile's file against what it must be.
func (c *Checker) compare(level int, n int64, want []Hash) {
	name := tilePath(level, n, len(want))
	c.known[name] = true
	first := n * width << (height * level)
	data, err := readLimited(filepath.Join(c.dir, name), len(want)*len(Hash{}))
	if os.IsNotExist(err) {
		c.problem(name, first, "expected a tile, found none")
		return
	}
	if err != nil {
		c.problem(name, first, err.Error())
		return
	}
	for i, h := range want {
		if string(data[i*len(h):(i+1)*len(h)]) != string(h[:]) {
			c.problem(name, first+int64(i)<<(height*level), fmt.Sprintf("expected the hash %v at place %d, found another", h, i))
			return
		}
	}
}

func (c *Checker) problem(name string, index int64, reason string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{File: filepath.ToSlash(name), Index: index, Reason: reason})
	}
}

// Finish compares the tiles that are not full, looks for files that belong to none, and gives the root over all leaves. Partial tiles that
// fuller ones have superseded may remain.
func (c *Checker) Finish() (Head, []Problem) {
	for level, hashes := range c.tree.edge {
		if len(hashes) > 0 {
			c.compare(level, c.tree.size>>(height*level)/width, hashes)
		}
	}
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(c.dir, path)
		if err == nil && !c.known[name] {
			c.problem(name, -1, "no tile of the log has this name: nothing put it there that kt knows of")
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		c.problem("", -1, err.Error())
	}
	return c.tree.Head(), c.problems
}

// Clean removes the files of tiles that do not belong to the tree: partial ones that have grown, and what a crash left.
func (t *Tree) Clean() error {
	return filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(t.dir, path)
		if err != nil || t.has(name) {
			return err
		}
		return os.Remove(path)
	})
}

// has says whether a file is a tile of the tree.
func (t *Tree) has(name string) bool {
	level, n, hashes, ok := parseTilePath(filepath.ToSlash(name))
	if !ok {
		return false
	}
	total := t.size >> (height * level)
	if hashes == width {
		return n < total/width
	}
	return n == total/width && int64(hashes) == total%width
}
