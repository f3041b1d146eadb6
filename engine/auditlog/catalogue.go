package auditlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// Names below the data directory.
const (
	catalogueFile  = "kt.db"
	segmentFolder  = "segments"
	tileFolder     = "tiles"
	checkpointFile = "checkpoint"
	lockFile       = "lock"
)

// formatVersion is the version of the directory's format, kept as SQLite's user_version.
const formatVersion = 1

// applicationID marks the database as a kt audit log, for programs such as file(1).
const applicationID = 0x6b746c67

// schema of the catalogue. Times are nanoseconds since 1970; sums are running hashes, see sum.go.
const schema = `
CREATE TABLE log (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	origin TEXT NOT NULL,       -- the log's name, which is also its key's
	size INTEGER NOT NULL,      -- events
	root BLOB NOT NULL,
	checkpoint BLOB,            -- the latest signed note
	records INTEGER NOT NULL,   -- lines that came with events which were stored, repeated ones among them
	writing TEXT NOT NULL       -- who has opened the log to write and not yet closed it; '' is nobody
) STRICT;
CREATE TABLE segments (
	first INTEGER PRIMARY KEY,  -- index of the first event
	rows INTEGER NOT NULL,
	from_at INTEGER NOT NULL,
	to_at INTEGER NOT NULL,
	size INTEGER NOT NULL,      -- of the file, in bytes
	sha256 TEXT NOT NULL,
	ids_size INTEGER NOT NULL,  -- of the index of ids
	ids_sha256 TEXT NOT NULL,
	dropped INTEGER NOT NULL,   -- 1: by retention, with a tombstone
	sum BLOB NOT NULL           -- over this and all earlier segments and their sources
) STRICT;
CREATE TABLE sources (
	source TEXT NOT NULL,
	epoch TEXT NOT NULL,
	segment INTEGER NOT NULL,
	events INTEGER NOT NULL,
	unsequenced INTEGER NOT NULL,
	first_sequence INTEGER NOT NULL,
	last_sequence INTEGER NOT NULL,
	first_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	numbers BLOB NOT NULL,      -- the sequence numbers, as runs
	PRIMARY KEY (source, epoch, segment)
) STRICT, WITHOUT ROWID;
CREATE INDEX sources_segment ON sources (segment);
CREATE TABLE tail (
	position INTEGER PRIMARY KEY, -- index of the event
	id TEXT NOT NULL,
	derived INTEGER NOT NULL,
	ingested_at TEXT NOT NULL,
	canonical BLOB NOT NULL,
	sum BLOB NOT NULL           -- over this and all earlier ones, of what the tree does not hold
) STRICT;
CREATE TABLE quarantine (
	number INTEGER PRIMARY KEY,
	key BLOB NOT NULL UNIQUE,   -- what makes it another one than those before
	kind TEXT NOT NULL,         -- conflict or refusal
	file TEXT NOT NULL,
	line INTEGER NOT NULL,
	reason TEXT NOT NULL,
	content BLOB NOT NULL,      -- canonical bytes of a conflict, the record as it came of a refusal
	source TEXT NOT NULL,       -- of a conflict: identity, and its own time
	epoch TEXT NOT NULL,
	sequence INTEGER NOT NULL,  -- -1: none
	id TEXT NOT NULL,
	at INTEGER NOT NULL,
	first_known INTEGER NOT NULL, -- whether the event that stands is still there to tell its time
	first_source TEXT NOT NULL,
	first_epoch TEXT NOT NULL,
	first_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	sum BLOB NOT NULL           -- over this and all earlier ones
) STRICT;
CREATE TABLE retention (
	number INTEGER PRIMARY KEY,
	note BLOB NOT NULL,         -- what was decided, signed
	sum BLOB NOT NULL
) STRICT;
`

// NoStoreError says that a directory holds no audit log.
type NoStoreError struct{ Dir string }

func (e *NoStoreError) Error() string {
	return fmt.Sprintf("%s: expected a store of audit events, found none; make one with kt audit-log import", e.Dir)
}

// FormatError says that a store has a format that this program does not know.
type FormatError struct {
	Dir     string
	Version int // of the store
}

func (e *FormatError) Error() string {
	if e.Version > formatVersion {
		return fmt.Sprintf("%s: the store has format version %d, and this kt knows %d at most; use a newer kt", e.Dir, e.Version, formatVersion)
	}
	return fmt.Sprintf("%s: expected a store of format version %d, found version %d", filepath.Join(e.Dir, catalogueFile), formatVersion, e.Version)
}

// Exists says whether a directory holds an audit log.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, catalogueFile))
	return err == nil && info.Mode().IsRegular()
}

// connect opens the catalogue by one connection. mode is SQLite's: rwc, rw or ro.
func connect(ctx context.Context, dir, mode string, more ...string) (*sql.DB, error) {
	path, err := filepath.Abs(filepath.Join(dir, catalogueFile))
	if err != nil {
		return nil, err
	}
	if path = filepath.ToSlash(path); !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	query := url.Values{"mode": {mode}, "_pragma": {"busy_timeout(10000)", "trusted_schema(OFF)"}}
	if mode != "ro" {
		query["_pragma"] = append(query["_pragma"], "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)")
		query.Set("_txlock", "immediate")
	}
	for _, one := range more {
		query.Set(one, "1")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Join(dir, catalogueFile), err), db.Close())
	}
	return db, nil
}

// querier is what a database, a connection and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version is the format version of a catalogue; 0: nothing was ever written to it.
func version(ctx context.Context, dir string, q querier) (int, error) {
	var id, v, tables int
	err := q.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id)
	if err == nil {
		err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	}
	if err == nil {
		err = q.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables)
	}
	switch {
	case err != nil:
		return 0, damaged(dir, err)
	case tables == 0 && v == 0:
		return 0, nil
	case id != applicationID:
		return 0, fmt.Errorf("%s: expected the catalogue of an audit log, found another database", filepath.Join(dir, catalogueFile))
	case v != formatVersion:
		return 0, &FormatError{Dir: dir, Version: v}
	}
	return v, nil
}

func damaged(dir string, err error) error {
	return fmt.Errorf("%s: expected the catalogue of an audit log, and it cannot be read: %w", filepath.Join(dir, catalogueFile), err)
}

// create lays out an empty catalogue.
func create(ctx context.Context, db *sql.DB, origin string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	empty := emptyHead()
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO log VALUES (1, ?, 0, ?, NULL, 0, '')", origin, empty.Root[:]); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, formatVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

// absent drops the errors of files that are not there.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
