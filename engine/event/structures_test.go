package event

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func spans(s *rangeSet) (out []span) {
	s.each(func(one span) bool { out = append(out, one); return true })
	return out
}

func spansOf(numbers map[int64]bool) (out []span) {
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		if last := len(out) - 1; last >= 0 && out[last].to == n-1 {
			out[last].to = n
		} else {
			out = append(out, span{n, n})
		}
	}
	return out
}

func TestRangeSetIsASetInWhateverOrder(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		size := int64(1) << (1 + r.IntN(14))
		var s rangeSet
		want := map[int64]bool{}
		next := int64(0)
		for range 1 + r.IntN(6000) {
			n := r.Int64N(size)
			if seed%3 == 0 { // mostly in order
				next += int64(r.IntN(10) / 8)
				n = next + int64(r.IntN(3))
			}
			if added := s.add(n); added == want[n] {
				t.Fatalf("seed %d: adding %d says %v", seed, n, added)
			}
			want[n] = true
		}
		if got := spans(&s); !reflect.DeepEqual(got, spansOf(want)) {
			t.Fatalf("seed %d: the set has %d runs, want %d", seed, len(got), len(spansOf(want)))
		}
		for n := range size {
			if s.contains(n) != want[n] {
				t.Fatalf("seed %d: contains(%d) = %v", seed, n, !want[n])
			}
		}
		for _, b := range s.blocks {
			if len(b) == 0 || len(b) > blockSize {
				t.Fatalf("seed %d: a block of %d", seed, len(b))
			}
		}
		checkGaps(t, r, &s, want)
	}
}

func checkGaps(t *testing.T, r *rand.Rand, s *rangeSet, numbers map[int64]bool) {
	all := slices.Sorted(maps.Keys(numbers))
	first, last := all[r.IntN(len(all))], all[r.IntN(len(all))]
	if first > last {
		first, last = last, first
	}
	want := []Gap{}
	for i := 1; i < len(all); i++ {
		if all[i-1] >= first && all[i] <= last && all[i]-all[i-1] > 1 {
			want = append(want, Gap{all[i-1] + 1, all[i] - 1})
		}
	}
	got, count := s.gaps(first, last, 10)
	if count != int64(len(want)) || !reflect.DeepEqual(got, want[:min(10, len(want))]) {
		t.Fatalf("between %d and %d: %d gaps %v, want %d %v", first, last, count, got, len(want), want)
	}
}

func TestRangeSetAtTheEnds(t *testing.T) {
	var s rangeSet
	for _, n := range []int64{math.MaxInt64, 0, math.MaxInt64 - 1, 1, math.MaxInt64, 0} {
		s.add(n)
	}
	if got := spans(&s); !reflect.DeepEqual(got, []span{{0, 1}, {math.MaxInt64 - 1, math.MaxInt64}}) {
		t.Errorf("%v", got)
	}
	if s.contains(2) || !s.contains(math.MaxInt64) || s.contains(math.MaxInt64-2) {
		t.Error("contains is wrong at the ends")
	}
}

// get returns the value of key without putting it there.
func (t *table) get(key uint64) (uint64, bool) {
	if key == 0 {
		key = 1
	}
	s := &t.shards[key%tableShards]
	if i := s.find(key); i < len(s.slots) && s.slots[i].key == key {
		return s.slots[i].value, true
	}
	return 0, false
}

func TestTableIsAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var table table
	want := map[uint64]uint64{}
	keys := make([]uint64, 0, 200_000)
	for i := range uint64(300_000) {
		key := r.Uint64()
		if i%3 == 0 && len(keys) > 0 {
			key = keys[r.IntN(len(keys))]
		}
		value, added := table.at(key, i)
		if old, ok := want[key]; ok == added || (ok && *value != old) {
			t.Fatalf("key %d: %d, %v; want %d, %v", key, *value, added, old, !ok)
		}
		if added {
			want[key] = i
			keys = append(keys, key)
		} else {
			*value++
			want[key]++
		}
	}
	for key, value := range want {
		if got, ok := table.get(key); !ok || got != value {
			t.Fatalf("key %d: %d, %v; want %d", key, got, ok, value)
		}
	}
	if _, ok := table.get(12345); ok || table.count != len(want) {
		t.Error("more is there than was put in")
	}
	if _, added := table.at(0, 1); !added {
		t.Error("key 0 is as good as any")
	}
	if _, added := table.at(0, 1); added {
		t.Error("key 0 is as good as any")
	}
}

func TestTableWithKeysThatPointToOnePlace(t *testing.T) {
	var table table
	for i := range uint64(2000) {
		if _, added := table.at(math.MaxUint64-i*tableShards, i); !added {
			t.Fatal("not added")
		}
	}
	for i := range uint64(2000) {
		if got, ok := table.get(math.MaxUint64 - i*tableShards); !ok || got != i {
			t.Fatalf("%d: %d, %v", i, got, ok)
		}
	}
}

func TestTableTakesAtMost24BytesAnEntry(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var table table
	for n := range 1_500_000 {
		table.at(r.Uint64(), 0)
		if n > 1_000_000 && n%1000 == 0 {
			size := 0
			for i := range table.shards {
				size += 16 * len(table.shards[i].slots)
			}
			if per := float64(size) / float64(table.count); per > 24 {
				t.Fatalf("%.2f bytes an entry at %d", per, table.count)
			}
		}
	}
}

func TestListedConflictsAreTheLowest(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	var c conflicts
	for _, n := range r.Perm(3000) {
		sequence := int64(n)
		c.add(Conflict{Sequence: &sequence})
		c.add(Conflict{ID: fmt.Sprintf("id%04d", n)})
	}
	if c.count != 6000 || len(c.listed) != MaxListed {
		t.Fatalf("%d counted, %d listed", c.count, len(c.listed))
	}
	for i, one := range c.listed {
		if one.Sequence == nil || *one.Sequence != int64(i) {
			t.Fatalf("item %d is %+v", i, one)
		}
	}
}
