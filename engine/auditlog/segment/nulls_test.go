package segment

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/predicate"
)

// lines has an event for each optional member: absent, "" where it may be, and with a value, among others where it is absent.
func optionalLines(member string, values ...string) (lines, want []string) {
	for i := range 40 {
		line, value := fmt.Sprintf(`{"timestamp":"2026-05-01T00:00:%02dZ","actor":"u","action":"x.y","resource":"r/1","outcome":"success"`, i), "absent"
		if k := i % (len(values) + 1); k > 0 {
			value = values[k-1]
			line += `,"` + member + `":` + value
		}
		lines, want = append(lines, line+"}"), append(want, value)
	}
	return lines, want
}

// TestAbsentIsNotEmpty holds every optional column to keep what is absent from what is empty, as this package and as the Parquet library
// reads it.
func TestAbsentIsNotEmpty(t *testing.T) {
	for member, values := range map[string][]string{
		"outcome_basis": {`"implied"`, `"reported"`}, "details": {`{}`, `{"a":""}`}, "ip_address": {`"192.0.2.1"`}, "source": {`"s"`},
		"epoch": {`""`, `"e"`}, "tenant": {`""`, `"t"`}, "correlation_id": {`""`, `"c"`}, "policy_version": {`""`, `"1"`},
		"sequence": {`0`, `9223372036854775807`}, "ingested_at": {`"1970-01-01T00:00:00Z"`}, "custom": {`""`, `"x"`, `[]`},
	} {
		lines, want := optionalLines(member, values...)
		events := parsed(t, lines...)
		dir, files := sealed(t, events)
		s, err := Open(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		path := predicate.ParsePath(member)
		column, err := s.Column(path)
		if err != nil {
			t.Fatal(err)
		}
		for row := range events {
			v, err := s.Value(row, path)
			if err != nil {
				t.Fatal(err)
			}
			if have := shown(v); have != want[row] {
				t.Errorf("%s, row %d: expected %s, found %s", member, row, want[row], have)
			}
			if column != nil && (column.Codes[row] < 0) != (want[row] == "absent") {
				t.Errorf("%s, row %d: the column holds %d for %s", member, row, column.Codes[row], want[row])
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if member != "custom" {
			libraryReads(t, member, files[Name(0)], want)
		}
	}
}

// libraryReads has the Parquet library's own reader tell what is null.
func libraryReads(t *testing.T, member string, data []byte, want []string) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	column, ok := f.Schema().Lookup(member)
	if !ok {
		t.Fatalf("no column %s", member)
	}
	rows := f.RowGroups()[0].Rows()
	defer func() { _ = rows.Close() }()
	buffer := make([]parquet.Row, len(want))
	n, _ := rows.ReadRows(buffer)
	if n != len(want) {
		t.Fatalf("the library reads %d rows of %d", n, len(want))
	}
	for i, row := range buffer {
		for _, v := range row {
			if v.Column() != column.ColumnIndex {
				continue
			}
			have := "absent"
			switch {
			case v.IsNull():
			case member == "sequence":
				have = fmt.Sprint(v.Int64())
			case member == "ingested_at":
				have = `"1970-01-01T00:00:00Z"`
				if v.Int64() != 0 {
					have = fmt.Sprint(v.Int64())
				}
			case member == "details":
				have = string(v.ByteArray())
			default:
				have = string(canon.AppendString(nil, string(v.ByteArray())))
			}
			if have != want[i] {
				t.Errorf("%s, row %d: expected %s, the library reads %s", member, i, want[i], have)
			}
		}
	}
}

// TestTheLibraryReadsWhatThisPackageDoes reads every text of random segments by the Parquet library too.
func TestTheLibraryReadsWhatThisPackageDoes(t *testing.T) {
	for seed := range uint64(6) {
		events := parsed(t, generated(seed, 500)...)
		dir, files := sealed(t, events)
		s, err := Open(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		data := files[Name(0)]
		f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		rows := f.RowGroups()[0].Rows()
		buffer := make([]parquet.Row, len(events))
		if n, _ := rows.ReadRows(buffer); n != len(events) {
			t.Fatalf("seed %d: the library reads %d rows of %d", seed, n, len(events))
		}
		for i, path := range f.Schema().Columns() {
			if c := s.chunks[i]; c.name != path[len(path)-1] {
				t.Fatalf("seed %d: column %d: expected %s, the library finds %s", seed, i, c.name, strings.Join(path, "."))
			}
			p, err := s.whole(i)
			if err != nil {
				t.Fatal(err)
			}
			for row := range buffer {
				v := buffer[row][i]
				if s.chunks[i].kind == text {
					want, ok := p.at(row)
					if ok == v.IsNull() || want != string(v.ByteArray()) {
						t.Fatalf("seed %d, row %d, column %s: expected %q, the library reads %v", seed, row, path, want, v)
					}
				}
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
