package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/scaffold"
)

func newInit() *cobra.Command {
	var opt scaffold.Options
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Lay out a policy repository",
		Long: "Lay out a policy repository: the whole library, mappings and waivers, a kt.yaml that names a small clean organisation to try it on, a workflow for CI, and a " +
			"README. `kt policy test` and `kt compliance check` pass there at once.",
		Example: "kt init my-policies\ncd my-policies && kt policy test && kt compliance check",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if err := scaffold.Write(c.Context(), dir, opt); err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.ErrOrStderr(), "A policy repository lies in %s. Try `kt policy test` and `kt compliance check` there.\n", dir)
			return err
		},
	}
	c.Flags().BoolVar(&opt.Force, "force", false, "write into a folder that is not empty; files of a repository's own names are replaced, no others touched")
	return c
}
