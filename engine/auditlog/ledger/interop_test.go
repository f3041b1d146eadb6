package ledger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
)

func entry(i int64) []byte { return fmt.Appendf(nil, `{"action":"user.login","id":"evt_%d"}`, i) }

// grown is a log of so many entries, in a folder of its own.
func grown(t *testing.T, size int64) (dir string, head ledger.Head) {
	t.Helper()
	dir = t.TempDir()
	tree, err := ledger.OpenTree(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	leaves := make([]ledger.Hash, size)
	for i := range leaves {
		leaves[i] = ledger.LeafHash(entry(int64(i)))
	}
	if head, err = tree.Extend(leaves); err != nil {
		t.Fatal(err)
	}
	return dir, head
}

// plain has the hashes as bytes, as the other library takes them.
func plain[T ~[]ledger.Hash](hashes T) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}

func TestAnotherLibraryVerifiesInclusion(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 2, 3, 64, 255, 256, 257, 600} {
		dir, head := grown(t, size)
		r := ledger.NewReader(dir, head)
		for i := range size {
			found, err := r.Inclusion(i)
			if err != nil {
				t.Fatal(err)
			}
			leaf, hashes := rfc6962.DefaultHasher.HashLeaf(entry(i)), plain(found)
			verify := func(index int64, leaf []byte) error {
				return proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), leaf, hashes, head.Root[:])
			}
			if err := verify(i, leaf); err != nil {
				t.Fatalf("entry %d of %d: %v", i, size, err)
			}
			if size > 1 && verify((i+1)%size, leaf) == nil || verify(i, rfc6962.DefaultHasher.HashLeaf(entry(size))) == nil {
				t.Fatalf("entry %d of %d: the verifier accepts another place or another entry", i, size)
			}
		}
	}
}

func TestAnotherLibraryVerifiesConsistency(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 2, 7, 256, 300, 600} {
		dir, head := grown(t, size)
		r := ledger.NewReader(dir, head)
		for old := int64(1); old <= size; old++ {
			before, err := r.RootAt(old)
			if err != nil {
				t.Fatal(err)
			}
			found, err := r.Consistency(old)
			if err != nil {
				t.Fatal(err)
			}
			verify := func(before ledger.Hash) error {
				return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old), uint64(size), plain(found), before[:], head.Root[:])
			}
			if err := verify(before); err != nil {
				t.Fatalf("from %d to %d: %v", old, size, err)
			}
			before[0] ^= 1
			if verify(before) == nil {
				t.Fatalf("from %d to %d: the verifier accepts another root", old, size)
			}
		}
	}
}

// Tessera's fsck recomputes a log from its entries and compares tiles and checkpoint. It wants the entries in bundles, which the store does
// not write, since an event may be longer than the 64 KiB that fit there: the test adds them.
func TestTesseraFindsTheLogInOrderAndADamagedTileNot(t *testing.T) {
	t.Parallel()
	fsck := tesseraFsck(t)
	const size = 66_000 // three levels of tiles
	dir, head := grown(t, size)
	key := publish(t, dir, head)
	for i := range int64(size) / 256 {
		bundle(t, filepath.Join(dir, "tile", "entries", fmt.Sprintf("%03d", i)), i*256, (i+1)*256)
	}
	bundle(t, filepath.Join(dir, "tile", "entries", "257.p", "208"), 257*256, size)
	if good, output := inOrder(t, fsck, dir, key); !good {
		t.Fatalf("fsck does not find the log in order:\n%s", output)
	}
	for _, name := range []string{"tile/0/100", "tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1", "checkpoint"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := append([]byte(nil), data...)
		bad[len(bad)/3] ^= 1
		write(t, path, bad)
		if good, output := inOrder(t, fsck, dir, key); good {
			t.Errorf("fsck does not see that %s is damaged:\n%s", name, output)
		}
		write(t, path, data)
	}
}

// publish signs the head and puts the checkpoint where the tiles' format has it; it gives the file of the public key.
func publish(t *testing.T, dir string, head ledger.Head) string {
	t.Helper()
	keys := ledger.Keys{Dir: t.TempDir()}
	if err := keys.Create("kt-interop"); err != nil {
		t.Fatal(err)
	}
	signer, err := keys.Signer("kt-interop")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.Checkpoint{Origin: "kt-interop", Head: head}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "checkpoint"), signed)
	return filepath.Join(keys.Dir, "kt-interop.pub")
}

// bundle writes the entries [from, to), each after its length in two bytes (C2SP tlog-tiles, "Log Entries").
func bundle(t *testing.T, path string, from, to int64) {
	t.Helper()
	var data []byte
	for i := from; i < to; i++ {
		e := entry(i)
		data = append(binary.BigEndian.AppendUint16(data, uint16(len(e))), e...)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, path, data)
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// inOrder runs fsck and looks for its line of success: it exits 0 whatever it finds, and may wait for ever.
func inOrder(t *testing.T, fsck, dir, key string) (bool, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, fsck, "--storage_url=file://"+filepath.ToSlash(dir), "--public_key="+key, "--N=4", "--ui=false").CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("fsck did not end:\n%s", output)
	}
	if len(output) == 0 {
		t.Fatalf("fsck says nothing: %v", err)
	}
	return strings.Contains(string(output), "Successfully fsck'd"), string(output)
}

// tesseraFsck is the fsck that testdata/tools pins, built with KT_TEST_REAL=1; else the test is skipped.
func tesseraFsck(t *testing.T) string {
	t.Helper()
	if os.Getenv("KT_TEST_REAL") != "1" {
		t.Skip("KT_TEST_REAL=1 builds Tessera's fsck")
	}
	output, err := exec.Command("go", "tool", "-modfile=../../../testdata/tools/tessera.mod", "-n", "fsck").Output()
	if err != nil {
		t.Fatalf("KT_TEST_REAL=1 asks for Tessera's fsck: %v", err)
	}
	return strings.TrimSpace(string(output))
}
