package auditlog

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/auditlog/segment"
)

// filled is a store with segments, a tail, quarantine, a hold and a dropped segment.
func filled(t testing.TB) place {
	t.Helper()
	p := newPlace(t)
	w := p.writer(t)
	var lines []string
	for i := range 300 {
		lines = append(lines, numbered("gw", i, i))
		if i%10 == 0 {
			lines = append(lines, named("id-"+minuteOf(i), i))
		}
	}
	imported(t, w, append(lines, failed(lines[3]), failed(lines[0]), "{", "[]")...)
	if err := w.Hold(t.Context(), Hold{Name: "case-1", From: time.Date(2026, 6, 1, 4, 0, 0, 0, time.UTC)}, "a dispute", "legal"); err != nil {
		t.Fatal(err)
	}
	plan, err := w.Retain(t.Context(), RetainOptions{Class: "all", Before: time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC), Reason: "an hour", By: "dpo"})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Drop) != 1 {
		t.Fatalf("expected one segment to be dropped, found %+v", plan)
	}
	if _, err := w.Append(t.Context(), parsed(t, strings.Replace(numbered("gw", 1000, 1), `{"`, `{"ingested_at":"2026-06-03T00:00:00Z","`, 1), named("last", 1))); err != nil {
		t.Fatal(err)
	}
	closed(t, w)
	return p
}

