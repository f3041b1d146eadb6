package ledger

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func leavesOf(from, to int64) []Hash {
	out := make([]Hash, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, LeafHash(fmt.Appendf(nil, "event %d", i)))
	}
	return out
}

// reference is the tree as tlog itself grows it, with every hash in memory.
type reference struct{ hashes []tlog.Hash }

func (r *reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = r.hashes[at]
	}
	return out, nil
}

func (r *reference) add(t *testing.T, n int64, h Hash) {
	t.Helper()
	more, err := tlog.StoredHashesForRecordHash(n, h, r)
	if err != nil {
		t.Fatal(err)
	}
	r.hashes = append(r.hashes, more...)
}

func extend(t testing.TB, tree *Tree, leaves []Hash) Head {
	t.Helper()
	head, err := tree.Extend(leaves)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Settle(); err != nil {
		t.Fatal(err)
	}
	return head
}

func open(t testing.TB, dir string, size int64) *Tree {
	t.Helper()
	tree, err := OpenTree(dir, size)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func check(t *testing.T, dir string, size int64) (Head, []Problem) {
	t.Helper()
	c := NewChecker(dir)
	for _, h := range leavesOf(0, size) {
		c.Add(h)
	}
	return c.Finish()
}

func TestTheRootIsThatOfTlogAtEverySize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tree, ref := open(t, dir, 0), &reference{}
	for n := range int64(700) {
		if want, err := tlog.TreeHash(n, ref); err != nil || tree.Head() != (Head{n, want}) {
			t.Fatalf("size %d: expected %v, found %v (%v)", n, want, tree.Head(), err)
		}
		if n%97 == 0 {
			tree = open(t, dir, n) // as another process finds it
		}
		ref.add(t, n, leavesOf(n, n+1)[0])
		extend(t, tree, leavesOf(n, n+1))
	}
	if head, problems := check(t, dir, 700); len(problems) > 0 || head != tree.Head() {
		t.Fatalf("found %v at %v", problems, head)
	}
}

func TestGrowthInAnyStepsGivesTheSameTiles(t *testing.T) {
	t.Parallel()
	const size = 70_000 // three levels of tiles
	whole := t.TempDir()
	want := extend(t, open(t, whole, 0), leavesOf(0, size))
	for seed := range uint64(2) {
		rng := rand.New(rand.NewPCG(seed, 3))
		dir, n := t.TempDir(), int64(0)
		tree := open(t, dir, 0)
		for n < size {
			to := min(size, n+1+rng.Int64N(1+rng.Int64N(20_000)))
			extend(t, tree, leavesOf(n, to))
			n = to
			if rng.IntN(3) == 0 {
				tree = open(t, dir, n)
			}
		}
		if tree.Head() != want {
			t.Fatalf("seed %d: expected %v, found %v", seed, want, tree.Head())
		}
		if a, b := files(t, whole), files(t, dir); a != b {
			t.Fatalf("seed %d: other files than growth at once gives:\n%s\n%s", seed, a, b)
		}
	}
}

