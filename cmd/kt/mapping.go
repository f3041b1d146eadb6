package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/report"
)

func newMapping() *cobra.Command {
	return group("mapping", "What the controls of a framework are tested by", newMappingList(), newMappingShow(), newMappingValidate())
}

func newMappingList() *cobra.Command {
	var from librarySource
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the frameworks",
		Example: "kt mapping list\nkt mapping list --mappings ./mappings --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lib, err := from.load(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return report.FrameworksJSON(c.OutOrStdout(), report.NewFrameworks(lib))
			}
			return report.Frameworks(c.OutOrStdout(), report.NewFrameworks(lib), look(c.OutOrStdout()))
		},
	}
	from.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}

// scopeFormats are the formats of a scoping document by name.
var scopeFormats = map[string]func(io.Writer, *report.Scope) error{
	"markdown": report.ScopeMarkdown, "csv": report.ScopeCSV, "json": report.ScopeJSON,
}

func newMappingShow() *cobra.Command {
	var from librarySource
	var format, to string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show FRAMEWORK",
		Short: "Write the scoping document of a framework",
		Long: "Write the scoping document of a framework: each control with the checks that test it, where their evidence comes from, how far they cover it and why, " +
			"and what remains to be shown by hand.",
		Example:           "kt mapping show soc2\nkt mapping show iso27001 --format csv --output scope.csv",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeFrameworks(&from),
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON {
				format = "json"
			}
			write, ok := scopeFormats[format]
			if !ok {
				return fmt.Errorf("--format: expected markdown, csv or json, found %q", format)
			}
			return showScope(c, &from, args[0], to, write)
		},
	}
	from.flags(c)
	c.Flags().StringVar(&format, "format", "markdown", "FORMAT of the document: markdown, csv or json")
	c.Flags().BoolVar(&asJSON, "json", false, "the same as --format json")
	c.Flags().StringVarP(&to, "output", "o", "", "write to FILE instead of standard output")
	c.MarkFlagsMutuallyExclusive("format", "json")
	fixed(c, "format", "markdown", "csv", "json")
	return c
}

func showScope(c *cobra.Command, from *librarySource, id, to string, write func(io.Writer, *report.Scope) error) error {
	var target *output
	if to != "" {
		var err error
		if target, err = openOutput(to); err != nil {
			return err
		}
	}
	lib, err := from.load(c.Context())
	if err != nil {
		return err
	}
	framework, err := lib.Mappings.Framework(id)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := write(&text, report.NewScope(lib, framework)); err != nil {
		return err
	}
	if target != nil {
		return target.write(text.Bytes())
	}
	_, err = c.OutOrStdout().Write(text.Bytes())
	return err
}

func newMappingValidate() *cobra.Command {
	var from librarySource
	c := &cobra.Command{
		Use:   "validate [DIR]",
		Short: "Hold mappings and waivers against their schema, the checks and the catalogues of controls",
		Example: "kt mapping validate\n" +
			"kt mapping validate ./mappings",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				from.mappings = args[0]
			}
			lib, err := from.load(c.Context())
			if err != nil {
				return err
			}
			controls, links := 0, 0
			for _, f := range report.NewFrameworks(lib) {
				controls += f.Controls
			}
			for _, check := range report.NewChecks(lib) {
				links += len(check.Controls)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "valid: %d frameworks, %d controls, %d links to %d checks, %d waivers\n",
				len(lib.Mappings.Frameworks), controls, links, len(lib.Checks), len(lib.Mappings.Waivers))
			return err
		},
	}
	from.flags(c)
	return c
}

// completeFrameworks offers the ids of the frameworks to the shell.
func completeFrameworks(from *librarySource) cobra.CompletionFunc {
	return completeFrom(from, func(lib *policy.Library) (out []cobra.Completion) {
		for _, f := range lib.Mappings.Frameworks {
			out = append(out, cobra.CompletionWithDesc(f.ID, f.Title))
		}
		return out
	})
}

// completeCheck offers the ids of the checks to the shell, for the first argument.
func completeCheck(from *librarySource) cobra.CompletionFunc {
	complete := completeFrom(from, func(lib *policy.Library) (out []cobra.Completion) {
		for _, one := range lib.Checks {
			out = append(out, cobra.CompletionWithDesc(one.ID, one.Title))
		}
		return out
	})
	return func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(c, args, begun)
	}
}

// completeFrom offers something of a library to the shell.
func completeFrom(from *librarySource, list func(*policy.Library) []cobra.Completion) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx := c.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		lib, err := from.load(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return list(lib), cobra.ShellCompDirectiveNoFileComp
	}
}

// fixed offers a flag's only values to the shell.
func fixed(c *cobra.Command, flag string, values ...string) {
	must(c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}
