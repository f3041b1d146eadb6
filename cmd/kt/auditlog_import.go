package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/event/adapters"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/report"
)

// importing is what `kt audit-log import` was asked.
type importing struct {
	at         dataDir
	format     string
	noOriginal bool
	strict     bool
	json       bool
	quiet      bool
	key        string
}

func newImport() *cobra.Command {
	var ask importing
	c := &cobra.Command{
		Use:   "import FILE…|-",
		Short: "Store events of files in the log",
		Long: "Store the events of files, folders or standard input in the log: each once, hashed into its Merkle tree, for good. The first import makes the store.\n\n" +
			"Importing again stores nothing twice. A line that is no event, or that repeats an identity with other content, is kept aside and counts against " +
			"completeness; the exit code is then 1. --strict stores nothing in that case.\n\n" +
			"Other systems' logs are known by their form, or by --format: " + strings.Join(adapters.Names(), ", ") + ".",
		Example: "kt audit-log import events.ndjson\nkt audit-log import --format cloudtrail trail/\nzcat events.ndjson.gz | kt audit-log import - --json",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return ask.run(c, args) },
	}
	ask.at.flags(c)
	f := c.Flags()
	f.StringVar(&ask.format, "format", "", "FORMAT of the log (default: by the first record of each file)")
	f.BoolVar(&ask.noOriginal, "no-original", false, "do not keep another system's record under details.original")
	f.BoolVar(&ask.strict, "strict", false, "store nothing where any line is refused or conflicts")
	f.BoolVar(&ask.json, "json", false, "write the report as JSON to standard output")
	f.BoolVarP(&ask.quiet, "quiet", "q", false, "write no report and no progress")
	f.StringVar(&ask.key, "key", "", "NAME of the key that signs a new store's checkpoints (default: a new one, named after the store)")
	fixed(c, "format", adapters.Names()...)
	return c
}

func (a *importing) run(c *cobra.Command, paths []string) error {
	log, bar, err := a.open(c, paths)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40) // some loads of 65,536 events are alive at a time: without this, twice as much memory would be
	}
	w, err := a.at.writer(c, a.key)
	if err != nil {
		return err
	}
	result, err := w.Import(c.Context(), auditlog.Import{Log: log, Strict: a.strict})
	bar.end()
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	out := c.OutOrStdout()
	switch {
	case a.json:
		err = report.ImportJSON(out, &result)
	case !a.quiet:
		err = report.Import(out, &result, look(out))
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if !result.Good() {
		return exit(posture.ExitFail)
	}
	return nil
}

// open opens what is to be imported, as far as to know of every file what it is, so that no store is made for what is no log.
func (a *importing) open(c *cobra.Command, paths []string) (*event.Log, *progress, error) {
	if slices.Contains(paths, "") {
		return nil, nil, errors.New("expected the name of a file or folder, or -, found nothing")
	}
	adapt, err := a.adapt()
	if err != nil {
		return nil, nil, err
	}
	progressTo := c.ErrOrStderr()
	if a.quiet {
		progressTo = io.Discard
	}
	bar := &progress{}
	log, err := event.Open(paths, c.InOrStdin(), event.Options{Adapt: adapt, Progress: func(bytes, events int64) { bar.at(bytes, events) }})
	if err != nil {
		return nil, nil, err
	}
	for _, left := range log.Ignored() {
		_, _ = fmt.Fprintf(progressTo, "%s is left out: its name does not say that it holds events\n", left)
	}
	bar = newProgress(progressTo, time.Now(), log.Size())
	return log, bar, log.Recognise(c.Context())
}

// adapt is how records become events.
func (a *importing) adapt() (func(head []byte) (event.Adaptation, error), error) {
	options := adapters.Options{KeepOriginal: !a.noOriginal}
	if a.format == "" {
		return adapters.Guessing(options), nil
	}
	adapter, ok := adapters.ByName(a.format)
	if !ok {
		return nil, fmt.Errorf("--format: expected one of %s, found %q", strings.Join(adapters.Names(), ", "), a.format)
	}
	return func([]byte) (event.Adaptation, error) { return adapter.Adaptation(options), nil }, nil
}