func files(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, readErr := os.ReadFile(path)
			name, _ := filepath.Rel(dir, path)
			out, err = append(out, fmt.Sprintf("%s %v", name, LeafHash(data))), readErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

func TestWhatACrashLeavesDoesNoHarm(t *testing.T) {
	dir := t.TempDir()
	extend(t, open(t, dir, 0), leavesOf(0, 300))
	lost, err := OpenTree(dir, 300)
	if err != nil {
		t.Fatal(err)
	}
	var other []Hash
	for i := range 900 {
		other = append(other, LeafHash(fmt.Appendf(nil, "never noted %d", i)))
	}
	if _, err := lost.Extend(other); err != nil { // and never noted
		t.Fatal(err)
	}
	tree := open(t, dir, 300)
	if err := tree.Clean(); err != nil {
		t.Fatal(err)
	}
	if head, problems := check(t, dir, 300); len(problems) > 0 || head != tree.Head() {
		t.Fatalf("after cleaning: %v", problems)
	}
	want := extend(t, tree, leavesOf(300, 1500))
	if head, problems := check(t, dir, 1500); len(problems) > 0 || head != want {
		t.Fatalf("after growth: %v", problems)
	}
}

func TestEveryProofInSmallTreesHolds(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 2, 3, 7, 8, 33, 255, 256, 257, 300} {
		dir := t.TempDir()
		head := extend(t, open(t, dir, 0), leavesOf(0, size))
		r, ref := NewReader(dir, head), &reference{}
		for i, h := range leavesOf(0, size) {
			ref.add(t, int64(i), h)
			p, err := r.Inclusion(int64(i))
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(p, size, head.Root, int64(i), h); err != nil {
				t.Fatalf("leaf %d of %d: %v", i, size, err)
			}
			old, err := tlog.TreeHash(int64(i)+1, ref)
			if err != nil {
				t.Fatal(err)
			}
			c, err := r.Consistency(int64(i) + 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(c, size, head.Root, int64(i)+1, old); err != nil {
				t.Fatalf("from %d to %d: %v", i+1, size, err)
			}
			if at, err := r.RootAt(int64(i) + 1); err != nil || at != old {
				t.Fatalf("root at %d: %v (%v)", i+1, at, err)
			}
		}
		if got, err := r.Leaves(size/3, size); err != nil || fmt.Sprint(got) != fmt.Sprint(leavesOf(size/3, size)) {
			t.Fatalf("leaves of %d: %v", size, err)
		}
	}
}

func TestAReaderOfAnEarlierStateReadsGrownTiles(t *testing.T) {
	dir := t.TempDir()
	tree := open(t, dir, 0)
	early := extend(t, tree, leavesOf(0, 100))
	for _, to := range []int64{140, 300} {
		extend(t, tree, leavesOf(tree.size, to))
		p, err := NewReader(dir, early).Inclusion(42)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(p, 100, early.Root, 42, leavesOf(42, 43)[0]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADamagedTileIsNamedWithTheEventThatItConcerns(t *testing.T) {
	t.Parallel()
	const size = 66_000
	dir := t.TempDir()
	extend(t, open(t, dir, 0), leavesOf(0, size))
	for _, c := range []struct {
		name string
		do   func(path string, data []byte) error
		at   int64
	}{
		{"tile/0/003", flip(5 * tlog.HashSize), 3*256 + 5},
		{"tile/0/257.p/208", flip(0), 257 * 256},
		{"tile/1/000", flip(255*tlog.HashSize + 31), 255 * 256},
		{"tile/1/001.p/1", flip(0), 256 * 256},
		{"tile/2/000.p/1", flip(0), 0},
		{"tile/0/010", func(path string, _ []byte) error { return os.Remove(path) }, 10 * 256},
		{"tile/0/011", func(path string, data []byte) error { return os.WriteFile(path, data[:100], 0o600) }, 11 * 256},
	} {
		path := filepath.Join(dir, filepath.FromSlash(c.name))
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(path, good); err != nil {
			t.Fatal(err)
		}
		_, problems := check(t, dir, size)
		if len(problems) != 1 || problems[0].File != c.name || problems[0].Index != c.at {
			t.Errorf("%s: expected one problem at %d, found %+v", c.name, c.at, problems)
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stray := filepath.Join(dir, "tile", "0", "x001")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems := check(t, dir, size); len(problems) != 1 || problems[0].File != "tile/0/x001" {
		t.Errorf("expected the stray file to be named, found %+v", problems)
	}
}

func flip(at int) func(string, []byte) error {
	return func(path string, data []byte) error {
		bad := append([]byte(nil), data...)
		bad[at] ^= 1
		return os.WriteFile(path, bad, 0o600)
	}
}

func TestPathsOfTilesAreReadBackOnlyAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		level, hashes int
		n             int64
		path          string
	}{{0, 256, 0, "tile/0/000"}, {0, 256, 1234067, "tile/0/x001/x234/067"}, {2, 7, 999, "tile/2/999.p/7"}, {1, 255, 1000, "tile/1/x001/000.p/255"}} {
		if got := filepath.ToSlash(tilePath(c.level, c.n, c.hashes)); got != c.path {
			t.Errorf("expected %s, found %s", c.path, got)
		}
		level, n, hashes, ok := parseTilePath(c.path)
		if !ok || level != c.level || n != c.n || hashes != c.hashes {
			t.Errorf("%s reads as %d, %d, %d, %t", c.path, level, n, hashes, ok)
		}
	}
	for _, bad := range []string{"", "tile", "tile/0", "tile/x/000", "tile/0/0000", "tile/0/x000/001", "tile/0/001.p/256", "tile/0/001.p/0", "tile/0/../001", "tile/9/000", "tile/0/001.tmp"} {
		if _, _, _, ok := parseTilePath(bad); ok {
			t.Errorf("%q reads as a tile", bad)
		}
	}
}

func BenchmarkExtend(b *testing.B) {
	leaves := leavesOf(0, 1_000_000)
	for b.Loop() {
		tree, err := OpenTree(b.TempDir(), 0)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tree.Extend(leaves); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}
