// Package ledger is the Merkle tree over the audit log's events: tiles on disk, signed checkpoints, proofs, and the keys that sign.
//
// It knows nothing of events but the hashes of their canonical bytes (RFC 9162 §2.1; the leaf is SHA-256 of a zero byte and the bytes).
// Tiles and checkpoints have the C2SP formats tlog-tiles and tlog-checkpoint, so that other software verifies them.
package ledger

import (
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
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
type Tree struct {
	dir     string
	size    int64
	edge    [][]Hash
	written []string // files that are not yet safe on the disk
	stale   []string // partial tiles of the state before, which the present one does not need
}

// OpenTree loads the right edge of a tree of that size from the tiles below dir. Tiles beyond the size, which a crash may have left, are
// not looked at.
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
	t.written = t.written[:0]
	if len(leaves) > 0 {
		t.stale = append(t.stale, t.partials()...)
	}
	for _, h := range leaves {
		if err := t.add(0, h); err != nil {
			return Head{}, err
		}
	}
	t.size += int64(len(leaves))
	if len(leaves) > 0 {
		for level, hashes := range t.edge {
			if len(hashes) == 0 {
				continue
			}
			n := t.size >> (height * level) / width
			if err := t.write(level, n, hashes); err != nil {
				return Head{}, err
			}
		}
	}
	if err := syncFiles(t.dir, t.written); err != nil {
		return Head{}, err
	}
	return t.Head(), nil
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

// Settle removes the tiles that only the state before needed. It is called once the new head is noted.
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

// add appends a hash to a level of tiles, and to the level above what a tile that becomes full comes to.
func (t *Tree) add(level int, h Hash) error {
	if level == len(t.edge) {
		t.edge = append(t.edge, make([]Hash, 0, width))
	}
	t.edge[level] = append(t.edge[level], h)
	full := t.edge[level]
	if len(full) < width {
		return nil
	}
	n := int64(0)
	if level+1 < len(t.edge) {
		n = t.below(level + 1)
	}
	if err := t.write(level, n, full); err != nil {
		return err
	}
	above := perfect(full)
	t.edge[level] = full[:0]
	return t.add(level+1, above)
}

// below is how many hashes a level has, counted from the full tiles above: the number of the next tile of the level beneath.
func (t *Tree) below(level int) int64 {
	n := int64(len(t.edge[level]))
	if level+1 < len(t.edge) {
		n += t.below(level+1) * width
	}
	return n
}

// perfect is the root over a power of two of hashes.
func perfect(hashes []Hash) Hash {
	level := append([]Hash(nil), hashes...)
	for len(level) > 1 {
		for i := range len(level) / 2 {
			level[i] = tlog.NodeHash(level[2*i], level[2*i+1])
		}
		level = level[:len(level)/2]
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

// write puts a tile in its place.
func (t *Tree) write(level int, n int64, hashes []Hash) error {
	path := filepath.Join(t.dir, tilePath(level, n, len(hashes)))
	data := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		data = append(data, h[:]...)
	}
	if err := os.WriteFile(path+".tmp", data, 0o600); err != nil {
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err = os.WriteFile(path+".tmp", data, 0o600); err != nil {
			return err
		}
	}
	t.written = append(t.written, path)
	return os.Rename(path+".tmp", path)
}

// tilePath is a tile's file below the folder of tiles: tile/<level>/<number>, and .p/<width> of one that is not full.
func tilePath(level int, n int64, hashes int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if hashes < width {
		name = fmt.Sprintf("%s.p/%d", name, hashes)
	}
	return filepath.FromSlash(fmt.Sprintf("tile/%d/%s", level, name))
}

// readTile reads the first hashes of a tile: from the file of just so many, or, where it has grown since, from a fuller one.
func readTile(dir string, level int, n int64, hashes int) ([]Hash, error) {
	if hashes == 0 {
		return make([]Hash, 0, width), nil
	}
	var data []byte
	var err error
	for w := hashes; w <= width; w++ {
		if data, err = readLimited(filepath.Join(dir, tilePath(level, n, w)), w*tlog.HashSize); err == nil {
			break
		}
		if !os.IsNotExist(err) {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: expected a tile with at least %d hashes, found none", filepath.Join(dir, tilePath(level, n, hashes)), hashes)
	}
	out := make([]Hash, hashes, width)
	for i := range out {
		copy(out[i][:], data[i*tlog.HashSize:])
	}
	return out, nil
}

// readLimited reads a file that must have exactly so many bytes.
func readLimited(path string, size int) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != int64(size) {
		return nil, fmt.Errorf("%s: expected a file of %d bytes, found one of %d", path, size, info.Size())
	}
	return os.ReadFile(path)
}
