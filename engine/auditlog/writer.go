package auditlog

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
)

// Options says how to write to a store.
type Options struct {
	// Now is the clock; nil: the system's.
	Now func() time.Time
	// Keys is where the key lies that signs checkpoints; without a folder, the user's configuration directory.
	Keys ledger.Keys
	// Origin names a new log and its key; "": a name by chance. Of a log that is there it is not asked.
	Origin string
	// Command says in the lock what is writing; "": the program's name.
	Command string

	limits limits
}

// limits are smaller in tests.
type limits struct {
	sealImport int // from how many events on an import seals them
	sealAppend int // and an append
	sealBytes  int // and either, of canonical bytes
	batch      int // events of an import that are decided on together, at most segment.MaxRows
	segment    int // events of a segment
}

func (l *limits) fill() {
	for _, one := range []struct {
		field *int
		usual int
	}{{&l.sealImport, 8192}, {&l.sealAppend, 16384}, {&l.sealBytes, 64 << 20}, {&l.batch, segment.MaxRows}, {&l.segment, segment.MaxRows}} {
		if *one.field == 0 {
			*one.field = one.usual
		}
	}
}

// Writer writes to a store. It has the store's lock until it is closed. It is safe for concurrent use.
type Writer struct {
	dir     string
	options Options
	lock    *lock
	db      *sql.DB
	signer  note.Signer
	origin  string

	queue queue // of appends

	change sync.Mutex // held by whoever changes the log
	state  *state     // nil: read it anew, for a change has failed
	closed bool
}

// OpenWriter opens a store to write, and makes it where there is none: the directory, the catalogue and the key. Whatever a crash has left
// is put in order. A *LockedError names who else is writing.
func OpenWriter(ctx context.Context, dir string, options Options) (_ *Writer, err error) {
	options.limits.fill()
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Command == "" {
		options.Command = filepath.Base(os.Args[0])
	}
	if options.Keys.Dir == "" {
		if options.Keys, err = ledger.UserKeys(); err != nil {
			return nil, err
		}
	}
	if err := apart(dir, options.Keys.Dir); err != nil {
		return nil, err
	}
	for _, d := range []string{dir, segmentPath(dir), tilePath(dir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	holder := Holder{PID: os.Getpid(), Host: host, Command: options.Command, Since: options.Now().UTC()}
	w := &Writer{dir: dir, options: options}
	if w.lock, err = acquire(dir, holder); err != nil {
		return nil, err
	}
	if err := w.open(ctx, holder); err != nil {
		return nil, errors.Join(err, w.release())
	}
	return w, nil
}

// apart refuses keys below the data directory.
func apart(dir, keys string) error {
	data, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if keys, err = filepath.Abs(keys); err != nil {
		return err
	}
	rel, err := filepath.Rel(data, keys)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fmt.Errorf("%s: expected the keys to lie elsewhere than below the data directory %s, for whoever can rewrite the log must not be able to sign it; name another directory", keys, dir)
	}
	return nil
}

// open opens the catalogue, or makes it, and recovers.
func (w *Writer) open(ctx context.Context, holder Holder) (err error) {
	if w.db, err = connect(ctx, w.dir, "rwc"); err != nil {
		return err
	}
	found, err := version(ctx, w.dir, w.db)
	if err != nil {
		return err
	}
	if found == 0 {
		if err := w.create(ctx); err != nil {
			return err
		}
	}
	if w.state, err = w.load(ctx); err != nil {
		return err
	}
	if w.signer, err = w.options.Keys.Signer(w.origin); err != nil {
		if errors.Is(err, ledger.ErrNoKey) {
			err = fmt.Errorf("%s: without its key nothing can be written to this log, for no other can go on signing for it: %w", w.dir, err)
		}
		return err
	}
	if err := w.recover(w.state); err != nil {
		return err
	}
	who, err := json.Marshal(holder)
	if err == nil {
		_, err = w.db.ExecContext(ctx, "UPDATE log SET writing = ?", string(who))
	}
	return err
}

// create makes the key and an empty catalogue.
func (w *Writer) create(ctx context.Context) error {
	origin := w.options.Origin
	if origin == "" {
		var chance [8]byte
		_, _ = rand.Read(chance[:]) // it never fails
		origin = "kt-" + hex.EncodeToString(chance[:])
	}
	if _, err := w.options.Keys.Signer(origin); errors.Is(err, ledger.ErrNoKey) {
		if err := w.options.Keys.Create(origin); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return create(ctx, w.db, origin)
}

// Origin is the name of the log and of its key.
func (w *Writer) Origin() string { return w.origin }

// Close lets go of the store. What was appended or imported is safe already.
func (w *Writer) Close() error {
	w.change.Lock()
	defer w.change.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	var err error
	if w.state != nil { // else something was left that the next writer puts in order
		if w.state.grown {
			err = w.state.tree.Clean()
		}
		if err == nil {
			_, err = w.db.Exec("UPDATE log SET writing = ''")
		}
	}
	return errors.Join(err, w.release())
}

func (w *Writer) release() error {
	var err error
	if w.db != nil {
		err = w.db.Close()
	}
	return errors.Join(err, w.lock.release())
}

// errClosed says that the writer was closed.
var errClosed = errors.New("the store was closed")

// begin is called with the lock on changes held, before one.
func (w *Writer) begin(ctx context.Context) error {
	if w.closed {
		return errClosed
	}
	if w.state != nil {
		return nil
	}
	s, err := w.load(ctx)
	if err == nil {
		err = w.recover(s)
	}
	if err == nil {
		w.state = s
	}
	return err
}

// abandon forgets a change that has failed, and removes what it has written.
func (w *Writer) abandon(cause error) error {
	w.state = nil
	ctx := context.Background() // what has failed may be that the caller's has ended
	if err := w.begin(ctx); err != nil {
		w.state = nil
		return errors.Join(cause, fmt.Errorf("%s: after this: %w", w.dir, err))
	}
	return cause
}
