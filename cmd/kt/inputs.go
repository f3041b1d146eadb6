package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/change"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/project"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// inputSource says what is judged.
type inputSource struct {
	snapshot    string
	auditLog    []string
	changes     string
	store       dataDir
	skipInvalid int
}

func (s *inputSource) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.snapshot, "snapshot", "", "configuration snapshot, JSON or YAML, in FILE")
	f.StringArrayVar(&s.auditLog, "audit-log", nil, "audit log in FILE, in the files of a folder, or - for standard input; may be repeated")
	f.StringVar(&s.changes, "changes", "", "change records, one JSON object per line, in FILE or in the files of a folder")
	f.IntVar(&s.skipInvalid, "skip-invalid", 0, "tolerate up to N bad lines of the audit log; the posture lists them, and completeness is broken")
	must(c.MarkFlagFilename("snapshot", "json", "yaml", "yml"))
	s.store.flags(c)
}

// check refuses flags that make no sense whatever the inputs hold.
func (s *inputSource) check() error {
	if s.skipInvalid < 0 {
		return fmt.Errorf("--skip-invalid: expected a number from 0 on, found %d", s.skipInvalid)
	}
	stdin := 0
	for _, path := range s.auditLog {
		if path == "" {
			return errors.New("--audit-log: expected the name of a file or folder, or -, found nothing")
		}
		if path == "-" {
			stdin++
		}
	}
	if len(s.auditLog) > 0 && s.store.path != "" {
		return errors.New("--audit-log and --data-dir: expected the log in files or in the store, not both")
	}
	if stdin > 1 {
		return errors.New("--audit-log -: standard input can be read once only")
	}
	return nil
}

// none tells that nobody named an input, and that there is no store either.
func (s *inputSource) none(settings *project.Settings) bool {
	return cmp.Or(s.snapshot, settings.Snapshot) == "" && len(s.auditLog) == 0 && len(settings.AuditLog) == 0 && s.changes == "" && !s.stored(settings)
}

// stored tells whether the store is judged: one that is named, be it there or not, or the usual one where there is one, and no file is named.
func (s *inputSource) stored(settings *project.Settings) bool {
	switch {
	case s.store.path != "":
		return true
	case len(s.auditLog) > 0 || len(settings.AuditLog) > 0:
		return false
	}
	return settings.DataDir != "" || auditlog.Exists(defaultDataDir)
}

// open fills in what a request judges. The bar shows how far reading has come, until it is ended.
func (s *inputSource) open(ctx context.Context, settings *project.Settings, r *assess.Request, stdin io.Reader, progressTo io.Writer) (*progress, error) {
	if s.none(settings) {
		return openDemo(r, progressTo)
	}
	if name := cmp.Or(s.snapshot, settings.Snapshot); name != "" {
		var err error
		if r.Snapshot, err = loadSnapshot(name); err != nil {
			return nil, err
		}
	}
	if s.changes != "" {
		records, err := change.Load(s.changes)
		if err != nil {
			return nil, err
		}
		r.Changes, r.ChangesSHA256 = records.Items, records.SHA256
	}
	paths := s.auditLog
	if len(paths) == 0 {
		paths = settings.AuditLog
	}
	if s.stored(settings) {
		return s.openStore(ctx, settings, r, progressTo)
	}
	if len(paths) == 0 {
		return &progress{}, nil
	}
	log, err := event.Open(paths, stdin, event.Options{})
	if err != nil {
		return nil, err
	}
	for _, name := range log.Ignored() {
		_, _ = fmt.Fprintf(progressTo, "%s is left out: its name does not say that it holds events\n", name)
	}
	bar := newProgress(progressTo, r.Now, log.Size())
	r.Log = &assess.Log{Paths: paths, Stdin: stdin, SkipInvalid: s.skipInvalid, Progress: bar.at}
	return bar, nil
}

// openStore has the store judged. Whoever runs the request closes it.
func (s *inputSource) openStore(ctx context.Context, settings *project.Settings, r *assess.Request, progressTo io.Writer) (*progress, error) {
	dir, err := s.store.of(settings)
	if err != nil {
		return nil, err
	}
	reader, err := auditlog.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	bar := newProgress(progressTo, r.Now, reader.Head().Size)
	r.Log = &assess.Log{Store: reader, Progress: bar.at}
	return bar, nil
}

// notice says that nobody named an input.
func notice(w io.Writer, demo bool) {
	if demo {
		_, _ = fmt.Fprintln(w, "No input is named, so kt judges a demo organisation. Name your own with --snapshot and --audit-log.")
	}
}

func loadSnapshot(name string) (_ *snapshot.Snapshot, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return snapshot.Load(name, f)
}
