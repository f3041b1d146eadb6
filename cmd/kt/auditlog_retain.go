package main

import (
	"errors"
	"fmt"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/report"
)

// deciding is what retention and holds have in common: who decides, and why.
type deciding struct {
	at         dataDir
	reason, by string
}

func (d *deciding) flags(c *cobra.Command) {
	d.at.flags(c)
	c.Flags().StringVar(&d.reason, "reason", "", "TEXT that says why; the log keeps it")
	c.Flags().StringVar(&d.by, "by", "", "NAME of who decides (default: the user of this system)")
	must(c.MarkFlagRequired("reason"))
}

func (d *deciding) who() string {
	if d.by != "" {
		return d.by
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// writing runs fn with a store that is there open to write.
func (d *deciding) writing(c *cobra.Command, fn func(w *auditlog.Writer) error) (err error) {
	dir, err := d.at.resolve()
	if err != nil {
		return err
	}
	if !auditlog.Exists(dir) {
		return &auditlog.NoStoreError{Dir: dir}
	}
	w, err := d.at.writer(c, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return fn(w)
}

func newRetain() *cobra.Command {
	var d deciding
	var class, before, older string
	var dryRun, asJSON bool
	c := &cobra.Command{
		Use:   "retain",
		Short: "Drop events whose time of retention is over",
		Long: "Drop whole segments all of whose events have expired and that no legal hold keeps. For each a signed tombstone is kept and an event is logged; the " +
			"hashes stay, so that proofs for all other events still verify. Of a period that has lost events, nothing is judged green that could have seen them.",
		Example: "kt audit-log retain --class requests --older-than 400d --reason 'retention policy 3.2' --dry-run\n" +
			"kt audit-log retain --class requests --before 2025-01-01 --reason 'retention policy 3.2'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			limit, err := expiry(before, older, time.Now())
			if err != nil {
				return err
			}
			return d.writing(c, func(w *auditlog.Writer) error {
				plan, err := w.Retain(c.Context(), auditlog.RetainOptions{Class: class, Before: limit, Reason: d.reason, By: d.who(), DryRun: dryRun})
				if err != nil {
					return err
				}
				if asJSON {
					return report.RetentionJSON(c.OutOrStdout(), &plan)
				}
				return report.Retention(c.OutOrStdout(), &plan, dryRun, look(c.OutOrStdout()))
			})
		},
	}
	d.flags(c)
	f := c.Flags()
	f.StringVar(&class, "class", "", "NAME of the class whose time is over, as the retention schedule has it")
	f.StringVar(&before, "before", "", "events before TIME have expired")
	f.StringVar(&older, "older-than", "", "events older than DURATION, such as 400d, have expired")
	f.BoolVar(&dryRun, "dry-run", false, "only say what would be dropped")
	f.BoolVar(&asJSON, "json", false, "write JSON to standard output")
	must(c.MarkFlagRequired("class"))
	c.MarkFlagsMutuallyExclusive("before", "older-than")
	c.MarkFlagsOneRequired("before", "older-than")
	return c
}

// expiry is the instant before which events have expired.
func expiry(before, older string, now time.Time) (time.Time, error) {
	if before != "" {
		t, err := clock.ParseInstant(before)
		if err != nil {
			return t, fmt.Errorf("--before: %w", err)
		}
		return t, nil
	}
	d, err := clock.ParseDuration(older)
	if err != nil {
		return time.Time{}, fmt.Errorf("--older-than: %w", err)
	}
	if d <= 0 {
		return time.Time{}, errors.New("--older-than: expected a duration above zero")
	}
	return now.Add(-d), nil
}

func newHold() *cobra.Command {
	return group("hold", "Legal holds: keep events whatever their time of retention", withoutFiles(newHoldAdd(), newHoldRelease(), newHoldList())...)
}

func newHoldAdd() *cobra.Command {
	var d deciding
	var from, until string
	c := &cobra.Command{
		Use:     "add NAME",
		Short:   "Keep the events of a period until the hold is released",
		Example: "kt audit-log hold add case-7 --from 2026-01-01 --until 2026-04-01 --reason 'litigation'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			h := auditlog.Hold{Name: args[0]}
			for _, one := range []struct {
				flag, text string
				to         *time.Time
			}{{"--from", from, &h.From}, {"--until", until, &h.Until}} {
				if one.text == "" {
					continue
				}
				var err error
				if *one.to, err = clock.ParseInstant(one.text); err != nil {
					return fmt.Errorf("%s: %w", one.flag, err)
				}
			}
			return d.writing(c, func(w *auditlog.Writer) error { return w.Hold(c.Context(), h, d.reason, d.who()) })
		},
	}
	d.flags(c)
	c.Flags().StringVar(&from, "from", "", "keep events from TIME (default: from the first)")
	c.Flags().StringVar(&until, "until", "", "keep events until before TIME (default: to the last)")
	return c
}

func newHoldRelease() *cobra.Command {
	var d deciding
	c := &cobra.Command{
		Use:     "release NAME",
		Short:   "End a hold",
		Example: "kt audit-log hold release case-7 --reason 'settled'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return d.writing(c, func(w *auditlog.Writer) error { return w.Release(c.Context(), args[0], d.reason, d.who()) })
		},
	}
	d.flags(c)
	return c
}

func newHoldList() *cobra.Command {
	var at dataDir
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the decisions about retention: holds, releases, tombstones",
		Example: "kt audit-log hold list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return at.reading(c, func(r *auditlog.Reader) error {
				all, err := r.Retention(c.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return report.DecisionsJSON(c.OutOrStdout(), all)
				}
				return report.Decisions(c.OutOrStdout(), all, look(c.OutOrStdout()))
			})
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}
