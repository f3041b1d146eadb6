package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
	"github.com/keeptrusts/kt/engine/report"
)

// selection says which events of the log are meant.
type selection struct {
	at                                                dataDir
	action, actor, resource, outcome, ip, source, ids []string
	text, filter, since, from, to                     string
}

func (s *selection) flags(c *cobra.Command) {
	s.at.flags(c)
	f := c.Flags()
	f.StringSliceVar(&s.action, "action", nil, "events with the ACTION, under any of its names; several joined by commas")
	f.StringSliceVar(&s.actor, "actor", nil, "events of the actor with the ID, or TYPE/ID")
	f.StringSliceVar(&s.resource, "resource", nil, "events about the resource with the ID, or TYPE/ID; TYPE/ for all of a type")
	f.StringSliceVar(&s.outcome, "outcome", nil, "events with the OUTCOME: success, failure, denied or unknown")
	f.StringSliceVar(&s.ip, "ip", nil, "events from the ADDRESS, or from a network such as 192.0.2.0/24")
	f.StringSliceVar(&s.source, "source", nil, "events that the SOURCE emitted")
	f.StringSliceVar(&s.ids, "id", nil, "events with the ID")
	f.StringVar(&s.text, "text", "", "events that hold the TEXT anywhere, in letters of any case")
	f.StringVar(&s.filter, "filter", "", "further conditions, such as details.rule=pii,outcome!=success (=, !=, >=, <=, >, <, ~ contains)")
	f.StringVar(&s.since, "since", "", "events of the last DURATION, such as 30d, or since TIME")
	f.StringVar(&s.from, "from", "", "events from TIME")
	f.StringVar(&s.to, "to", "", "events until before TIME")
	c.MarkFlagsMutuallyExclusive("since", "from")
}

// query turns the flags into what the store is asked.
func (s *selection) query(now time.Time) (auditlog.Query, error) {
	var q auditlog.Query
	clauses, err := predicate.ParseFilter(s.filter)
	if err != nil {
		return q, fmt.Errorf("--filter: %w", err)
	}
	for _, one := range []struct {
		field  string
		values []string
	}{{"action", s.action}, {"actor", s.actor}, {"resource", s.resource}, {"outcome", s.outcome}, {"ip", s.ip}, {"source", s.source}, {"id", s.ids}} {
		var own []predicate.Clause
		for _, v := range one.values {
			own = append(own, predicate.Clause{Field: one.field, Operator: "=", Value: v})
		}
		clauses = append(clauses, own...)
	}
	if s.text != "" {
		clauses = append(clauses, predicate.Clause{Field: "text", Operator: "~", Value: s.text})
	}
	if len(clauses) > 0 {
		if q.Where, err = predicate.Query(clauses, event.CanonicalAction); err != nil {
			return q, err
		}
		q.IDs = s.ids
	}
	if q.From, err = s.begin(now); err != nil {
		return q, err
	}
	if s.to != "" {
		if q.Until, err = clock.ParseInstant(s.to); err != nil {
			return q, fmt.Errorf("--to: %w", err)
		}
	}
	if !q.From.IsZero() && !q.Until.IsZero() && !q.From.Before(q.Until) {
		return q, errors.New("--to: expected a time after that of --from")
	}
	return q, nil
}

