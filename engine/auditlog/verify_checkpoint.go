package auditlog

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
)

// parse reads a checkpoint, signed by the key where there is one.
func (v *verification) parse(data []byte) (ledger.Checkpoint, error) {
	if v.key != nil {
		return ledger.ParseSigned(data, v.key)
	}
	return ledger.ParseUnverified(data)
}

// checkpoint holds the catalogue's head against its signed note, and this against the file beside it.
func (v *verification) checkpoint(context.Context) error {
	r := v.reader
	have, err := os.ReadFile(filepath.Join(v.dir, checkpointFile))
	if absent(err) != nil {
		return err
	}
	if r.checkpoint == nil {
		if r.head != emptyHead() || len(r.segments) > 0 {
			v.problem(catalogueFile, -1, "log: expected a signed checkpoint of %d events, found none", r.head.Size)
		}
		if err == nil {
			v.leftover(checkpointFile, -1, "expected no checkpoint of a log without any, found one")
		}
		return nil
	}
	stated, bad := v.parse(r.checkpoint)
	switch {
	case bad != nil:
		v.problem(catalogueFile, -1, "log: %v", bad)
	case stated.Origin != r.origin:
		v.problem(catalogueFile, -1, "log: expected a checkpoint of the log %s, found one of %s", r.origin, stated.Origin)
	case stated.Head != r.head:
		v.problem(catalogueFile, -1, "log: expected %d events with the root %v, as the checkpoint states, found %d with %v", stated.Size, stated.Root, r.head.Size, r.head.Root)
	default:
		v.report.Signed = v.key != nil
	}
	switch {
	case err != nil:
		v.leftover(checkpointFile, -1, "expected the latest checkpoint, found no file")
	case !bytes.Equal(have, r.checkpoint):
		v.otherCheckpoint(have)
	}
	return nil
}

// otherCheckpoint tells what the file of the checkpoint is, where it is not the latest.
func (v *verification) otherCheckpoint(have []byte) {
	const reason = "expected the latest checkpoint, as the catalogue has it, found another"
	stated, err := v.parse(have)
	if err != nil {
		v.problem(checkpointFile, -1, "%s: %v", reason, err)
		return
	}
	if stated.Size > v.reader.head.Size {
		v.leftover(checkpointFile, -1, reason+" of a larger log")
		return
	}
	if root, err := v.reader.Tiles().RootAt(stated.Size); err != nil || root != stated.Root {
		v.problem(checkpointFile, -1, "%s, and of another log: its root over %d events is not that of these", reason, stated.Size)
		return
	}
	v.leftover(checkpointFile, -1, reason+" of this log, an earlier one")
}

// kept holds the log against a checkpoint that somebody kept.
func (v *verification) kept(context.Context) error {
	if v.options.Kept == nil {
		return nil
	}
	const file = "kept checkpoint"
	r := v.reader
	if unsigned, err := ledger.ParseUnverified(v.options.Kept); err == nil && unsigned.Origin != r.origin {
		v.problem(file, -1, "expected one of the log %s, found one of %s", r.origin, unsigned.Origin)
		return nil
	}
	stated, err := v.parse(v.options.Kept)
	if err != nil {
		v.problem(file, -1, "%v", err)
		return nil
	}
	if stated.Size > r.head.Size {
		v.problem(file, r.head.Size, "expected %d events at least, as it states, found %d: events are gone", stated.Size, r.head.Size)
		return nil
	}
	root, err := r.Tiles().RootAt(stated.Size)
	switch {
	case err != nil:
		v.problem(file, -1, "whether the log goes on from it cannot be told: %v", err)
	case root != stated.Root:
		v.problem(file, -1, "expected the root %v over the first %d events, as it states, found %v: they are not the events that were there then", stated.Root, stated.Size, root)
	default:
		v.report.Kept = stated.Size
	}
	return nil
}
