package auditlog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/event"
)

// sum is a running hash over the rows of a table: SHA-256 of the sum before and of the row's fields, each with its length before it.
type sum [sha256.Size]byte

// adder makes the next sum.
type adder struct{ h hash.Hash }

func (s sum) next() adder {
	a := adder{sha256.New()}
	_, _ = a.h.Write(s[:]) // a hash never fails
	return a
}

func (a adder) number(n int64) adder {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	_, _ = a.h.Write(b[:])
	return a
}

func (a adder) text(s string) adder {
	a.number(int64(len(s)))
	_, _ = a.h.Write([]byte(s))
	return a
}

func (a adder) sum() (s sum) {
	a.h.Sum(s[:0])
	return s
}

// running is a sum and over how many rows it goes.
type running struct {
	count int64
	sum   sum
}

func (r *running) set(s sum) {
	r.count++
	r.sum = s
}

// addTail takes in what the tree does not hold of an event in the tail.
func (r *running) addTail(index int64, e *event.Event) {
	derived := int64(0)
	if e.Derived() {
		derived = 1
	}
	r.set(r.sum.next().number(index).text(e.ID).number(derived).text(e.IngestedAt).sum())
}

// sums are over the catalogue's tables. They are the further lines of a checkpoint.
type sums struct{ segments, tail, quarantine, retention running }

func (s *sums) lines() string {
	var b strings.Builder
	for _, one := range []struct {
		name string
		running
	}{{"segments", s.segments}, {"tail", s.tail}, {"quarantine", s.quarantine}, {"retention", s.retention}} {
		fmt.Fprintf(&b, "%s %d %s\n", one.name, one.count, hex.EncodeToString(one.sum[:]))
	}
	return b.String()
}

// parseSums reads what lines writes.
func parseSums(text string) (s sums, err error) {
	rest := text
	for _, one := range []struct {
		name string
		to   *running
	}{{"segments", &s.segments}, {"tail", &s.tail}, {"quarantine", &s.quarantine}, {"retention", &s.retention}} {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		parts := strings.Split(line, " ")
		ok := len(parts) == 3 && parts[0] == one.name && len(parts[2]) == 2*sha256.Size
		if ok {
			one.to.count, err = strconv.ParseInt(parts[1], 10, 64)
			_, bad := hex.Decode(one.to.sum[:], []byte(parts[2]))
			ok = err == nil && bad == nil
		}
		if !ok {
			return s, fmt.Errorf("checkpoint: expected the line %q with a count and a SHA-256, found %q", one.name, line)
		}
	}
	if s.lines() != text {
		return s, fmt.Errorf("checkpoint: expected nothing after the line of retention, found %q", rest)
	}
	return s, nil
}

// emptyHead is the head of a log without events.
func emptyHead() ledger.Head {
	root, _ := tlog.TreeHash(0, nil) // of no leaves it reads none
	return ledger.Head{Root: root}
}
