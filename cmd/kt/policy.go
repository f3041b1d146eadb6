package main

import (
	"context"
	"strings"

	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/cases"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/report"
)

func newPolicy() *cobra.Command {
	return group("policy", "The checks: what there is, and whether it is sound", newPolicyList(), newPolicyPlan(), newPolicyTest(), newPolicyLint())
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
	var ask policyTesting
	c := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run the cases of the checks, the deletion test and Rego's own tests",
		Long: "Run the cases of each check, the deletion test over those that fail, and the library's tests in Rego. The deletion test takes each field of a deviating " +
			"subject away in turn: the check must then still find it, or say that it cannot tell.\n\n" +
			"A folder that is no library of kt's is run as `opa test` would run it, without a network.",
		Example: "kt policy test\nkt policy test ./policies --check key-age --coverage\nkt policy test ./some/rego --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				ask.dir = args[0]
			}
			return ask.run(c)
		},
	}
	ask.library.flags(c)
	f := c.Flags()
	f.BoolVar(&ask.json, "json", false, "write JSON to standard output")
	f.BoolVar(&ask.coverage, "coverage", false, "say which lines of the policies no case and no test evaluates")
	f.StringSliceVar(&ask.cases.Checks, "check", nil, "run the cases of the check ID only, and no test in Rego; several joined by commas")
	return c
}

// policyTesting is what `kt policy test` was asked.
type policyTesting struct {
	library  librarySource
	dir      string
	cases    cases.Options
	coverage bool
	json     bool
}

func (t *policyTesting) run(c *cobra.Command) error {
	result, err := t.results(c.Context())
	if err != nil {
		return err
	}
	if out := c.OutOrStdout(); t.json {
		err = report.PolicyTestsJSON(out, result)
	} else {
		err = report.WritePolicyTests(out, result, look(out))
	}
	if err != nil || result.OK() {
		return err
	}
	return exit(posture.ExitFail)
}

func (t *policyTesting) results(ctx context.Context) (*report.PolicyTests, error) {
	result := &report.PolicyTests{}
	var err error
	if t.dir != "" && !policy.IsLibrary(t.dir) {
		result.Tests, err = policy.TestFolder(ctx, t.dir)
		return result, err
	}
	lib, err := t.library.loadFolder(ctx, t.dir)
	if err != nil {
		return nil, err
	}
	var seen *cover.Cover
	if t.coverage {
		seen = cover.New()
		t.cases.Tracer = seen
	}
	if result.Cases, err = cases.Run(ctx, lib, t.cases); err != nil {
		return nil, err
	}
	if len(t.cases.Checks) == 0 {
		if result.Tests, err = policy.Test(ctx, lib, seen); err != nil {
			return nil, err
		}
	}
	if seen != nil {
		result.Coverage = lib.Coverage(seen)
	}
	return result, nil
}

func newPolicyLint() *cobra.Command {
	var from librarySource
	var asJSON bool
	c := &cobra.Command{
		Use:     "lint [DIR]",
		Short:   "Hold a library to OPA's strict mode and format, and to what keeps a check honest",
		Long:    "Hold a library to OPA's strict mode and format, and to what keeps a check honest:\n\n" + report.LintRules(),
		Example: "kt policy lint\nkt policy lint ./policies --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			lib, err := from.loadFolder(c.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			found, err := policy.Lint(c.Context(), lib)
			if err != nil {
				return err
			}
			if out := c.OutOrStdout(); asJSON {
				err = report.DiagnosticsJSON(out, found)
			} else {
				err = report.Diagnostics(out, found, look(out))
			}
			if err != nil || len(found) == 0 {
				return err
			}
			return exit(posture.ExitFail)
		},
	}
	from.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON to standard output")
	return c
}
