// Package ledger is the Merkle tree over the audit log's events: tiles on disk, signed checkpoints, proofs, and the keys that sign.
//
// It knows nothing of events but the hashes of their canonical bytes (RFC 9162 §2.1; the leaf is SHA-256 of a zero byte and the bytes).
// Tiles and checkpoints have the C2SP formats tlog-tiles and tlog-checkpoint, so that other software verifies them.
package ledger

import (
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"
)

// Hash is a hash of the tree.
type Hash = tlog.Hash

// Head is a state of the log: how many events it has, and the root over them.
type Head struct {
	Size int64
	Root Hash
}

// LeafHash is the hash of an event's canonical bytes.
func LeafHash(canonical []byte) Hash { return tlog.RecordHash(canonical) }

const (
	height   = 8           // levels of the tree in a tile
	width    = 1 << height // hashes in a full tile
	tileSize = width * tlog.HashSize
)

// Tree is the right edge of the tree, to which leaves are appended: for each level of tiles the hashes of its last tile, which is not full.
// One goroutine at a time uses it.
type Tree struct {
	dir   string
	size  int64
	edge  [][]Hash
	stale []string // partial tiles that an earlier state needed
}

// OpenTree loads the right edge of a tree of that size from the tiles below dir, the store's folder of tiles. Tiles beyond the size, which a
// crash may have left, are not looked at. It does not verify the tiles: compare Head with the root that was noted.
func OpenTree(dir string, size int64) (*Tree, error) {
	t := &Tree{dir: dir, size: size}
	for level := 0; size>>(height*level) > 0; level++ {
		n := size >> (height * level)
		hashes, err := readTile(dir, level, n/width, int(n%width))
		if err != nil {
			return nil, err
		}
		t.edge = append(t.edge, hashes)
	}
	return t, nil
}

// Head is the tree's present state.
func (t *Tree) Head() Head { return Head{Size: t.size, Root: rootOf(t.edge)} }

// Extend appends leaves. When it returns, the tiles of the larger tree are safe on the disk; until the caller has noted the new head, the
// smaller tree can be opened as well. After an error the tree must be opened anew.
func (t *Tree) Extend(leaves []Hash) (Head, error) {
	if len(leaves) == 0 {
		return t.Head(), nil
	}
	t.stale = append(t.stale, t.partials()...)
	w, err := newWriter(t.dir)
	if err != nil {
		return Head{}, err
	}
	defer w.close()
	before := t.size
	for level, hashes := 0, leaves; len(hashes) > 0; level++ {
		if hashes, err = t.grow(w, level, hashes); err != nil {
			return Head{}, err
		}
	}
	t.size += int64(len(leaves))
	for level, hashes := range t.edge {
		if len(hashes) == 0 || t.size>>(height*level) == before>>(height*level) {
			continue
		}
		if err := w.replace(level, t.size>>(height*level)/width, hashes); err != nil {
			return Head{}, err
		}
	}
	if err := w.sync(); err != nil {
		return Head{}, err
	}
	return t.Head(), nil
}

// grow appends hashes to a level of tiles, and gives what the tiles that become full come to: hashes of the level above.
func (t *Tree) grow(w *writer, level int, hashes []Hash) ([]Hash, error) {
	if level == len(t.edge) {
		t.edge = append(t.edge, make([]Hash, 0, width))
	}
	edge, n := t.edge[level], t.size>>(height*level)/width
	var above []Hash
	if len(edge) > 0 {
		fits := min(width-len(edge), len(hashes))
		edge, hashes = append(edge, hashes[:fits]...), hashes[fits:]
		if len(edge) == width {
			if err := w.full(level, n, edge); err != nil {
				return nil, err
			}
			above, edge, n = append(above, perfect(edge)), edge[:0], n+1
		}
	}
	tiles := len(hashes) / width
	more, err := fullTiles(w, level, n, hashes[:tiles*width])
	if err != nil {
		return nil, err
	}
	t.edge[level] = append(edge, hashes[tiles*width:]...)
	return append(above, more...), nil
}

// fullTiles writes the tiles from number n on that hashes fill, and gives the root of each.
func fullTiles(w *writer, level int, n int64, hashes []Hash) ([]Hash, error) {
	tiles := len(hashes) / width
	roots := make([]Hash, tiles)
	var g errgroup.Group
	// each goroutine has a stretch of its own: a folder takes in one file at a time, and a long stretch lies in several
	stretch := max((tiles+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0), 32)
	for from := 0; from < tiles; from += stretch {
		g.Go(func() error {
			for i := from; i < min(from+stretch, tiles); i++ {
				tile := hashes[i*width : (i+1)*width]
				if err := w.full(level, n+int64(i), tile); err != nil {
					return err
				}
				roots[i] = perfect(tile)
			}
			return nil
		})
	}
	return roots, g.Wait()
}

// partials are the files of the tiles that are not full.
func (t *Tree) partials() (out []string) {
	for level, hashes := range t.edge {
		if len(hashes) > 0 {
			out = append(out, tilePath(level, t.size>>(height*level)/width, len(hashes)))
		}
	}
	return out
}

// Settle removes the tiles that only the states before needed. It is called once the new head is noted.
func (t *Tree) Settle() error {
	current := t.partials()
	for _, name := range t.stale {
		if slices.Contains(current, name) {
			continue
		}
		path := filepath.Join(t.dir, name)
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
		_ = os.Remove(filepath.Dir(path)) // of partial tiles; it stays where it holds others
	}
	t.stale = t.stale[:0]
	return nil
}

// perfect is the root over a power of two of hashes, at most a tile of them.
func perfect(hashes []Hash) Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	var level [width / 2]Hash
	n := len(hashes) / 2
	for i := range n {
		level[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
	}
	for ; n > 1; n /= 2 {
		for i := range n / 2 {
			level[i] = tlog.NodeHash(level[2*i], level[2*i+1])
		}
	}
	return level[0]
}

// rootOf is the root over the perfect trees of an edge, joined from the right (RFC 9162 §2.1.1).
func rootOf(edge [][]Hash) Hash {
	var parts []Hash // from the largest
	for level := len(edge) - 1; level >= 0; level-- {
		for rest := edge[level]; len(rest) > 0; {
			n := 1 << (bits.Len(uint(len(rest))) - 1)
			parts = append(parts, perfect(rest[:n]))
			rest = rest[n:]
		}
	}
	if len(parts) == 0 {
		h, _ := tlog.TreeHash(0, nil) // of no leaves it reads none
		return h
	}
	root := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		root = tlog.NodeHash(parts[i], root)
	}
	return root
}
