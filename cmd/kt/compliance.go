package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/report"
)

func newCompliance() *cobra.Command {
	return group("compliance", "Judge an organisation against its frameworks", newCheck(), newExplain())
}

// checking is what `kt compliance check` was asked.
type checking struct {
	library    librarySource
	inputs     inputSource
	frameworks []string
	when       instants
	output     string
	json       bool
	quiet      bool
	limit      time.Duration
}

func newCheck() *cobra.Command {
	var ask checking
	c := &cobra.Command{
		Use:   "check",
		Short: "Evaluate the checks and tell which controls hold",
		Long: "Evaluate the checks that the frameworks link over a configuration snapshot and an audit log, and tell which controls hold.\n\n" +
			"Where no input is named, by a flag, in the environment or in kt.yaml, a demo organisation is judged.\n\n" +
			"Exit codes: 0 all is green or waived, 1 a check fails, 3 a check could not be evaluated or nothing is green, " +
			"2 wrong use or bad input (nothing is written). The demo never exits 0.",
		Example: "kt compliance check --framework soc2 --output compliance-status.json\n" +
			"kt compliance check --snapshot snapshot.json --audit-log logs/ --period 2026-Q1\n" +
			"zcat events.ndjson.gz | kt compliance check --snapshot snapshot.yaml --audit-log - --json",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return ask.run(c) },
	}
	f := c.Flags()
	f.StringSliceVarP(&ask.frameworks, "framework", "f", nil, "ID of a framework to judge, several joined by commas, or all (default: those of kt.yaml, else all)")
	f.StringVarP(&ask.output, "output", "o", "", "write the posture as JSON to FILE")
	f.BoolVar(&ask.json, "json", false, "write the posture as JSON to standard output, instead of the report")
	f.BoolVarP(&ask.quiet, "quiet", "q", false, "write no report and no progress")
	f.DurationVar(&ask.limit, "timeout", time.Minute, "TIME that one check may take")
	ask.inputs.flags(c)
	ask.when.flags(c)
	ask.library.flags(c)
	must(c.RegisterFlagCompletionFunc("framework", completeFrameworks(&ask.library)))
	return c
}

func (a *checking) run(c *cobra.Command) error {
	if a.limit <= 0 {
		return fmt.Errorf("--timeout: expected a time above zero, found %s", a.limit)
	}
	if err := a.inputs.check(); err != nil {
		return err
	}
	request, err := a.when.request()
	if err != nil {
		return err
	}
	var target *output
	if a.output != "" {
		if target, err = openOutput(a.output); err != nil {
			return err
		}
	}
	settings, err := settings()
	if err != nil {
		return err
	}
	request.Demo = a.inputs.none(settings)
	notice(c.ErrOrStderr(), request.Demo)
	if request.Library, err = a.library.loadWith(c.Context(), settings); err != nil {
		return err
	}
	request.Now, request.Version, request.Limit = time.Now(), versionText(), a.limit
	if request.Frameworks = a.frameworks; len(request.Frameworks) == 0 {
		request.Frameworks = settings.Frameworks
	}
	progressTo := c.ErrOrStderr()
	if a.quiet {
		progressTo = io.Discard
	}
	bar, err := a.inputs.open(c.Context(), settings, request, c.InOrStdin(), progressTo)
	if err != nil {
		return err
	}
	p, err := assess.Run(c.Context(), *request)
	bar.end()
	if err = errors.Join(err, request.Log.Close()); err != nil {
		return err
	}
	return a.tell(c, p, target, request)
}

// tell writes the posture where it was asked for, and ends with its exit code.
func (a *checking) tell(c *cobra.Command, p *posture.Posture, target *output, request *assess.Request) error {
	var text bytes.Buffer
	if target != nil || a.json {
		if err := report.JSON(&text, p); err != nil {
			return err
		}
	}
	if target != nil {
		if err := target.write(text.Bytes()); err != nil {
			return err
		}
	}
	out := c.OutOrStdout()
	var err error
	switch {
	case a.json:
		_, err = out.Write(text.Bytes())
	case !a.quiet:
		organization := ""
		if request.Snapshot != nil {
			organization = request.Snapshot.Organization
		}
		err = report.Terminal(out, p, organization, look(out))
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return verdict(p.ExitCode())
}

// instants is the clock of an evaluation, as the flags say it.
type instants struct{ since, from, to, period, asOf string }

func (i *instants) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&i.asOf, "as-of", "", "judge as of TIME (RFC 3339, or a date for its first instant in UTC; default: when the snapshot was captured, else now)")
	f.StringVar(&i.since, "since", "", "judge the DURATION before that, such as 90d (default: 30d)")
	f.StringVar(&i.from, "from", "", "judge from TIME")
	f.StringVar(&i.to, "to", "", "judge until before TIME")
	f.StringVar(&i.period, "period", "", "judge a calendar PERIOD in UTC: 2026, 2026-Q1, 2026-03 or 2026-03-01/2026-04-01")
	c.MarkFlagsRequiredTogether("from", "to")
	c.MarkFlagsMutuallyExclusive("since", "from", "period")
}

// request is an evaluation that has only its clock.
func (i *instants) request() (*assess.Request, error) {
	r := &assess.Request{}
	var err error
	if i.asOf != "" {
		if r.AsOf, err = clock.ParseInstant(i.asOf); err != nil {
			return nil, fmt.Errorf("--as-of: %w", err)
		}
	}
	switch {
	case i.since != "":
		if r.Since, err = clock.ParseDuration(i.since); err != nil {
			return nil, fmt.Errorf("--since: %w", err)
		}
		if r.Since <= 0 {
			return nil, errors.New("--since: expected a duration above zero")
		}
	case i.period != "":
		period, err := clock.ParsePeriod(i.period)
		if err != nil {
			return nil, fmt.Errorf("--period: %w", err)
		}
		r.Period = &period
	case i.from != "":
		period := clock.Period{}
		if period.From, err = clock.ParseInstant(i.from); err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		if period.To, err = clock.ParseInstant(i.to); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		r.Period = &period
	}
	return r, nil
}
