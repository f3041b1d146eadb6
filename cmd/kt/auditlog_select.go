package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/clock"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
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
	f.StringSliceVar(&s.actor, "actor", nil, "events of the actor with the ID, or TYPE/ID; TYPE/ for all of a type")
	f.StringSliceVar(&s.resource, "resource", nil, "events about the resource with the ID, or TYPE/ID; TYPE/ for all of a type")
	f.StringSliceVar(&s.outcome, "outcome", nil, "events with the OUTCOME: success, failure, denied or unknown")
	f.StringSliceVar(&s.ip, "ip", nil, "events from the ADDRESS, or from a network such as 192.0.2.0/24")
	f.StringSliceVar(&s.source, "source", nil, "events that the SOURCE emitted")
	f.StringSliceVar(&s.ids, "id", nil, "events with the ID")
	f.StringVar(&s.text, "text", "", "events that hold the TEXT anywhere, in letters of any case")
	f.StringVar(&s.filter, "filter", "", "events under further CONDITIONS, such as details.rule=pii,outcome!=success (=, !=, >=, <=, >, <, ~ contains)")
	f.StringVar(&s.since, "since", "", "events of the last DURATION, such as 30d, or since TIME")
	f.StringVar(&s.from, "from", "", "events from TIME (RFC 3339, or a date for its first instant in UTC)")
	f.StringVar(&s.to, "to", "", "events until before TIME")
	c.MarkFlagsMutuallyExclusive("since", "from")
	fixed(c, "outcome", "success", "failure", "denied", "unknown")
	must(c.RegisterFlagCompletionFunc("action", completeActions))
	c.PreRunE = func(c *cobra.Command, _ []string) error { return said(c) }
}

// said refuses flags of a selection that say nothing, for what a script leaves empty by mistake would select everything.
func said(c *cobra.Command) error {
	for _, name := range []string{"action", "actor", "resource", "outcome", "ip", "source", "id", "text", "filter", "since", "from", "to"} {
		flag := c.Flags().Lookup(name)
		if !flag.Changed {
			continue
		}
		values := []string{flag.Value.String()}
		if flag.Value.Type() == "stringSlice" {
			var err error
			if values, err = c.Flags().GetStringSlice(name); err != nil {
				return err
			}
		}
		if len(values) == 0 || slices.Contains(values, "") {
			return fmt.Errorf("--%s: expected a value, found nothing; leave the flag out to have all events", name)
		}
	}
	return nil
}

// completeActions offers the actions of the catalogue to the shell.
func completeActions(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	actions, err := event.Actions()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	out := make([]cobra.Completion, len(actions))
	for i, a := range actions {
		out[i] = cobra.CompletionWithDesc(a.Name, a.Description)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// query turns the flags into what the store is asked: all of them must hold.
func (s *selection) query(now time.Time) (q auditlog.Query, err error) {
	if q.Where, err = s.where(); err != nil {
		return q, err
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
		return q, errors.New("--to: expected a time after the beginning, found " + s.to)
	}
	return q, nil
}

// where is the condition of all flags but those of time; nil: none.
func (s *selection) where() (*predicate.Node, error) {
	clauses, err := predicate.ParseFilter(s.filter)
	if err != nil {
		return nil, fmt.Errorf("--filter: %w", err)
	}
	var all []*predicate.Node
	add := func(flag string, clauses []predicate.Clause) error {
		if len(clauses) == 0 {
			return nil
		}
		n, err := predicate.Query(clauses, event.CanonicalAction)
		if err != nil {
			return fmt.Errorf("--%s: %w", flag, err)
		}
		all = append(all, n)
		return nil
	}
	if err := add("filter", clauses); err != nil {
		return nil, err
	}
	for _, one := range []struct {
		flag   string
		values []string
	}{{"action", s.action}, {"actor", s.actor}, {"resource", s.resource}, {"outcome", s.outcome}, {"ip", s.ip}, {"source", s.source}, {"id", s.ids}} {
		var own []predicate.Clause
		for _, v := range one.values {
			own = append(own, predicate.Clause{Field: one.flag, Operator: "=", Value: v})
		}
		if err := add(one.flag, own); err != nil {
			return nil, err
		}
	}
	if s.text != "" {
		if err := add("text", []predicate.Clause{{Field: "text", Operator: "~", Value: s.text}}); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return predicate.And(all...), nil
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
