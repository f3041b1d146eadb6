package ledger

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// grownReference is tlog's own tree over the same leaves.
func grownReference(t *testing.T, size int64) *reference {
	t.Helper()
	ref := &reference{}
	for i, h := range leavesOf(0, size) {
		ref.add(t, int64(i), h)
	}
	return ref
}

// The files are those that tlog's own tiling names, with its bytes, and no others.
func TestTheTilesAreThoseOfTlog(t *testing.T) {
	t.Parallel()
	ref := grownReference(t, 66_000)
	for _, size := range []int64{0, 1, 255, 256, 257, 600, 65_535, 65_536, 65_537, 66_000} {
		dir := t.TempDir()
		extend(t, open(t, dir, 0), leavesOf(0, size))
		sameTiles(t, dir, size, ref)
	}
}

// The same, for each size to 600 that one log has as it grows.
func TestTheTilesOfAGrowingLogAreThoseOfTlogAtEverySize(t *testing.T) {
	t.Parallel()
	ref, dir := grownReference(t, 600), t.TempDir()
	tree := open(t, dir, 0)
	for size := range int64(601) {
		if size > 0 {
			extend(t, tree, leavesOf(size-1, size))
		}
		sameTiles(t, dir, size, ref)
	}
}

func sameTiles(t *testing.T, dir string, size int64, ref *reference) {
	t.Helper()
	var want []string
	for _, tile := range tlog.NewTiles(height, 0, size) {
		data, err := tlog.ReadTileData(tile, ref)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		found, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || !bytes.Equal(found, data) {
			t.Fatalf("size %d: %s is not as tlog has it (%v)", size, name, err)
		}
		want = append(want, name)
	}
	if found := tileNames(t, dir); !slices.Equal(found, slices.Sorted(slices.Values(want))) {
		t.Fatalf("size %d: expected the files %v, found %v", size, want, found)
	}
}

// tileNames are the files below a folder, in order.
func tileNames(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func TestGrowthGoesOverWhatACrashLeftHalfWritten(t *testing.T) {
	dir := t.TempDir()
	extend(t, open(t, dir, 0), leavesOf(0, 300))
	for _, name := range []string{"tile/0/001", "tile/0/002", "tile/0/003.p/232", "tile/1/000.p/3", "tile/0/002.tmp"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, problems := check(t, dir, 300)
	if len(problems) != 5 {
		t.Fatalf("expected 5 leftovers, found %+v", problems)
	}
	for _, p := range problems {
		if !p.Leftover || p.Index != -1 {
			t.Errorf("expected a leftover, found %+v", p)
		}
	}
	tree := open(t, dir, 300)
	want := extend(t, tree, leavesOf(300, 1000))
	if err := tree.Clean(); err != nil {
		t.Fatal(err)
	}
	if head, problems := check(t, dir, 1000); len(problems) > 0 || head != want {
		t.Fatalf("after growth: %+v", problems)
	}
}

// A catalogue that was brought back from a copy knows less than the tiles hold, and the partial tiles of its time are gone.
func TestAnEarlierSizeIsTakenUpAgainFromFullerTiles(t *testing.T) {
	dir := t.TempDir()
	tree := open(t, dir, 0)
	early := extend(t, tree, leavesOf(0, 300))
	extend(t, tree, leavesOf(300, 700))
	tree = open(t, dir, 300)
	if tree.Head() != early {
		t.Fatalf("expected %v, found %v", early, tree.Head())
	}
	if err := tree.Clean(); err != nil {
		t.Fatal(err)
	}
	if head, problems := check(t, dir, 300); len(problems) > 0 || head != early {
		t.Fatalf("after cleaning: %+v", problems)
	}
}

func TestCleaningLeavesWhatIsNoTile(t *testing.T) {
	dir := t.TempDir()
	tree := open(t, dir, 0)
	extend(t, tree, leavesOf(0, 300))
	for _, name := range []string{"notes.txt", "tile/0/0001", "tile/entries.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Clean(); err != nil {
		t.Fatal(err)
	}
	_, problems := check(t, dir, 300)
	var found []string
	for _, p := range problems {
		if p.Leftover {
			t.Errorf("%s is taken for a tile", p.File)
		}
		found = append(found, p.File)
	}
	if want := []string{"notes.txt", "tile/0/0001", "tile/entries.tmp"}; !slices.Equal(found, want) {
		t.Errorf("expected %v, found %v", want, found)
	}
}

func TestAChangedRemovedInsertedOrMovedLeafIsLocated(t *testing.T) {
	const size, at = 1000, 600
	dir := t.TempDir()
	head := extend(t, open(t, dir, 0), leavesOf(0, size))
	leaves := leavesOf(0, size)
	moved := slices.Clone(leaves)
	moved[at], moved[at+1] = moved[at+1], moved[at]
	changed := slices.Clone(leaves)
	changed[at] = Hash{}
	for name, stream := range map[string][]Hash{
		"changed":  changed,
		"removed":  slices.Delete(slices.Clone(leaves), at, at+1),
		"inserted": slices.Insert(slices.Clone(leaves), at, Hash{}),
		"moved":    moved,
	} {
		c := NewChecker(dir)
		for _, h := range stream {
			c.Add(h)
		}
		found, problems := c.Finish()
		if found == head {
			t.Errorf("%s: the root is the same", name)
		}
		if len(problems) == 0 || problems[0].Index != at {
			t.Errorf("%s: expected the first problem at %d, found %+v", name, at, problems)
		}
	}
}

func TestAReaderRefusesATileThatIsNotOfItsRoot(t *testing.T) {
	t.Parallel()
	const size = 66_000
	dir := t.TempDir()
	head := extend(t, open(t, dir, 0), leavesOf(0, size))
	r := NewReader(dir, head)
	for _, c := range []struct {
		name  string
		index int64 // of a leaf whose proof needs the tile
	}{{"tile/0/003", 800}, {"tile/0/257.p/208", 5}, {"tile/1/000", 800}, {"tile/1/001.p/1", 5}, {"tile/2/000.p/1", 5}} {
		path := filepath.Join(dir, filepath.FromSlash(c.name))
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, len(good) - 1} {
			if err := flip(at)(path, good); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Inclusion(c.index); err == nil || !strings.Contains(err.Error(), "verify the log") {
				t.Errorf("%s, byte %d: expected a refusal that says what to do, found %v", c.name, at, err)
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Inclusion(800); err != nil {
		t.Fatal(err)
	}
}

func TestAsksBeyondTheTreeAreRefused(t *testing.T) {
	dir := t.TempDir()
	r := NewReader(dir, extend(t, open(t, dir, 0), leavesOf(0, 10)))
	for name, ask := range map[string]func() error{
		"inclusion of -1":    func() error { _, err := r.Inclusion(-1); return err },
		"inclusion of 10":    func() error { _, err := r.Inclusion(10); return err },
		"consistency from 0": func() error { _, err := r.Consistency(0); return err },
		"consistency to 11":  func() error { _, err := r.Consistency(11); return err },
		"root at 11":         func() error { _, err := r.RootAt(11); return err },
		"leaves to 11":       func() error { _, err := r.Leaves(0, 11); return err },
		"leaves backwards":   func() error { _, err := r.Leaves(5, 4); return err },
	} {
		if ask() == nil {
			t.Errorf("%s is answered", name)
		}
	}
}
