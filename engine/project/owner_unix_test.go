//go:build unix

package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileOfAnotherUserIsRefused(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), FileName), "snapshot: s.json\n")
	me := os.Geteuid()
	if _, err := load(path, me); err != nil {
		t.Fatal("one's own file was refused:", err)
	}
	if _, err := load(path, me+1); err == nil || !strings.HasPrefix(err.Error(), path+": expected a file of the user who runs kt") {
		t.Error(err)
	}
}

func TestALinkToOnesOwnFileIsRead(t *testing.T) {
	target := write(t, filepath.Join(t.TempDir(), "settings.yaml"), "snapshot: s.json\n")
	link := filepath.Join(t.TempDir(), FileName)
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	s, err := Load(link)
	if err != nil || s.Snapshot != filepath.Join(filepath.Dir(link), "s.json") {
		t.Errorf("got %+v %v", s, err)
	}
}
