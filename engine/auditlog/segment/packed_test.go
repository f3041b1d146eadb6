package segment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

// TestCodesComeBackAsTheLibraryWroteThem decodes what the Parquet library's encoder makes.
func TestCodesComeBackAsTheLibraryWroteThem(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 1))
		codes := make([]int32, rng.IntN(2000))
		top := int32(1) << rng.IntN(20)
		for i := range codes {
			if codes[i] = rng.Int32N(top); i > 0 && rng.IntN(3) > 0 {
				codes[i] = codes[i-1]
			}
		}
		var dictionary rle.DictionaryEncoding
		b, err := dictionary.EncodeInt32(nil, codes)
		if err != nil {
			t.Fatal(err)
		}
		have := make([]int32, len(codes))
		if len(codes) == 0 {
			continue
		}
		if err := hybrid(have, b[1:], uint(b[0])); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !slices.Equal(have, codes) {
			t.Fatalf("seed %d: other codes came back", seed)
		}
		if hybrid(make([]int32, len(codes)+9), b[1:], uint(b[0])) == nil {
			t.Fatalf("seed %d: more codes came back than there are", seed)
		}
		if b[0] > 0 && hybrid(have, b[1:len(b)-1], uint(b[0])) == nil {
			t.Fatalf("seed %d: what is cut off reads without an error", seed)
		}
	}
}

func TestNumbersComeBackAsTheLibraryWroteThem(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 2))
		numbers := make([]int64, rng.IntN(700))
		spread := int64(1) << rng.IntN(63)
		for i := range numbers {
			switch {
			case seed%5 == 0:
				numbers[i] = rng.Int64() - rng.Int64()
			case seed%7 == 0:
				numbers[i] = []int64{0, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, -1}[rng.IntN(5)]
			case i > 0:
				numbers[i] = numbers[i-1] + rng.Int64N(spread) - spread/3
			}
		}
		var packed delta.BinaryPackedEncoding
		b, err := packed.EncodeInt64(nil, numbers)
		if err != nil {
			t.Fatal(err)
		}
		have := make([]int64, len(numbers))
		rest, err := differences(have, append(b, "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("seed %d: %q is left: %v", seed, rest, err)
		}
		if !slices.Equal(have, numbers) {
			t.Fatalf("seed %d: other numbers came back", seed)
		}
		if _, err := differences(make([]int64, len(numbers)+1), b); err == nil {
			t.Fatalf("seed %d: more numbers came back than there are", seed)
		}
	}
}

// FuzzPacked decodes anything as codes and as numbers.
func FuzzPacked(f *testing.F) {
	f.Add([]byte{0x03, 0xff}, uint8(1), uint16(8))
	f.Add([]byte{0x80, 1, 4, 3, 0, 2, 64, 64, 64, 64, 1, 2, 3}, uint8(64), uint16(3))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, uint8(32), uint16(100))
	f.Fuzz(func(t *testing.T, b []byte, width uint8, n uint16) {
		if hybrid(make([]int32, n), b, uint(width)) == nil && n > 0 && len(b) == 0 {
			t.Fatalf("%d codes of nothing", n)
		}
		if rest, err := differences(make([]int64, n), b); err == nil && len(rest) >= len(b) {
			t.Fatalf("%d numbers of nothing", n)
		}
	})
}
