package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// DefaultEvents and DefaultKeys are used where the options say 0.
const (
	DefaultEvents = 20_000
	DefaultKeys   = 60
)

// The files that Write makes.
const (
	SnapshotFile = "snapshot.json"
	EventsFile   = "events.ndjson"
	PlantedFile  = "planted.json"
)

// Options say which organisation to make. The same options give the same bytes.
type Options struct {
	Events int    // lines of the log; 0: DefaultEvents
	Seed   uint64 // names, times and who did what
	Clean  bool   // without defects
	Keys   int    // keys of the snapshot; 0: DefaultKeys
}

// Defect is one thing that is wrong with the organisation, and which check must find it.
type Defect struct {
	Check   string   `json:"check"`
	Sort    string   `json:"sort"`              // deviation, warning, unknown, not_evaluable
	Subject *Subject `json:"subject,omitempty"` // absent where the whole check is not evaluable
	Why     string   `json:"why"`
}

// Subject is what a finding is about.
type Subject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Snapshot makes the configuration snapshot, as JSON.
func Snapshot(opt Options) ([]byte, error) {
	o, err := build(opt)
	if err != nil {
		return nil, err
	}
	return o.snapshot()
}

// Events streams the audit log, as NDJSON in the order of time. Its memory does not depend on the number of events.
// Options that cannot be met are an error of the first Read.
func Events(opt Options) io.Reader {
	o, err := build(opt)
	if err != nil {
		return &lines{err: err}
	}
	return &lines{log: o.log()}
}

// Planted lists what is wrong with the organisation: nothing, of a clean one.
func Planted(opt Options) ([]Defect, error) {
	o, err := build(opt)
	if err != nil {
		return nil, err
	}
	return o.planted, nil
}

// Write makes the three files in a folder, which is created where it is not there. Each file appears whole or not at all.
func Write(ctx context.Context, dir string, opt Options) error {
	o, err := build(opt)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	snapshot, err := o.snapshot()
	if err != nil {
		return err
	}
	planted, err := indented(o.planted)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		from io.Reader
	}{
		{EventsFile, &lines{log: o.log()}},
		{SnapshotFile, bytes.NewReader(snapshot)},
		{PlantedFile, bytes.NewReader(planted)},
	} {
		if err := writeFile(ctx, filepath.Join(dir, file.name), file.from); err != nil {
			return fmt.Errorf("%s: %w", file.name, err)
		}
	}
	return nil
}

// writeFile writes beside the file and renames, so that nobody reads half of it.
func writeFile(ctx context.Context, path string, from io.Reader) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(temp, &cancelled{ctx, from})
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// cancelled reads until the context ends.
type cancelled struct {
	ctx  context.Context
	from io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.from.Read(p)
}

func indented(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
