package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Reader reads a tree of a known head from its tiles. Whatever it says of the tree is checked against the root first.
type Reader struct {
	dir  string
	head Head
}

// NewReader is for the tiles below dir and a head that the caller trusts.
func NewReader(dir string, head Head) *Reader { return &Reader{dir: dir, head: head} }

// tiles gives tlog the tiles of a folder.
type tiles struct{ dir string }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(wanted))
	for i, w := range wanted {
		hashes, err := readTile(t.dir, w.L, w.N, w.W)
		if err != nil {
			return nil, err
		}
		for _, h := range hashes {
			out[i] = append(out[i], h[:]...)
		}
	}
	return out, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (r *Reader) hashes() tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: r.head.Size, Hash: r.head.Root}, tiles{r.dir})
}

// Inclusion proves that the leaf at an index is in the tree.
func (r *Reader) Inclusion(index int64) (tlog.RecordProof, error) {
	if index < 0 || index >= r.head.Size {
		return nil, fmt.Errorf("expected an index from 0 to %d, found %d", r.head.Size-1, index)
	}
	p, err := tlog.ProveRecord(r.head.Size, index, r.hashes())
	return p, r.explain(err)
}

// Consistency proves that the tree of an earlier size is the beginning of this one.
func (r *Reader) Consistency(size int64) (tlog.TreeProof, error) {
	if size < 1 || size > r.head.Size {
		return nil, fmt.Errorf("expected a size from 1 to %d, found %d", r.head.Size, size)
	}
	p, err := tlog.ProveTree(r.head.Size, size, r.hashes())
	return p, r.explain(err)
}

// RootAt is the root that the tree had at an earlier size.
func (r *Reader) RootAt(size int64) (Hash, error) {
	if size < 0 || size > r.head.Size {
		return Hash{}, fmt.Errorf("expected a size from 0 to %d, found %d", r.head.Size, size)
	}
	h, err := tlog.TreeHash(size, r.hashes())
	return h, r.explain(err)
}

// explain says whose tiles failed: tlog speaks of tiles as downloaded.
func (r *Reader) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: the tiles do not lead to the root %v of %d events: verify the log to see which is damaged: %w", r.dir, r.head.Root, r.head.Size, err)
}

// Leaves are the hashes of the leaves [from, to), as the tiles have them: whether they belong to the root, Inclusion and Check say.
func (r *Reader) Leaves(from, to int64) ([]Hash, error) {
	if from < 0 || to < from || to > r.head.Size {
		return nil, fmt.Errorf("expected leaves from 0 to %d, found %d to %d", r.head.Size, from, to)
	}
	out := make([]Hash, 0, to-from)
	for n := from / width; n*width < to; n++ {
		hashes, err := readTile(r.dir, 0, n, int(min(r.head.Size-n*width, width)))
		if err != nil {
			return nil, err
		}
		out = append(out, hashes[max(from-n*width, 0):min(to-n*width, int64(len(hashes)))]...)
	}
	return out, nil
}
