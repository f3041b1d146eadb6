package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/report"
)

func newExplain() *cobra.Command {
	var ask explaining
	c := &cobra.Command{
		Use:   "explain CONTROL|CHECK [SUBJECT]",
		Short: "Tell why a control or a check has its verdict",
		Long: "Tell why a control or a check has its verdict: the rules with file and line and the values they saw, the thresholds in force, the events with their " +
			"positions, and what would make it pass. With the id of a subject, only what concerns it.\n\nThe exit code is 0 when it was explained, whatever the verdict.",
		Example: "kt compliance explain key-age\nkt compliance explain soc2/CC6.1 --snapshot snapshot.json\nkt compliance explain key-age tok_1 --snapshot snapshot.json",
		Args:    cobra.RangeArgs(1, 2),
		RunE:    func(c *cobra.Command, args []string) error { return ask.run(c, args) },
	}
	ask.inputs.flags(c)
	ask.when.flags(c)
	ask.library.flags(c)
	c.Flags().BoolVar(&ask.json, "json", false, "write JSON to standard output")
	c.ValidArgsFunction = completeCheck(&ask.library)
	return c
}

// explaining is what `kt compliance explain` was asked.
type explaining struct {
	library librarySource
	inputs  inputSource
	when    instants
	json    bool
}

func (e *explaining) run(c *cobra.Command, args []string) (err error) {
	if err := e.inputs.check(); err != nil {
		return err
	}
	if slices.Contains(e.inputs.auditLog, event.Stdin) {
		return errors.New("--audit-log -: an explanation reads the log more than once; name a file")
	}
	request, err := e.when.request()
	if err != nil {
		return err
	}
	settings, err := settings()
	if err != nil {
		return err
	}
	notice(c.ErrOrStderr(), e.inputs.none(settings))
	if request.Library, err = e.library.loadWith(c.Context(), settings); err != nil {
		return err
	}
	request.Now, request.Version = time.Now(), versionText()
	bar, err := e.inputs.open(c.Context(), settings, request, nil, io.Discard)
	if err != nil {
		return err
	}
	bar.end()
	defer func() { err = errors.Join(err, request.Log.Close()) }()
	if e.inputs.none(settings) {
		dir, err := os.MkdirTemp("", "kt-demo-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		if err := demo.Write(c.Context(), dir, embedded); err != nil {
			return err
		}
		request.Log = &assess.Log{Paths: []string{filepath.Join(dir, demo.EventsFile)}}
	}
	return e.tell(c, request, args)
}

func (e *explaining) tell(c *cobra.Command, request *assess.Request, args []string) error {
	subject := ""
	if len(args) == 2 {
		subject = args[1]
	}
	explanation, err := assess.Explain(c.Context(), *request, args[0], subject)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if e.json {
		return report.ExplanationJSON(out, explanation)
	}
	return report.WriteExplanation(out, explanation, request.Library.Source.Shown, look(out))
}
