package ledger

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/keeptrusts/kt/engine/document"
)

// ProofKind is the kind of a Proof document.
const ProofKind = "inclusion-proof"

// Proof shows that an event is in a log. It stands alone: with the log's public key, anybody can verify it (RFC 9162 §2.1.3.2).
type Proof struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	// Event is the event's canonical bytes as a text, so that a verifier hashes exactly these.
	Event string `json:"event"`
	Index int64  `json:"index"`
	// LeafHash and Hashes are in base64; Hashes lead from the leaf to the root.
	LeafHash string   `json:"leaf_hash"`
	TreeSize int64    `json:"tree_size"`
	Root     string   `json:"root"`
	Hashes   []string `json:"hashes"`
	// Checkpoint is the signed note that states the root.
	Checkpoint string `json:"checkpoint"`
}

// Prove makes the proof of an event at an index, against a signed checkpoint of the reader's head; its signature is not looked at.
func (r *Reader) Prove(index int64, canonical, checkpoint []byte) (*Proof, error) {
	stated, err := ParseUnverified(checkpoint)
	if err != nil {
		return nil, err
	}
	if stated.Head != r.head {
		return nil, fmt.Errorf("checkpoint: expected one of %d events and the root %v, found %d and %v", r.head.Size, r.head.Root, stated.Size, stated.Root)
	}
	hashes, err := r.Inclusion(index)
	if err != nil {
		return nil, err
	}
	leaf := LeafHash(canonical)
	if err := tlog.CheckRecord(hashes, r.head.Size, r.head.Root, index, leaf); err != nil {
		return nil, fmt.Errorf("event %d is not the one that the tree has at this place: verify the store", index)
	}
	p := &Proof{Kind: ProofKind, Version: 1, Event: string(canonical), Index: index, LeafHash: encode(leaf), TreeSize: r.head.Size,
		Root: encode(r.head.Root), Hashes: []string{}, Checkpoint: string(checkpoint)}
	for _, h := range hashes {
		p.Hashes = append(p.Hashes, encode(h))
	}
	return p, nil
}

func encode(h Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }

// maxProof is how large a proof may be: an event, as text in JSON, and what else it holds.
const maxProof = 32 << 20

// CheckProof reads a proof and verifies it, as ReadProof and Check.
func CheckProof(name string, data []byte, key note.Verifier) (*Proof, error) {
	p, err := ReadProof(name, data)
	if err != nil {
		return nil, err
	}
	if err := p.Check(key); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// ReadProof reads a proof. It says nothing of whether the proof holds.
func ReadProof(name string, data []byte) (*Proof, error) {
	if len(data) > maxProof {
		return nil, fmt.Errorf("%s: expected at most %d bytes, found %d", name, maxProof, len(data))
	}
	doc, err := document.ParseJSON(name, data)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(ProofKind); err != nil {
		return nil, err
	}
	var p Proof
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &p, nil
}

// Origin is the name of the log, and of its key, that the proof's checkpoint states; "" where it states none.
func (p *Proof) Origin() string {
	c, err := ParseUnverified([]byte(p.Checkpoint))
	if err != nil {
		return ""
	}
	return c.Origin
}

// Check verifies that the checkpoint states the root, that the hashes lead there from the event, and, where there is a key, that it has
// signed the checkpoint. Without one the proof is only consistent in itself.
func (p *Proof) Check(key note.Verifier) error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("the proof does not hold: %s", fmt.Sprintf(format, args...))
	}
	checkpoint, err := ParseUnverified([]byte(p.Checkpoint))
	if key != nil {
		checkpoint, err = ParseSigned([]byte(p.Checkpoint), key)
	}
	if err != nil {
		return wrong("%v", err)
	}
	var hashes tlog.RecordProof
	for i, text := range append([]string{p.LeafHash, p.Root}, p.Hashes...) {
		h, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(h) != len(Hash{}) {
			return wrong("hash %d is none: %q", i, text)
		}
		hashes = append(hashes, Hash(h))
	}
	leaf, root, path := hashes[0], hashes[1], hashes[2:]
	switch {
	case leaf != LeafHash([]byte(p.Event)):
		return wrong("leaf_hash is not that of the event")
	case checkpoint.Size != p.TreeSize || checkpoint.Root != root:
		return wrong("the checkpoint states another tree than tree_size and root")
	}
	if err := tlog.CheckRecord(path, p.TreeSize, root, p.Index, leaf); err != nil {
		return wrong("the hashes do not lead from the event to the root")
	}
	return nil
}
