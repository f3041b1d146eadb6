package main

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
)

func newExport() *cobra.Command {
	var ask selection
	var format, file string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write events to a file",
		Long: "Write the events of the log, in its order, as NDJSON that kt reads back as they are, as CSV, or as Parquet.\n\n" +
			"CSV is that of RFC 4180; a cell that a spreadsheet would take for a formula gets a leading apostrophe. It has the columns that every event may " +
			"have: what else an event holds outside of details, and of an actor or a resource beyond type and id, is in NDJSON and Parquet only.",
		Example: "kt audit-log export --from 2026-01-01 --to 2026-04-01 --format csv --output q1.csv\nkt audit-log export --format parquet --output log.parquet",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := formatOf(format, exportFormats...); err != nil {
				return err
			}
			if format == auditlog.Parquet && file == "" {
				return errors.New("--format parquet: expected a file; name one with --output, or - for standard output")
			}
			q, err := ask.query(time.Now())
			if err != nil {
				return err
			}
			return ask.at.reading(c, func(r *auditlog.Reader) error {
				return exportTo(c, file, func(w io.Writer) error { return r.Export(c.Context(), q, format, w) })
			})
		},
	}
	ask.flags(c)
	c.Flags().StringVar(&format, "format", auditlog.NDJSON, strings.Join(exportFormats, ", "))
	c.Flags().StringVarP(&file, "output", "o", "", "write to FILE instead of standard output")
	fixed(c, "format", exportFormats...)
	return c
}

var exportFormats = []string{auditlog.NDJSON, auditlog.CSV, auditlog.Parquet}

// exportTo streams to a file, which is there whole or not at all, or to standard output.
func exportTo(c *cobra.Command, file string, write func(io.Writer) error) error {
	if file == "" || file == standardOutput {
		return write(c.OutOrStdout())
	}
	target, err := openOutput(file)
	if err != nil {
		return err
	}
	return target.stream(write)
}
