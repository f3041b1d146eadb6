package auditlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path"

	"golang.org/x/mod/sumdb/note"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
)

// VerifyOptions says what to hold a store against.
type VerifyOptions struct {
	// Verifier is the log's public key; nil: it is looked for by its name in Keys.
	Verifier note.Verifier
	// Keys is where keys lie; without a folder, the user's configuration directory.
	Keys ledger.Keys
	// Kept is a checkpoint of the log that somebody kept: the log must be the same as then, and what came after. nil: none.
	Kept []byte
	// Progress is told how many events were verified. nil: nobody wants to know.
	Progress func(events int64)
}

// Problem is something in a store that is not as it must be.
type Problem struct {
	File string `json:"file"` // below the data directory, with slashes
	// Index is the index of the first event that is concerned, or the number of the row in the table that Reason names; -1: none by itself.
	Index  int64  `json:"index"`
	Reason string `json:"reason"`
}

// VerifyReport is what a store was found to be.
type VerifyReport struct {
	Origin  string `json:"origin"`
	Size    int64  `json:"size"`    // events
	Root    string `json:"root"`    // of the tree, in base64
	Dropped int64  `json:"dropped"` // events that retention has dropped; of these only the hashes could be verified
	// Signed says that the key has signed the checkpoint. Without it, and without a kept checkpoint, the store is consistent with itself only:
	// somebody could have written all of it anew.
	Signed bool `json:"signed"`
	// Kept is the size of the log that the kept checkpoint states, where the log was found to go on from it; -1: none was given, or it was not.
	Kept     int64     `json:"kept"`
	Problems []Problem `json:"problems"`
	// Leftovers are files that a writer which is at work, or was interrupted, leaves. The next one removes them.
	Leftovers []Problem `json:"leftovers"`
}

// Good says that nothing is wrong.
func (r *VerifyReport) Good() bool { return len(r.Problems) == 0 }

// maxProblems is how many problems are listed.
const maxProblems = 1000

// Verify verifies a store as a whole: every file against the catalogue, every event against the tree, the tree and the catalogue against
// the signed checkpoint, and this against a kept one. It does not stop at the first problem. An error says that it could not be done: a
// store that is not there, or of another format.
func Verify(ctx context.Context, dir string, o VerifyOptions) (VerifyReport, error) {
	v := &verification{dir: dir, options: o, report: VerifyReport{Kept: -1, Problems: []Problem{}, Leftovers: []Problem{}}}
	r, err := Open(ctx, dir)
	if err != nil {
		_, none := errors.AsType[*NoStoreError](err)
		_, other := errors.AsType[*FormatError](err)
		if none || other || ctx.Err() != nil {
			return v.report, err
		}
		v.problem(catalogueFile, -1, "%v", err)
		return v.report, nil
	}
	defer func() { _ = r.Close() }() // it was only read
	v.reader = r
	v.report.Origin, v.report.Size, v.report.Root = r.origin, r.head.Size, base64.StdEncoding.EncodeToString(r.head.Root[:])
	if err := v.findKey(); err != nil {
		return v.report, err
	}
	for _, step := range []func(context.Context) error{v.database, v.checkpoint, v.events, v.quarantine, v.retention, v.kept, v.strangers} {
		if err := step(ctx); err != nil {
			return v.report, err
		}
	}
	if v.unlisted > 0 {
		v.report.Problems = append(v.report.Problems, Problem{Index: -1, Reason: fmt.Sprintf("%d more problems are not listed", v.unlisted)})
	}
	return v.report, ctx.Err()
}

// verification is one on its way.
type verification struct {
	dir      string
	options  VerifyOptions
	reader   *Reader
	key      note.Verifier // nil: there is none
	report   VerifyReport
	unlisted int
	writing  bool // a writer is at work, or was interrupted
}

func (v *verification) problem(file string, index int64, format string, args ...any) {
	if len(v.report.Problems) == maxProblems {
		v.unlisted++
		return
	}
	v.report.Problems = append(v.report.Problems, Problem{File: file, Index: index, Reason: fmt.Sprintf(format, args...)})
}

// leftover is a problem unless a writer explains it.
func (v *verification) leftover(file string, index int64, reason string) {
	if !v.interrupted() {
		v.problem(file, index, "%s", reason)
		return
	}
	if len(v.report.Leftovers) < maxProblems {
		v.report.Leftovers = append(v.report.Leftovers, Problem{File: file, Index: index, Reason: reason})
	}
}

// interrupted says whether a writer is at work, or was interrupted: then or since the store was opened.
func (v *verification) interrupted() bool {
	if v.writing || v.reader.writing != "" {
		return true
	}
	now, err := Open(context.Background(), v.dir)
	if err != nil {
		return false
	}
	v.writing = now.writing != "" || string(now.checkpoint) != string(v.reader.checkpoint)
	_ = now.Close() // it was only read
	return v.writing
}

// findKey finds the log's public key. Where no configuration directory is, no key is either.
func (v *verification) findKey() error {
	if v.key = v.options.Verifier; v.key != nil {
		return nil
	}
	keys := v.options.Keys
	if keys.Dir == "" {
		keys, _ = ledger.UserKeys()
	}
	if keys.Dir == "" {
		return nil
	}
	key, err := keys.Verifier(v.reader.origin)
	if err == nil {
		v.key = key
	} else if errors.Is(err, ledger.ErrNoKey) {
		err = nil
	}
	return err
}

// database asks SQLite whether its file is sound.
func (v *verification) database(ctx context.Context) error {
	return v.reader.query(func(q querier) error {
		rows, err := q.QueryContext(ctx, "PRAGMA integrity_check(20)")
		if err != nil {
			v.problem(catalogueFile, -1, "%v", err)
			return nil
		}
		defer func() { _ = rows.Close() }() // Err says what went wrong
		for rows.Next() {
			var said string
			if err := rows.Scan(&said); err != nil {
				return err
			}
			if said != "ok" {
				v.problem(catalogueFile, -1, "expected a sound database, found: %s", said)
			}
		}
		if err := rows.Err(); err != nil && ctx.Err() == nil {
			v.problem(catalogueFile, -1, "%v", err)
		}
		return nil
	})
}

// fileOf is a file's name in a report.
func fileOf(parts ...string) string { return path.Join(parts...) }
