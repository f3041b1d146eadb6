package ledger

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// The key of stored proofs and checkpoints: it signs nothing but what tests make.
const (
	storedKey    = "PRIVATE+KEY+kt-test+612448d6+AWB2oeLszoCOWlwYiprfY0HyppTGY6Z78jPjgJijiGaZ"
	storedPublic = "kt-test+612448d6+AY96aqzBegZluk6q5+6t6I50FGqeyu3B7tYHwAzYIb7h"
)

func storedKeys(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	s, err := note.NewSigner(storedKey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewVerifier(storedPublic + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// proofOf proves an event that stands at place 137 of 300.
func proofOf(t testing.TB, event string) []byte {
	t.Helper()
	signer, _ := storedKeys(t)
	dir := t.TempDir()
	leaves := leavesOf(0, 300)
	leaves[137] = LeafHash([]byte(event))
	head := extend(t, open(t, dir, 0), leaves)
	checkpoint, err := Checkpoint{Origin: "kt-test", Head: head}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewReader(dir, head).Prove(137, []byte(event), checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAProofStandsAloneAndNoChangeOfItHolds(t *testing.T) {
	signer, verifier := testKeys(t)
	_, stranger := testKeys(t)
	dir := t.TempDir()
	head := extend(t, open(t, dir, 0), leavesOf(0, 300))
	checkpoint, err := Checkpoint{"kt-test", head, ""}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewReader(dir, head).Prove(137, []byte("event 137"), checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewReader(dir, head).Prove(137, []byte("event 138"), checkpoint); err == nil {
		t.Error("another event is proved")
	}
	good, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []note.Verifier{nil, verifier} {
		if _, err := CheckProof("p", good, key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := CheckProof("p", good, stranger); err == nil {
		t.Error("the proof holds under another key")
	}
	for i, change := range []func(*Proof){
		func(p *Proof) { p.Event = "event 138" },
		func(p *Proof) { p.Index++ },
		func(p *Proof) { p.TreeSize-- },
		func(p *Proof) { p.Hashes = p.Hashes[1:] },
		func(p *Proof) { p.Hashes[0], p.Hashes[1] = p.Hashes[1], p.Hashes[0] },
		func(p *Proof) { p.Root = p.LeafHash },
		func(p *Proof) { p.LeafHash = p.Root },
		func(p *Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n300\n", "\n301\n", 1) },
		func(p *Proof) { p.Checkpoint = "" },
		func(p *Proof) { p.Kind = "something" },
	} {
		bad := *p
		bad.Hashes = append([]string(nil), p.Hashes...)
		change(&bad)
		data, err := json.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CheckProof("p", data, verifier); err == nil {
			t.Errorf("change %d holds", i)
		}
	}
}

func TestAnEventOfAnyTextIsProved(t *testing.T) {
	_, verifier := storedKeys(t)
	for name, event := range map[string]string{
		"plain":          `{"action":"user.login"}`,
		"markup":         `{"a":"<&>  é 𝄞"}`,
		"control":        "{\"a\":\"\\u0000\"}\x7f",
		"of four MiB":    strings.Repeat("\"\\", 2<<20),
		"a large number": `{"n":9007199254740993}`,
	} {
		p, err := CheckProof("proof.json", proofOf(t, event), verifier)
		if err != nil || p.Event != event {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAProofIsReadStrictly(t *testing.T) {
	_, verifier := storedKeys(t)
	good := string(proofOf(t, `{"action":"user.login"}`))
	for name, bad := range map[string]string{
		"an unknown key":    strings.Replace(good, `{"kind"`, `{"more":1,"kind"`, 1),
		"a key in capitals": strings.Replace(good, `"index"`, `"INDEX"`, 1),
		"a key twice":       strings.Replace(good, `{"kind"`, `{"index":137,"kind"`, 1),
		"something after":   good + "{}",
		"another version":   strings.Replace(good, `"version":1`, `"version":2`, 1),
		"a broken text":     strings.Replace(good, `user.login`, `user\ud800login`, 1),
		"a negative index":  strings.Replace(good, `"index":137`, `"index":-1`, 1),
		"a huge size":       strings.Replace(good, `"tree_size":300`, `"tree_size":99999999999999999999`, 1),
		"a cut text":        good[:len(good)/2],
		"nothing":           "",
		"too much":          strings.Repeat(" ", maxProof+1),
	} {
		if bad == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := CheckProof("proof.json", []byte(bad), verifier); err == nil {
			t.Errorf("%s is accepted", name)
		} else if !strings.Contains(err.Error(), "proof.json") {
			t.Errorf("%s: the error does not name the document: %v", name, err)
		}
	}
}

// Whatever byte of a proof is changed, it is refused or says the same.
func TestNoChangedByteOfAProofIsBelieved(t *testing.T) {
	_, verifier := storedKeys(t)
	good := proofOf(t, `{"action":"user.login"}`)
	want, err := CheckProof("p", good, verifier)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	refused := 0
	for range 3000 {
		bad := append([]byte(nil), good...)
		bad[rng.IntN(len(bad))] ^= byte(1 + rng.IntN(255))
		found, err := CheckProof("p", bad, verifier)
		if err != nil {
			refused++
			continue
		}
		if found.Checkpoint = want.Checkpoint; !reflect.DeepEqual(found, want) { // a signature's own name may be spelt otherwise
			t.Fatalf("seed %d: believed: %s", seed, bad)
		}
	}
	if refused < 2500 {
		t.Errorf("seed %d: only %d of 3000 changes were refused", seed, refused)
	}
}

func FuzzCheckProof(f *testing.F) {
	_, verifier := storedKeys(f)
	event := `{"action":"user.login"}`
	good := proofOf(f, event)
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := CheckProof("p", data, verifier)
		if err != nil {
			return
		}
		if p.Event != event || p.Index != 137 || p.TreeSize != 300 {
			t.Errorf("what was never signed is believed: %s", data)
		}
	})
}
