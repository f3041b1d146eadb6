package main

import (
	"cmp"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/report"
)

func newPolicyPlan() *cobra.Command {
	var library librarySource
	var when instants
	var snapshotFile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "plan CHECK",
		Short: "Tell what of a check is decided without Rego, and why it is slow where it is",
		Long: "Tell how the rules of a check meet the events of the log: which tests on single values are pushed down, which parts OPA evaluates once for each " +
			"combination of the values that they depend on, and what is left to Rego for every event, with the reason.\n\n" +
			"What the rules look up in the snapshot is a constant to them; without --snapshot it is that of the demo organisation.",
		Example: "kt policy plan provider-inventory\nkt policy plan my-check --policies ./policies --snapshot snapshot.json --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			request, err := when.request()
			if err != nil {
				return err
			}
			settings, err := settings()
			if err != nil {
				return err
			}
			if request.Library, err = library.loadWith(c.Context(), settings); err != nil {
				return err
			}
			request.Now = time.Now()
			if name := cmp.Or(snapshotFile, settings.Snapshot); name != "" {
				request.Snapshot, err = loadSnapshot(name)
			} else {
				_, err = openDemo(request, io.Discard)
			}
			if err != nil {
				return err
			}
			plans, err := assess.Plan(c.Context(), *request, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return report.PlanJSON(c.OutOrStdout(), plans)
			}
			return report.WritePlan(c.OutOrStdout(), plans, look(c.OutOrStdout()))
		},
	}
	library.flags(c)
	when.flags(c)
	c.Flags().StringVar(&snapshotFile, "snapshot", "", "configuration snapshot, JSON or YAML, in FILE")
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	must(c.MarkFlagFilename("snapshot", "json", "yaml", "yml"))
	c.ValidArgsFunction = completeCheck(&library)
	return c
}
