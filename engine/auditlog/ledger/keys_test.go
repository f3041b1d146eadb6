package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func testKeys(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	k := Keys{t.TempDir()}
	if err := k.Create("kt-test"); err != nil {
		t.Fatal(err)
	}
	s, err := k.Signer("kt-test")
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.Verifier("kt-test")
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestKeysAreNeverReplacedAndNeverReadByOthers(t *testing.T) {
	k := Keys{filepath.Join(t.TempDir(), "kt", "keys")}
	if _, err := k.Signer("log"); !errors.Is(err, ErrNoKey) {
		t.Fatalf("expected ErrNoKey, found %v", err)
	}
	if err := k.Create("log"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(k.path("log", ".key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Create("log"); err == nil {
		t.Error("a key was replaced")
	}
	if after, err := os.ReadFile(k.path("log", ".key")); err != nil || string(after) != string(before) {
		t.Error("a key has changed")
	}
	if err := os.Chmod(k.path("log", ".key"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Signer("log"); err == nil {
		t.Error("a key that others may read is taken")
	}
	for _, bad := range []string{"", "../x", "a/b", ".hidden", "a+b", "a b", strings.Repeat("x", 101)} {
		if err := k.Create(bad); err == nil {
			t.Errorf("a key was made with the name %q", bad)
		}
	}
}

func TestOnlyOneOfManyMakesAKey(t *testing.T) {
	k := Keys{Dir: filepath.Join(t.TempDir(), "keys")}
	made := make([]error, 16)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() { made[i] = k.Create("log") })
	}
	wg.Wait()
	good := 0
	for _, err := range made {
		if err == nil {
			good++
		}
	}
	if good != 1 {
		t.Fatalf("%d made the key: %v", good, made)
	}
	s, err := k.Signer("log")
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.Verifier("log")
	if err != nil {
		t.Fatal(err)
	}
	data, err := Checkpoint{Origin: "log", Head: Head{Size: 1, Root: Hash{1}}}.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseSigned(data, v); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(k.Dir); err != nil || len(entries) != 2 {
		t.Errorf("expected the two files of the key, found %v (%v)", entries, err)
	}
}

func TestUserKeysFollowTheEnvironment(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", "/somewhere")
	t.Setenv("HOME", "/home/ada")
	want, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	if k, err := UserKeys(); err != nil || k.Dir != filepath.Join(want, "kt", "keys") {
		t.Errorf("found %v (%v)", k, err)
	}
}

func TestABrokenKeyIsRefusedWithoutBeingShown(t *testing.T) {
	k := Keys{Dir: t.TempDir()}
	for name, text := range map[string]string{
		"another name": storedKey,
		"cut":          strings.Replace(storedKey[:len(storedKey)-9], "kt-test", "log", 1),
		"empty":        "",
		"too long":     strings.Repeat("x", maxKey+1),
	} {
		if err := os.WriteFile(k.path("log", ".key"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := k.Signer("log")
		if err == nil || !strings.Contains(err.Error(), k.path("log", ".key")) {
			t.Errorf("%s: expected an error that names the file, found %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "AWB2oeLszo") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}
