package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/report"
)

func newProve() *cobra.Command {
	var at dataDir
	var file string
	var index int64
	c := &cobra.Command{
		Use:   "prove ID",
		Short: "Prove that an event is in the log",
		Long: "Write a proof, as JSON that stands alone, that an event is in the log under its latest checkpoint. Whoever has the log's public key can verify it, " +
			"with `kt audit-log verify --proof FILE` or by RFC 9162.\n\nWhere several events have the ID, name one by --index, its place in the log.",
		Example: "kt audit-log prove aud_904d17090704 --output proof.json\nkt audit-log prove --index 41207",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == c.Flags().Changed("index") {
				return errors.New("expected the ID of an event, or its --index")
			}
			return at.reading(c, func(r *auditlog.Reader) error {
				if len(args) == 1 {
					var err error
					if index, err = onlyIndex(c, r, args[0]); err != nil {
						return err
					}
				}
				return proveIndex(c, r, index, file)
			})
		},
	}
	at.flags(c)
	c.Flags().Int64Var(&index, "index", 0, "prove the event at INDEX of the log, from 0")
	c.Flags().StringVarP(&file, "output", "o", "", "write to FILE instead of standard output")
	return c
}

// onlyIndex is the place of the one event with an id.
func onlyIndex(c *cobra.Command, r *auditlog.Reader, id string) (int64, error) {
	found, err := r.Find(c.Context(), id)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, fmt.Errorf("%s: no event of the log has this id", id)
	case len(found) > 1:
		places := ""
		for _, f := range found[:min(len(found), 10)] {
			places += " " + strconv.FormatInt(f.Index, 10)
		}
		return 0, fmt.Errorf("%s: %d events have this id, at%s; name one by --index", id, len(found), places)
	}
	return found[0].Index, nil
}

func proveIndex(c *cobra.Command, r *auditlog.Reader, index int64, file string) error {
	e, err := r.EventAt(c.Context(), index)
	if err != nil {
		return fmt.Errorf("event %d: %w", index, err)
	}
	proof, err := r.Tiles().Prove(index, e.Canonical, r.Checkpoint())
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return err
	}
	return writeTo(c, file, append(data, '\n'))
}

func newQuarantine() *cobra.Command {
	var at dataDir
	var asJSON bool
	c := &cobra.Command{
		Use:     "quarantine",
		Short:   "List what was not stored: refused lines and conflicts",
		Long:    "List what imports set aside: lines that are no events, and events that repeat an identity with other content. They count against completeness.",
		Example: "kt audit-log quarantine\nkt audit-log quarantine --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return at.reading(c, func(r *auditlog.Reader) error { return tellQuarantine(c, r, asJSON) })
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON object a line, with the content, to standard output")
	return c
}

// setAside is one line of `kt audit-log quarantine --json`.
type setAside struct {
	Number  int64  `json:"number"`
	Kind    string `json:"kind"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line"`
	Reason  string `json:"reason"`
	Content string `json:"content"`
}

func tellQuarantine(c *cobra.Command, r *auditlog.Reader, asJSON bool) error {
	out := json.NewEncoder(c.OutOrStdout())
	out.SetEscapeHTML(false)
	n := 0
	err := r.Quarantined(c.Context(), func(q *auditlog.Quarantined) error {
		n++
		if asJSON {
			return out.Encode(setAside{q.Number, q.Kind, q.File, q.Line, q.Reason, string(q.Content)})
		}
		return report.Quarantined(c.OutOrStdout(), q)
	})
	if err == nil && n == 0 && !asJSON {
		_, err = fmt.Fprintln(c.OutOrStdout(), "Nothing was set aside.")
	}
	return err
}
