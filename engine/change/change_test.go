package change

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFolderIsReadInTheOrderOfItsNames(t *testing.T) {
	dir := folder(t, map[string]string{"b.ndjson": "{\"id\":\"chg_2\"}\n", "a.jsonl": "{\"id\":\"chg_1\",\"more\":{\"kept\":1}}\n\n", "notes.txt": "no record"})
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != 2 || got.Items[0].Get("id").Text != "chg_1" || got.Items[1].Get("id").Text != "chg_2" || got.Items[0].Get("more") == nil {
		t.Errorf("read %v", got.Items)
	}
	if len(got.SHA256) != 64 {
		t.Errorf("digest %q", got.SHA256)
	}
}

func TestNoRecordIsAnEmptyListAndNotAbsent(t *testing.T) {
	got, err := Load(folder(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got.Items == nil || len(got.Items) != 0 {
		t.Errorf("read %v", got.Items)
	}
}

func TestBadRecordsAreRefusedWithTheirLines(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no id", "{\"id\":\"chg_1\"}\n{\"title\":\"x\"}\n", "a.ndjson:2:"},
		{"a date that is none", "\n{\"id\":\"chg_1\",\"merged_at\":\"2026-13-01\"}\n", "a.ndjson:2:"},
		{"half a record", "{\"id\":\"chg_1\"}\n{\"id\":", "a.ndjson:2:"},
		{"the same id twice", "{\"id\":\"chg_1\"}\n{\"id\":\"chg_1\"}\n", "a.ndjson:2: /id: expected an id of its own, found \"chg_1\""},
		{"no object", "[]\n", "a.ndjson:1:"},
		{"a line that is too long", "{\"id\":\"" + strings.Repeat("x", maxLine) + "\"}\n", "a.ndjson:1: expected a line of at most 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(folder(t, map[string]string{"a.ndjson": c.text}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("expected %q, found %v", c.want, err)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a file that is not there was read")
	}
}