func (s *selection) begin(now time.Time) (time.Time, error) {
	switch {
	case s.from != "":
		t, err := clock.ParseInstant(s.from)
		if err != nil {
			return t, fmt.Errorf("--from: %w", err)
		}
		return t, nil
	case s.since != "":
		if d, err := clock.ParseDuration(s.since); err == nil && d > 0 {
			return now.Add(-d), nil
		}
		t, err := clock.ParseInstant(s.since)
		if err != nil {
			return t, fmt.Errorf("--since: expected a duration such as 30d, or a time such as 2026-03-01T09:30:00Z, found %q", s.since)
		}
		return t, nil
	}
	return time.Time{}, nil
}

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
	ask.selection.flags(c)
	f := c.Flags()
	f.StringVar(&ask.order, "order", "desc", "desc for the newest first, asc for the oldest")
	f.IntVar(&ask.limit, "limit", 50, "at most NUMBER events; 0 for all")
	f.StringVar(&ask.cursor, "cursor", "", "go on after the CURSOR that the query before ended with")
	f.BoolVar(&ask.count, "count", false, "print only how many events there are")
	f.BoolVar(&ask.json, "json", false, "write a JSON document with events, count and cursor")
	f.StringVar(&ask.format, "format", "table", "table, ndjson or csv")
	c.MarkFlagsMutuallyExclusive("json", "format", "count")
	must(c.RegisterFlagCompletionFunc("order", cobra.FixedCompletions([]string{"asc", "desc"}, cobra.ShellCompDirectiveNoFileComp)))
	must(c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"table", "ndjson", "csv"}, cobra.ShellCompDirectiveNoFileComp)))
	return c
}

func (a *querying) run(c *cobra.Command) error {
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
	if a.json {
		a.format = "json"
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
	out, err := report.NewEvents(a.format, c.OutOrStdout(), look(c.OutOrStdout()))
	if err != nil {
		return fmt.Errorf("--format: %w", err)
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
	if more && a.format != "json" {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "There are more: go on with --cursor %s\n", cursor)
	}
	return nil
}

func newTail() *cobra.Command {
	var ask querying
	ask.order = "desc"
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
			return ask.at.reading(c, func(r *auditlog.Reader) error { return ask.tail(c, r) })
		},
	}
	ask.at.flags(c)
	f := c.Flags()
	f.IntVarP(&ask.limit, "lines", "n", 10, "NUMBER of events")
	f.StringVar(&ask.format, "format", "table", "table, ndjson or csv")
	f.BoolVar(&ask.json, "json", false, "write a JSON document with events and count")
	c.MarkFlagsMutuallyExclusive("json", "format")
	return c
}

func (a *querying) tail(c *cobra.Command, r *auditlog.Reader) error {
	if a.json {
		a.format = "json"
	}
	out, err := report.NewEvents(a.format, c.OutOrStdout(), look(c.OutOrStdout()))
	if err != nil {
		return fmt.Errorf("--format: %w", err)
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

func newExport() *cobra.Command {
	var ask selection
	var format, file string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write events to a file",
		Long: "Write the events of the log, in its order, as NDJSON that kt reads back, as CSV (RFC 4180; a cell that a spreadsheet would take for a formula gets a " +
			"leading apostrophe), or as Parquet.",
		Example: "kt audit-log export --from 2026-01-01 --to 2026-04-01 --format csv --output q1.csv\nkt audit-log export --format parquet --output log.parquet",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q, err := ask.query(time.Now())
			if err != nil {
				return err
			}
			if format == "parquet" && file == "" {
				return errors.New("--format parquet: expected a file; name one with --output")
			}
			return ask.at.reading(c, func(r *auditlog.Reader) error {
				return exportTo(c, file, func(w io.Writer) error { return r.Export(c.Context(), q, strings.ToLower(format), w) })
			})
		},
	}
	ask.flags(c)
	c.Flags().StringVar(&format, "format", "ndjson", "ndjson, csv or parquet")
	c.Flags().StringVarP(&file, "output", "o", "", "write to FILE instead of standard output")
	must(c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"ndjson", "csv", "parquet"}, cobra.ShellCompDirectiveNoFileComp)))
	return c
}

// exportTo streams to a file, which is there whole or not at all, or to standard output.
func exportTo(c *cobra.Command, file string, write func(io.Writer) error) error {
	if file == "" {
		return write(c.OutOrStdout())
	}
	target, err := openOutput(file)
	if err != nil {
		return err
	}
	return target.stream(write)
}
