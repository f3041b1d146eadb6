package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/report"
)

// querying is what `kt audit-log query` was asked.
type querying struct {
	selection
	order  string
	limit  int
	cursor string
	count  bool
	json   bool
	format string
}

func newQuery() *cobra.Command {
	var ask querying
	c := &cobra.Command{
		Use:   "query",
		Short: "Find events",
		Long: "Find events of the log, the newest first. Several values of one flag are alternatives; different flags must all hold.\n\n" +
			"More than --limit events are there where the last line names a cursor: --cursor goes on from it.",
		Example: "kt audit-log query --action policy.update,policy.create --since 30d\n" +
			"kt audit-log query --actor usr_03 --from 2026-05-01 --to 2026-06-01 --format csv\n" +
			"kt audit-log query --ip 203.0.113.0/24 --outcome denied,failure --count",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return ask.run(c) },
	}
	ask.flags(c)
	f := c.Flags()
	f.StringVar(&ask.order, "order", "desc", "desc for the newest first, asc for the oldest")
	f.IntVar(&ask.limit, "limit", 50, "at most NUMBER events; 0 for all")
	f.StringVar(&ask.cursor, "cursor", "", "go on after the CURSOR that the query before ended with")
	f.BoolVar(&ask.count, "count", false, "print only how many events there are")
	ask.formats(c)
	for _, other := range []string{"json", "format", "limit", "cursor", "order"} {
		c.MarkFlagsMutuallyExclusive("count", other)
	}
	fixed(c, "order", "asc", "desc")
	return c
}

// formats are the flags that say how events are written.
func (a *querying) formats(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&a.json, "json", false, "write a JSON document with events, count and cursor")
	f.StringVar(&a.format, "format", "table", strings.Join(eventFormats, ", "))
	c.MarkFlagsMutuallyExclusive("json", "format")
	fixed(c, "format", eventFormats...)
}

// eventFormats are those of events that are shown.
var eventFormats = []string{"table", "ndjson", "csv"}

// formatOf is a format that --format names, one of several.
func formatOf(name string, known ...string) error {
	if !slices.Contains(known, name) {
		return fmt.Errorf("--format: expected %s, found %q", strings.Join(known, ", "), name)
	}
	return nil
}

// writer writes events to standard output as they were asked for.
func (a *querying) writer(c *cobra.Command) (*report.Events, error) {
	format := a.format
	if a.json {
		format = "json"
	}
	return report.NewEvents(format, c.OutOrStdout(), look(c.OutOrStdout()))
}

func (a *querying) run(c *cobra.Command) error {
	if err := formatOf(a.format, eventFormats...); err != nil {
		return err
	}
	q, err := a.query(time.Now())
	if err != nil {
		return err
	}
	switch a.order {
	case "desc":
		q.Newest = true
	case "asc":
	default:
		return fmt.Errorf("--order: expected asc or desc, found %q", a.order)
	}
	if a.limit < 0 {
		return fmt.Errorf("--limit: expected a number from 0 on, found %d", a.limit)
	}
	q.Limit = a.limit
	if a.cursor != "" {
		q.Cursor = true
		if q.After, err = strconv.ParseInt(a.cursor, 10, 64); err != nil || q.After < 0 {
			return fmt.Errorf("--cursor: expected the cursor of a query before, found %q", a.cursor)
		}
	}
	return a.at.reading(c, func(r *auditlog.Reader) error {
		if a.count {
			n, err := r.Count(c.Context(), q)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), n)
			return err
		}
		return a.write(c, r, q)
	})
}

func (a *querying) write(c *cobra.Command, r *auditlog.Reader, q auditlog.Query) error {
	out, err := a.writer(c)
	if err != nil {
		return err
	}
	last := int64(-1)
	more, err := r.Query(c.Context(), q, func(e auditlog.Found) error {
		last = e.Index
		return out.Add(e.Index, &e.Event)
	})
	if err != nil {
		return err
	}
	cursor := ""
	if more {
		cursor = strconv.FormatInt(last, 10)
	}
	if err := out.End(cursor); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if more && !a.json {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "There are more: go on with --cursor %s\n", cursor)
	}
	return nil
}

func newTail() *cobra.Command {
	var ask querying
	c := &cobra.Command{
		Use:     "tail",
		Short:   "Show the last events",
		Long:    "Show the last events of the log in its order.",
		Example: "kt audit-log tail\nkt audit-log tail --lines 100 --format ndjson",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if ask.limit < 1 {
				return fmt.Errorf("--lines: expected a number above zero, found %d", ask.limit)
			}
			if err := formatOf(ask.format, eventFormats...); err != nil {
				return err
			}
			return ask.at.reading(c, func(r *auditlog.Reader) error { return ask.tail(c, r) })
		},
	}
	ask.at.flags(c)
	c.Flags().IntVarP(&ask.limit, "lines", "n", 10, "NUMBER of events")
	ask.formats(c)
	return c
}

func (a *querying) tail(c *cobra.Command, r *auditlog.Reader) error {
	out, err := a.writer(c)
	if err != nil {
		return err
	}
	var entries []auditlog.Found
	if _, err := r.Query(c.Context(), auditlog.Query{Newest: true, Limit: a.limit}, func(e auditlog.Found) error {
		entries = append(entries, e)
		return nil
	}); err != nil {
		return err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if err := out.Add(entries[i].Index, &entries[i].Event); err != nil {
			return err
		}
	}
	return out.End("")
}

func newStats() *cobra.Command {
	var ask selection
	var asJSON bool
	c := &cobra.Command{
		Use:     "stats",
		Short:   "Count events by action, outcome and day, and tell what each source has and lacks",
		Long:    "Count the events of the log by action, outcome and day, and tell for each source how many events it has, which numbers are missing and what conflicts.",
		Example: "kt audit-log stats --since 30d\nkt audit-log stats --action user.login --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q, err := ask.query(time.Now())
			if err != nil {
				return err
			}
			return ask.at.reading(c, func(r *auditlog.Reader) error {
				counts, err := r.Counts(c.Context(), q)
				if err != nil {
					return err
				}
				statistics, err := r.Statistics(c.Context(), q.From, q.Until)
				if err != nil {
					return err
				}
				arrivals, err := r.Arrivals(c.Context(), q.Window)
				if err != nil {
					return err
				}
				told := &report.Log{Counts: counts, Log: statistics, Arrivals: arrivals}
				if asJSON {
					return report.LogJSON(c.OutOrStdout(), told)
				}
				return report.WriteLog(c.OutOrStdout(), told, look(c.OutOrStdout()))
			})
		},
	}
	ask.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}