func (p place) verify(t testing.TB, kept []byte) VerifyReport {
	t.Helper()
	r, err := Verify(t.Context(), p.dir, VerifyOptions{Keys: ledger.Keys{Dir: p.keys}, Kept: kept})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASoundStoreVerifies(t *testing.T) {
	p := filled(t)
	kept := p.reader(t).Checkpoint()
	w := p.writer(t)
	if open := p.verify(t, nil); !open.Good() {
		t.Errorf("with a writer at work: %+v", open)
	}
	imported(t, w, numbered("gw", 2000, 3))
	closed(t, w)
	r := p.verify(t, kept)
	if !r.Good() || len(r.Leftovers) > 0 || !r.Signed || r.Kept != r.Size-1 || r.Dropped != 64 {
		t.Errorf("found %+v", r)
	}
	alone, err := Verify(t.Context(), p.dir, VerifyOptions{Keys: ledger.Keys{Dir: t.TempDir()}})
	if err != nil || !alone.Good() || alone.Signed || alone.Kept != -1 {
		t.Errorf("without a key: %+v, %v", alone, err)
	}
}

// tamper changes the catalogue as somebody with the right to write would.
func tamper(t testing.TB, p place, statement string, args ...any) {
	t.Helper()
	db, err := connect(t.Context(), p.dir, "rw")
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: nothing was changed: %v", statement, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// flip flips a bit of a file; negative offsets count from its end.
func flip(t testing.TB, path string, at int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 0x10
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEveryChangeIsDetectedAndLocated(t *testing.T) {
	t.Parallel()
	whole := filled(t)
	in := func(parts ...string) func(p place) string {
		return func(p place) string { return filepath.Join(append([]string{p.dir}, parts...)...) }
	}
	second := segment.Name(64)
	sql := func(statement string, args ...any) func(testing.TB, place) {
		return func(t testing.TB, p place) { tamper(t, p, statement, args...) }
	}
	bit := func(file func(place) string, at int) func(testing.TB, place) {
		return func(t testing.TB, p place) { flip(t, file(p), at) }
	}
	put := func(file func(place) string, text string) func(testing.TB, place) {
		return func(t testing.TB, p place) {
			if err := os.MkdirAll(filepath.Dir(file(p)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file(p), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		change func(testing.TB, place)
		file   string
		index  int64 // -2: any
		says   string
	}{
		"a bit of a segment": {bit(in("segments", second), 2000), "segments/" + second, 64, "SHA-256"},
		"a segment cut off":  {func(t testing.TB, p place) { check(t, os.Truncate(in("segments", second)(p), 500)) }, "segments/" + second, 64, "size"},
		"a segment gone":     {func(t testing.TB, p place) { check(t, os.Remove(in("segments", second)(p))) }, "segments/" + second, 64, "none"},
		"a segment for another": {func(t testing.TB, p place) {
			check(t, os.Rename(in("segments", segment.Name(128))(p), in("segments", second)(p)))
		}, "segments/" + second, 64, ""},
		"a bit of an index of ids":       {bit(in("segments", segment.IDsName(128)), -3), "segments/" + segment.IDsName(128), 128, "SHA-256"},
		"an index of a dropped segment":  {bit(in("segments", segment.IDsName(0)), -3), "segments/" + segment.IDsName(0), 0, "SHA-256"},
		"a bit of a full tile":           {bit(in("tiles", "tile", "0", "000"), 32*70+5), "tiles/tile/0/000", 70, "hash"},
		"a bit of a partial tile":        {bit(in("tiles", "tile", "1", "000.p", "1"), 3), "tiles/tile/1/000.p/1", 0, "hash"},
		"a hash of a dropped event":      {bit(in("tiles", "tile", "0", "000"), 32*7), "kt.db", -1, "root"},
		"a tile gone":                    {func(t testing.TB, p place) { check(t, os.Remove(in("tiles", "tile", "0", "000")(p))) }, "tiles/tile/0/000", 0, "none"},
		"a bit of the checkpoint":        {bit(in("checkpoint"), 9), "checkpoint", -1, "latest"},
		"a bit of its signature":         {bit(in("checkpoint"), -6), "checkpoint", -1, "latest"},
		"the checkpoint gone":            {func(t testing.TB, p place) { check(t, os.Remove(in("checkpoint")(p))) }, "checkpoint", -1, "no file"},
		"the stated root":                {sql("UPDATE log SET root = zeroblob(32)"), "kt.db", -1, "root"},
		"the stated size":                {sql("UPDATE log SET size = size - 1"), "kt.db", -2, ""},
		"no checkpoint":                  {sql("UPDATE log SET checkpoint = NULL"), "kt.db", -1, "checkpoint"},
		"another origin":                 {sql("UPDATE log SET origin = 'other'"), "kt.db", -1, "other"},
		"an event of the tail changed":   {sql("UPDATE tail SET canonical = CAST(replace(CAST(canonical AS TEXT), 'success', 'failure') AS BLOB) WHERE id = 'last'"), "kt.db", 333, "hash"},
		"an event of the tail removed":   {sql("DELETE FROM tail WHERE id = 'last'"), "kt.db", -2, "tail"},
		"an id of the tail":              {sql("UPDATE tail SET id = 'evt_x' WHERE derived = 1"), "kt.db", -2, "found them changed"},
		"when one was ingested":          {sql("UPDATE tail SET ingested_at = '2026-06-01T00:00:00Z' WHERE ingested_at <> ''"), "kt.db", 332, "ingestion"},
		"two events of the tail swapped": {sql("UPDATE tail SET canonical = (SELECT canonical FROM tail o WHERE o.position = 332 + 333 - tail.position), id = (SELECT id FROM tail o WHERE o.position = 332 + 333 - tail.position), derived = (SELECT derived FROM tail o WHERE o.position = 332 + 333 - tail.position) WHERE position >= 332"), "kt.db", 332, "hash"},
		"an event inserted":              {sql("INSERT INTO tail SELECT position + 1, id, derived, ingested_at, canonical, sum FROM tail WHERE id = 'last'"), "kt.db", -2, "tail"},
		"a segment's row changed":        {sql("UPDATE segments SET to_at = to_at + 1 WHERE first = 64"), "kt.db", 64, ""},
		"a segment's row removed":        {sql("DELETE FROM segments WHERE first = 256"), "kt.db", -2, ""},
		"a file's hash in the catalogue": {sql("UPDATE segments SET sha256 = replace(sha256, 'a', 'b') WHERE first = 64"), "kt.db", 64, "row"},
		"numbers of a source":            {sql("UPDATE sources SET numbers = x'0000' WHERE segment = 64 AND source = 'gw'"), "kt.db", 64, "gw"},
		"what a source counts":           {sql("UPDATE sources SET events = events + 1 WHERE segment = 64 AND source = 'gw'"), "kt.db", 64, "gw"},
		"a source of a dropped segment":  {sql("UPDATE sources SET numbers = x'0000' WHERE segment = 0 AND source = 'gw'"), "kt.db", 0, "row"},
		"a source's row removed":         {sql("DELETE FROM sources WHERE segment = 64 AND source = '-'"), "kt.db", 64, ""},
		"a segment dropped in secret":    {sql("UPDATE segments SET dropped = 1 WHERE first = 64"), "kt.db", 64, "tombstone"},
		"a tombstone's segment undone":   {sql("UPDATE segments SET dropped = 0 WHERE first = 0"), "kt.db", 0, "marked as dropped"},
		"a conflict removed":             {sql("DELETE FROM quarantine WHERE number = 1"), "kt.db", 2, "quarantine"},
		"the last of quarantine removed": {sql("DELETE FROM quarantine WHERE number = 4"), "kt.db", -1, "quarantine"},
		"a reason in quarantine":         {sql("UPDATE quarantine SET reason = 'x' WHERE number = 3"), "kt.db", 3, "quarantine"},
		"a hold removed":                 {sql("DELETE FROM retention WHERE number = 1"), "kt.db", 2, "retention"},
		"a tombstone removed":            {sql("DELETE FROM retention WHERE number = 2"), "kt.db", 0, "tombstone"},
		"a tombstone changed":            {sql("UPDATE retention SET note = CAST(replace(CAST(note AS TEXT), 'an hour', 'an age ') AS BLOB) WHERE number = 2"), "kt.db", 2, "signed"},
		"a file beside the catalogue":    {put(in("notes.txt"), "x"), "notes.txt", -1, "names"},
		"a segment nobody named":         {put(in("segments", segment.Name(999)), "x"), "segments/" + segment.Name(999), -1, "names"},
		"a tile nobody made":             {put(in("tiles", "tile", "0", "007"), "x"), "tiles/tile/0/007", -1, ""},
		"a stranger among the tiles":     {put(in("tiles", "readme"), "x"), "tiles/readme", -1, ""},
		"a folder":                       {put(in("more", "x"), "x"), "more", -1, "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			p := place{filepath.Join(t.TempDir(), "store"), whole.keys}
			check(t, os.CopyFS(p.dir, os.DirFS(whole.dir)))
			if r := p.verify(t, nil); !r.Good() {
				t.Fatalf("the copy: %+v", r)
			}
			test.change(t, p)
			r := p.verify(t, nil)
			for _, found := range r.Problems {
				if found.File == test.file && (test.index == -2 || found.Index == test.index) && strings.Contains(found.Reason, test.says) {
					return
				}
			}
			t.Errorf("expected a problem of %s at %d that says %q, found %+v", test.file, test.index, test.says, r.Problems)
		})
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever can write the store but not sign can make it consistent with itself, but not with the key or with a kept checkpoint.
func TestALogWrittenAnewIsNotTheOneThatWasKept(t *testing.T) {
	p := newPlace(t)
	w := p.writer(t)
	imported(t, w, numbered("gw", 1, 1), numbered("gw", 2, 2))
	closed(t, w)
	kept := p.reader(t).Checkpoint()
	forged := newPlace(t)
	w = forged.writer(t)
	imported(t, w, numbered("gw", 1, 1), failed(numbered("gw", 2, 2)), numbered("gw", 3, 3))
	closed(t, w)
	for name, o := range map[string]VerifyOptions{"the key": {Keys: ledger.Keys{Dir: p.keys}}, "a kept checkpoint": {Keys: ledger.Keys{Dir: t.TempDir()}, Kept: kept}} {
		r, err := Verify(t.Context(), forged.dir, o)
		check(t, err)
		if r.Good() || r.Signed || r.Kept != -1 {
			t.Errorf("against %s: %+v", name, r)
		}
	}
	if r := p.verify(t, bytes.Replace(kept, []byte("\n2\n"), []byte("\n3\n"), 1)); r.Good() {
		t.Errorf("a changed checkpoint was taken: %+v", r)
	}
}

func TestANewerFormatIsRefused(t *testing.T) {
	p := newPlace(t)
	closed(t, p.writer(t))
	db, err := connect(t.Context(), p.dir, "rw")
	check(t, err)
	_, err = db.Exec("PRAGMA user_version = 2")
	check(t, errors.Join(err, db.Close()))
	_, opened := Open(t.Context(), p.dir)
	_, writes := OpenWriter(t.Context(), p.dir, p.options())
	_, verified := Verify(context.Background(), p.dir, VerifyOptions{Keys: ledger.Keys{Dir: p.keys}})
	for name, err := range map[string]error{"reading": opened, "writing": writes, "verifying": verified} {
		if f, ok := errors.AsType[*FormatError](err); !ok || f.Version != 2 || !strings.Contains(err.Error(), "use a newer kt") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNoStoreIsSaidToBeNone(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(t.Context(), dir); err == nil || Exists(dir) {
		t.Error("an empty directory was taken for a store")
	} else if _, ok := errors.AsType[*NoStoreError](err); !ok {
		t.Error(err)
	}
	check(t, os.WriteFile(filepath.Join(dir, "kt.db"), []byte("no database"), 0o600))
	if _, err := Open(t.Context(), dir); err == nil {
		t.Error("a text file was taken for a catalogue")
	}
}
