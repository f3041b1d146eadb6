package auditlog

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/event"
)

// kills is how often each test kills a process.
const kills = 50

func TestKilledAppendsLoseNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	root := t.TempDir()
	p := place{filepath.Join(root, "store"), filepath.Join(root, "keys")}
	next := "0"
	for round := range kills {
		c := start(t, "append", root, next)
		time.Sleep(time.Duration(rng.IntN(40_000)) * time.Microsecond)
		check(t, c.command.Process.Kill())
		acknowledged := int64(c.rest(t))
		r := p.reader(t)
		s, err := r.Statistics(t.Context(), time.Time{}, time.Time{})
		check(t, err)
		size := r.Head().Size
		check(t, r.Close())
		if size <= acknowledged || size > 0 && (s.Events != size || s.Sources[0].GapCount != 0 || *s.Sources[0].LastSequence != size-1) {
			t.Fatalf("seed %d, round %d: %d was acknowledged, the store has %d events: %s", seed, round, acknowledged, size, asJSON(t, s))
		}
		if v := p.verify(t, nil); !v.Good() {
			t.Fatalf("seed %d, round %d: %s", seed, round, asJSON(t, v))
		}
		next = asJSON(t, size)
	}
	w := p.writer(t)
	closed(t, w)
	if v := p.verify(t, nil); !v.Good() || len(v.Leftovers) > 0 {
		t.Errorf("after another writer has put it in order: %s", asJSON(t, v))
	}
	t.Logf("%s events were appended between %d kills", next, kills)
}

func TestAKilledImportCanBeRunAgain(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 2))
	var lines []string
	for i := range 350 {
		lines = append(lines, numbered("gw", i, i))
		if i%7 == 0 {
			lines = append(lines, named("id-"+minuteOf(i), i), "{}")
		}
	}
	file := filepath.Join(t.TempDir(), "log.ndjson")
	check(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600))
	whole := fileStatistics(t, lines, time.Time{}, time.Time{})
	unharmed := start(t, "import", t.TempDir(), file)
	begun := time.Now()
	if n := unharmed.rest(t); n < 350 {
		t.Fatalf("an import that nobody kills told of %d events", n)
	}
	takes := min(time.Since(begun), 150*time.Millisecond) // a kill comes before that, so that few imports go through; a busy disk may have made it long
	root, p, killed := "", place{}, 0
	for round := 0; killed < kills; round++ {
		if round == 4*kills {
			t.Fatalf("seed %d: of %d imports only %d were killed at work", seed, round, killed)
		}
		if root == "" { // the one before went through
			root = t.TempDir()
			p = place{filepath.Join(root, "store"), filepath.Join(root, "keys")}
		}
		c := start(t, "import", root, file)
		time.Sleep(time.Duration(rng.Int64N(int64(takes))))
		check(t, c.command.Process.Kill())
		acknowledged := int64(c.rest(t))
		if c.command.ProcessState.Exited() {
			root = ""
		} else {
			killed++
		}
		if v := p.verify(t, nil); !v.Good() || v.Size < acknowledged {
			t.Fatalf("seed %d, round %d: %d were acknowledged: %s", seed, round, acknowledged, asJSON(t, v))
		}
		if round%3 == 2 || root == "" {
			w := p.writer(t)
			log, err := event.Open([]string{file}, nil, event.Options{})
			check(t, err)
			_, err = w.Import(t.Context(), Import{Log: log})
			check(t, err)
			closed(t, w)
			s, err := p.reader(t).Statistics(t.Context(), time.Time{}, time.Time{})
			check(t, err)
			if a, b := asJSON(t, s), asJSON(t, whole); a != b {
				t.Fatalf("seed %d, round %d: run again, the store has\n%s\nthe file\n%s", seed, round, a, b)
			}
			if v := p.verify(t, nil); !v.Good() || len(v.Leftovers) > 0 {
				t.Fatalf("seed %d, round %d: run again: %s", seed, round, asJSON(t, v))
			}
			root = ""
		}
	}
	t.Logf("%d imports were killed before they came to their end", killed)
}

func TestASecondWriterIsToldWhoTheFirstIs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	p := place{filepath.Join(root, "store"), filepath.Join(root, "keys")}
	c := start(t, "hold", root)
	_, err := OpenWriter(t.Context(), p.dir, p.options())
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || !locked.Known || locked.Holder.PID != c.command.Process.Pid || locked.Holder.Command != "test" || !strings.Contains(err.Error(), "wait for it") {
		t.Errorf("found %v", err)
	}
	if r := p.reader(t); r.Head().Size != 0 {
		t.Errorf("a reader found %d events", r.Head().Size)
	}
	check(t, c.command.Process.Kill())
	c.rest(t)
	w := p.writer(t) // the lock of a process that is gone is no lock
	if _, err := OpenWriter(t.Context(), p.dir, p.options()); err == nil {
		t.Error("two writers in one process")
	}
	closed(t, w)
}
