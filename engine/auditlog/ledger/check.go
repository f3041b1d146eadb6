package ledger

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Problem is something that is not as it must be.
type Problem struct {
	File   string `json:"file"`  // below the folder of tiles, with slashes
	Index  int64  `json:"index"` // of the first event that is concerned; -1: none by itself
	Reason string `json:"reason"`
	// Leftover: the file could be a tile of another state of the log. An append that was interrupted, or one under way, leaves such.
	Leftover bool `json:"leftover,omitempty"`
}

// Checker recomputes a tree from its leaves and compares it with the tiles, in flat memory.
type Checker struct {
	dir      string
	tree     Tree
	problems []Problem
	unlisted int // problems beyond maxProblems
}

// maxProblems is how many problems a check lists.
const maxProblems = 1000

// NewChecker begins with the tiles below dir.
func NewChecker(dir string) *Checker { return &Checker{dir: dir} }

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
	first := n * width << (height * level)
	data, err := readLimited(filepath.Join(c.dir, name), len(want)*len(Hash{}))
	if os.IsNotExist(err) {
		c.problem(Problem{File: name, Index: first, Reason: "expected a tile, found none"})
		return
	}
	if err != nil {
		c.problem(Problem{File: name, Index: first, Reason: err.Error()})
		return
	}
	for i, h := range want {
		if string(data[i*len(h):(i+1)*len(h)]) != string(h[:]) {
			c.problem(Problem{File: name, Index: first + int64(i)<<(height*level),
				Reason: fmt.Sprintf("expected the hash %v at place %d, found another", h, i)})
			return
		}
	}
}

func (c *Checker) problem(p Problem) {
	if len(c.problems) == maxProblems {
		c.unlisted++
		return
	}
	p.File = filepath.ToSlash(p.File)
	c.problems = append(c.problems, p)
}

// Finish compares the tiles that are not full, looks for files that are no tiles of the tree, and gives the root over all leaves: whether it
// is the one that was signed, the caller says.
func (c *Checker) Finish() (Head, []Problem) {
	for level, hashes := range c.tree.edge {
		if len(hashes) > 0 {
			c.compare(level, c.tree.size>>(height*level)/width, hashes)
		}
	}
	err := c.tree.strangers(c.dir, func(name string, leftover bool) error {
		p := Problem{File: name, Index: -1, Leftover: leftover, Reason: "expected only tiles here: find out who put it there"}
		if leftover {
			p.Reason = "expected no tile of another size of the log: an interrupted append may have left it, and the next one removes it"
		}
		c.problem(p)
		return nil
	})
	if err != nil {
		c.problem(Problem{Index: -1, Reason: err.Error()})
	}
	if c.unlisted > 0 {
		c.problems = append(c.problems, Problem{Index: -1, Reason: fmt.Sprintf("%d more problems are not listed", c.unlisted)})
	}
	return c.tree.Head(), c.problems
}

// Clean removes the files of tiles that do not belong to the tree: partial ones that have grown, and what a crash left. What has no tile's
// name it leaves for Checker to tell of.
func (t *Tree) Clean() error {
	if err := t.complete(); err != nil {
		return err
	}
	return t.strangers(t.dir, func(name string, leftover bool) error {
		if !leftover {
			return nil
		}
		return os.Remove(filepath.Join(t.dir, name))
	})
}

// complete writes the tiles of the right edge that OpenTree could only read from fuller ones, which do not belong to the tree.
func (t *Tree) complete() error {
	w, err := newWriter(t.dir)
	if err != nil {
		return err
	}
	defer w.close()
	for level, hashes := range t.edge {
		n := t.size >> (height * level) / width
		if _, err := os.Lstat(filepath.Join(t.dir, tilePath(level, n, len(hashes)))); len(hashes) == 0 || !os.IsNotExist(err) {
			continue
		}
		if err := w.replace(level, n, hashes); err != nil {
			return err
		}
	}
	return w.sync()
}

// strangers calls fn with each file below dir that is no tile of the tree, and says whether it may be one of another state of the log.
func (t *Tree) strangers(dir string, fn func(name string, leftover bool) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || t.has(name) {
			return err
		}
		_, _, _, tile := parseTilePath(filepath.ToSlash(strings.TrimSuffix(name, unfinished)))
		return fn(name, tile && d.Type().IsRegular())
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
