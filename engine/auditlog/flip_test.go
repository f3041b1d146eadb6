package auditlog

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// flips is how many bits TestAnyFlippedBitIsDetected flips; KT_CASES asks for more.
func flips(t testing.TB) int {
	n, err := strconv.Atoi(os.Getenv("KT_CASES"))
	if err != nil {
		return 60
	}
	t.Logf("%d bits are flipped", n)
	return n
}

// dump is all rows of a catalogue; "" where it cannot be read.
func dump(t testing.TB, dir string) string {
	t.Helper()
	db, err := connect(t.Context(), dir, "ro")
	if err != nil {
		return ""
	}
	defer func() { _ = db.Close() }()
	var b strings.Builder
	for _, table := range []string{"log", "segments", "sources", "tail", "quarantine", "retention"} {
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			return ""
		}
		columns, err := rows.Columns()
		if err != nil {
			return ""
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				return ""
			}
			for _, v := range values {
				fmt.Fprintf(&b, "%v|", *v.(*any))
			}
			b.WriteString("\n")
		}
		if rows.Err() != nil || rows.Close() != nil {
			return ""
		}
	}
	return b.String()
}

// Any bit of any file, but for those of the catalogue that hold nothing, and for the lock, which holds nothing either.
func TestAnyFlippedBitIsDetected(t *testing.T) {
	t.Parallel()
	whole := filled(t)
	var files []string
	check(t, filepath.WalkDir(whole.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != lockFile {
			files = append(files, path)
		}
		return err
	}))
	sound := dump(t, whole.dir)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 4))
	nothing := 0
	for i := range flips(t) {
		file := files[rng.IntN(len(files))]
		if i%3 == 0 {
			file = filepath.Join(whole.dir, catalogueFile)
		}
		data, err := os.ReadFile(file)
		check(t, err)
		bad := append([]byte(nil), data...)
		at, bit := rng.IntN(len(bad)), rng.IntN(8)
		bad[at] ^= 1 << bit
		check(t, os.WriteFile(file, bad, 0o600))
		v, err := Verify(t.Context(), whole.dir, VerifyOptions{Keys: whole.options().Keys})
		if err == nil && v.Good() {
			if filepath.Base(file) != catalogueFile || dump(t, whole.dir) != sound {
				t.Errorf("seed %d: bit %d of byte %d of %s was flipped, and nothing found", seed, bit, at, file)
			}
			nothing++
		}
		check(t, os.WriteFile(file, data, 0o600))
	}
	t.Logf("%d bits hold nothing", nothing)
	if v := whole.verify(t, nil); !v.Good() {
		t.Errorf("after all: %s", asJSON(t, v))
	}
}
