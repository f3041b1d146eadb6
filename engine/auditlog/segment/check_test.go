package segment

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckNamesTheRowOfWhatDoesNotAgree seals tables whose redundant columns say something else than the events.
func TestCheckNamesTheRowOfWhatDoesNotAgree(t *testing.T) {
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf(`{"timestamp":"2026-05-01T00:00:00Z","actor":"u","action":"x.y","resource":"r/%d","outcome":"success","details":{"n":%d,"rule":"r%d"}}`, i, i, i%3))
	}
	events := parsed(t, lines...)
	for name, change := range map[string]func(tab *table){
		"log_index":             func(tab *table) { tab.numbers[logIndex][42]++ },
		"column id":             func(tab *table) { tab.texts[id].values[42] = "evt_0" },
		"details_fields.rule":   func(tab *table) { tab.fields.byName["rule"].codes[42] = (tab.fields.byName["rule"].codes[42] + 1) % 3 },
		"details_fields.n":      func(tab *table) { tab.fields.byName["n"].codes[42] = -1 },
		"column id: no details": func(tab *table) { tab.texts[details].codes[42] = -1 },
	} {
		tab, err := newTable(0, events)
		if err != nil {
			t.Fatal(err)
		}
		if len(tab.fields.chosen) != 2 {
			t.Fatalf("expected two columns of members of details, found %v", tab.fields.names())
		}
		change(tab)
		dir, _ := sealed(t, events)
		if _, _, err := create(filepath.Join(dir, Name(0)), tab.encode); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Check()
		if err == nil || !strings.Contains(err.Error(), "row 42") || !strings.Contains(err.Error(), strings.Split(name, ":")[0]) {
			t.Errorf("%s: expected an error that names row 42, found %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckMissesNoChangeOfTheSidecar(t *testing.T) {
	events := parsed(t, generated(4, 50)...)
	dir, files := sealed(t, events)
	s, err := Open(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	good := files[IDsName(0)]
	for at := range good {
		bad := append([]byte{}, good...)
		bad[at] ^= 1
		put(t, dir, IDsName(0), bad)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), IDsName(0)) {
			t.Fatalf("byte %d: expected an error that names the file, found %v", at, err)
		}
	}
	bad := append([]byte{}, good...)
	binary.LittleEndian.PutUint32(bad[idsHeader+8:], 1<<31)
	put(t, dir, IDsName(0), bad)
	if _, err := s.Find(events[entryAt(good[idsHeader:], 0).row].ID); err == nil {
		t.Error("a row that is none was looked at")
	}
}

// TestWhatReadsBackOtherwiseIsNotSealed plants what a library that loses values would do.
func TestWhatReadsBackOtherwiseIsNotSealed(t *testing.T) {
	events := parsed(t, generated(12, 80)...)
	others := parsed(t, generated(13, 80)...)
	index := sidecar(entriesOf(len(events), func(row int) string { return events[row].ID }))
	good, err := newTable(0, events)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(tab *table){
		"an empty text became null": func(tab *table) {
			for row, code := range tab.texts[epoch].codes {
				if code >= 0 && tab.texts[epoch].values[code] == "" {
					tab.texts[epoch].codes[row] = -1
				}
			}
		},
		"a number": func(tab *table) { tab.numbers[sequence][3] = 77 },
		"when":     func(tab *table) { tab.numbers[ingestedAt][3] = 77 },
		"a flag":   func(tab *table) { tab.numbers[idDerived][3] ^= 1 },
		"an index": func(tab *table) { tab.numbers[logIndex][3] = 77 },
		"a time":   func(tab *table) { tab.numbers[timestamp][3]++ },
		"an id":    func(tab *table) { tab.texts[id].values[3] += "x" },
		"a member of details": func(tab *table) {
			f := tab.fields.chosen[0]
			for row := range f.codes {
				f.codes[row] = -1
			}
		},
		"a column": func(tab *table) { tab.fields.chosen = tab.fields.chosen[1:] },
	} {
		tab, err := newTable(0, events)
		if err != nil {
			t.Fatal(err)
		}
		change(tab)
		dir, _ := sealed(t, events)
		path, ids := filepath.Join(dir, Name(0)), filepath.Join(dir, IDsName(0))
		if _, _, err := create(path, tab.encode); err != nil {
			t.Fatal(err)
		}
		if err := readBack(path, ids, 0, events, good, index); err == nil {
			t.Errorf("%s: it was not seen", name)
		}
		if _, _, err := create(path, good.encode); err != nil {
			t.Fatal(err)
		}
		if err := readBack(path, ids, 0, events, good, index); err != nil {
			t.Fatal(err)
		}
		if readBack(path, ids, 0, others, good, index) == nil || readBack(path, ids, 0, events, good, index[1:]) == nil {
			t.Error("other events, or another sidecar, were not seen")
		}
	}
}
