package auditlog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is a file system of so many bytes.
func smallDisk(t testing.TB, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		if os.Getenv("KT_TEST_REAL") != "" {
			t.Fatalf("a small file system cannot be mounted: %v", err)
		}
		t.Skipf("a small file system cannot be mounted, which takes root: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

func TestAFullDiskLeavesTheStoreAsItWas(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 1<<20)
	p := place{filepath.Join(disk, "store"), t.TempDir()}
	w := p.writer(t)
	imported(t, w, numbered("gw", 0, 0), numbered("gw", 1, 1))
	var lines []string
	for i := range 4000 {
		lines = append(lines, strings.Replace(numbered("gw", i, i), `"u"`, fmt.Sprintf(`"user-%d-%s"`, i, strings.Repeat("x", i%97)), 1))
	}
	report, err := w.Import(t.Context(), Import{Log: logOf(lines...)})
	if err == nil || !strings.Contains(err.Error(), "space") && !strings.Contains(err.Error(), "full") {
		t.Fatalf("expected to be told that the disk is full, found %v", err)
	}
	r := p.reader(t)
	size := r.Head().Size
	if size != 2+report.Stored {
		t.Errorf("the report says that %d were stored besides 2, the store has %d", report.Stored, size)
	}
	if n := len(all(t, r)); int64(n) != size {
		t.Errorf("of %d events %d can be read", size, n)
	}
	check(t, r.Close())
	if v := p.verify(t, nil); !v.Good() {
		t.Errorf("%s", asJSON(t, v))
	}
	// With room again, the same writer goes on.
	check(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=67108864"))
	if again := imported(t, w, lines...); again.Stored+again.Duplicates+again.Conflicts != 4000 {
		t.Errorf("found %+v", again)
	}
	closed(t, w)
	if v := p.verify(t, nil); !v.Good() || len(v.Leftovers) > 0 {
		t.Errorf("%s", asJSON(t, v))
	}
}
