package ledger

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Keys is a folder of keys that sign checkpoints, each by its name: NAME.key holds what signs, NAME.pub what verifies. It never lies below a
// data directory: whoever can rewrite a log must not be able to sign it.
type Keys struct{ Dir string }

// UserKeys is the folder in the user's configuration directory.
func UserKeys() (Keys, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return Keys{}, fmt.Errorf("the keys that sign checkpoints are kept in the user's configuration directory, and there is none: %w", err)
	}
	return Keys{filepath.Join(dir, "kt", "keys")}, nil
}

// maxKey is how long the file of a key may be, in bytes; ours have under 300.
const maxKey = 4096

// ErrNoKey says that no key has the name.
var ErrNoKey = errors.New("there is no such key")

// checkName refuses names that a note's key or a file cannot have.
func checkName(name string) error {
	ok := name != "" && len(name) <= 100 && name[0] != '.' && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-'
	})
	if !ok {
		return fmt.Errorf("key %q: expected a name of letters, digits and . _ -, at most 100", name)
	}
	return nil
}

// Create makes a new Ed25519 key. It never replaces one: an error is fs.ErrExist where there is one.
func (k Keys) Create(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	// the public key first: whoever finds no private one beside it knows that nothing was signed yet, or that it is elsewhere
	if err := create(k.path(name, ".pub"), public); err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	if err := create(k.path(name, ".key"), private); err != nil {
		return errors.Join(fmt.Errorf("key %s: %w", name, err), os.Remove(k.path(name, ".pub")))
	}
	if runtime.GOOS == "windows" { // it cannot sync folders
		return nil
	}
	return syncOne(k.Dir, os.O_RDONLY)
}

func (k Keys) path(name, ending string) string { return filepath.Join(k.Dir, name+ending) }

// create writes a new file that only its owner may read, whole or not at all.
func create(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+unfinished)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // unlike Rename it fails where there is one
	}
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%s: %w: a key is never replaced, since what it has signed needs it; take another name, or move it away", path, fs.ErrExist)
	}
	return errors.Join(err, os.Remove(f.Name()))
}

func (k Keys) read(name, ending string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	path := k.path(name, ending)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("key %s: %w: expected %s; bring it there from where the log was written", name, ErrNoKey, path)
	}
	if err != nil {
		return "", fmt.Errorf("key %s: %w", name, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxKey {
		return "", fmt.Errorf("%s: expected a file of at most %d bytes with a key, found %s of %d", path, maxKey, info.Mode(), info.Size())
	}
	if ending == ".key" && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s: expected that only its owner may read this key, found %s: chmod 600 it, and ask who has read it", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}

// Signer is what signs with the key of that name. An error is ErrNoKey where there is none. No error holds the key.
func (k Keys) Signer(name string) (note.Signer, error) {
	text, err := k.read(name, ".key")
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(text)
	if err != nil || s.Name() != name {
		return nil, fmt.Errorf("%s: expected the private key %s, found something else: bring the right one back", k.path(name, ".key"), name)
	}
	return s, nil
}

// Verifier is what verifies with the key of that name. An error is ErrNoKey where there is none.
func (k Keys) Verifier(name string) (note.Verifier, error) {
	text, err := k.read(name, ".pub")
	if err != nil {
		return nil, err
	}
	v, err := NewVerifier(text)
	if err != nil || v.Name() != name {
		return nil, fmt.Errorf("%s: expected the public key %s, found something else: bring the right one back", k.path(name, ".pub"), name)
	}
	return v, nil
}

// NewVerifier reads a public key as a .pub file holds it.
func NewVerifier(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("expected a public key such as NAME+0123abcd+AbC…: %w", err)
	}
	return v, nil
}
