package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// maxNote is how long a signed note may be.
const maxNote = 1 << 16

// Checkpoint is what a signed note says of a log (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string // the log's name, which is also the key's
	Head
	// Extension is further lines that the log signs, each ended by a newline.
	Extension string
}

// text is the body of the note.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.Extension)
}

// Sign writes the checkpoint as a signed note. ParseSigned takes it only where the key has the origin's name.
func (c Checkpoint) Sign(signer note.Signer) ([]byte, error) {
	if read, err := parseText(c.text()); err != nil || read != c {
		return nil, fmt.Errorf("checkpoint of %q: its lines would not be read back as they are (%v)", c.Origin, err)
	}
	return note.Sign(&note.Note{Text: c.text()}, signer)
}

// ParseSigned reads a checkpoint and verifies that one of the keys has signed it.
func ParseSigned(data []byte, verifiers ...note.Verifier) (Checkpoint, error) {
	if len(data) > maxNote {
		return Checkpoint{}, fmt.Errorf("checkpoint: expected at most %d bytes, found %d", maxNote, len(data))
	}
	n, err := note.Open(data, note.VerifierList(verifiers...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: expected a note signed by %s: %w", names(verifiers), err)
	}
	c, err := parseText(n.Text)
	if err != nil {
		return c, err
	}
	if !slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return s.Name == c.Origin }) {
		return c, fmt.Errorf("checkpoint: expected the log %s to be signed by its own key, found that of %s", c.Origin, n.Sigs[0].Name)
	}
	return c, nil
}

// ParseUnverified reads a checkpoint whoever has signed it: it proves nothing.
func ParseUnverified(data []byte) (Checkpoint, error) {
	if len(data) > maxNote {
		return Checkpoint{}, fmt.Errorf("checkpoint: expected at most %d bytes, found %d", maxNote, len(data))
	}
	n, err := note.Open(data, note.VerifierList())
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		n, err = unverified.Note, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: expected a signed note: %w", err)
	}
	return parseText(n.Text)
}

func names(verifiers []note.Verifier) string {
	var out []string
	for _, v := range verifiers {
		out = append(out, v.Name())
	}
	return strings.Join(out, ", ")
}

func parseText(text string) (c Checkpoint, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return c, errors.New("checkpoint: expected the lines origin, size and root hash")
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return c, fmt.Errorf("checkpoint: expected the number of events in line 2, found %q", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return c, fmt.Errorf("checkpoint: expected a root hash of %d bytes in line 3, found %q", len(c.Root), lines[2])
	}
	copy(c.Root[:], root)
	c.Extension = lines[3]
	if c.Extension != "" && (c.Extension[0] == '\n' || strings.Contains(c.Extension, "\n\n")) {
		return c, errors.New("checkpoint: expected no empty line after line 3")
	}
	return c, nil
}
