package ledger

import (
	"strings"
	"testing"
)

func TestACheckpointIsReadOnlyAsItWasSigned(t *testing.T) {
	signer, verifier := testKeys(t)
	_, stranger := testKeys(t)
	want := Checkpoint{"kt-test", Head{12, LeafHash([]byte("x"))}, "more 1\nof it 2\n"}
	data, err := want.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseSigned(data, verifier); err != nil || got != want {
		t.Fatalf("found %v (%v)", got, err)
	}
	if got, err := ParseUnverified(data); err != nil || got != want {
		t.Fatalf("found %v (%v)", got, err)
	}
	if _, err := ParseSigned(data, stranger); err == nil {
		t.Error("another key verifies it")
	}
	for _, bad := range []string{strings.Replace(string(data), "\n12\n", "\n13\n", 1), string(data[:len(data)-10]), "", "kt-test\n12\n"} {
		if _, err := ParseSigned([]byte(bad), verifier); err == nil {
			t.Errorf("verified: %q", bad)
		}
	}
	other, err := Checkpoint{"another-log", want.Head, ""}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseSigned(other, verifier); err == nil {
		t.Error("the key of one log verifies the checkpoint of another")
	}
}

func FuzzParseUnverified(f *testing.F) {
	signer, _ := testKeys(f)
	data, err := Checkpoint{"kt-test", Head{12, Hash{1}}, ""}.Sign(signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("kt\n1\nAAAA\n\n— kt AAAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseUnverified(data)
		if err == nil && (c.Origin == "" || c.Size < 0 || !strings.HasPrefix(string(data), c.text())) {
			t.Errorf("%q reads as %v", data, c)
		}
	})
}
