package main

import (
	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/report"
)

func newPolicy() *cobra.Command {
	return group("policy", "The checks: what there is, and whether it is sound", newPolicyList(), newPolicyTest())
}

func newPolicyList() *cobra.Command {
	var from librarySource
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the checks with the controls that link them",
		Example: "kt policy list\nkt policy list --policies ./policies --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lib, err := from.load(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return report.ChecksJSON(c.OutOrStdout(), report.NewChecks(lib))
			}
			return report.Checks(c.OutOrStdout(), report.NewChecks(lib), look(c.OutOrStdout()))
		},
	}
	from.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}

func newPolicyTest() *cobra.Command {
	var from librarySource
	var asJSON bool
	var opt cases.Options
	c := &cobra.Command{
		Use:     "test [DIR]",
		Short:   "Run the cases of the checks, the deletion test and Rego's own tests",
		Example: "kt policy test\nkt policy test ./policies --check key-age",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				from.policies = args[0]
			}
			lib, err := from.load(c.Context())
			if err != nil {
				return err
			}
			result, err := cases.Run(c.Context(), lib, opt)
			if err != nil {
				return err
			}
			if asJSON {
				err = report.CasesJSON(c.OutOrStdout(), result)
			} else {
				err = report.Cases(c.OutOrStdout(), result, look(c.OutOrStdout()))
			}
			if err != nil || result.OK() {
				return err
			}
			return exit(1)
		},
	}
	from.flags(c)
	c.Flags().StringSliceVar(&opt.Checks, "check", nil, "run the cases of the check `ID` only; several joined by commas")
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}
