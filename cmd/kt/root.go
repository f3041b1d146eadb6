package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/report"
)

// exitInterrupted is the exit code after Ctrl-C: 128 and the number of the signal.
const exitInterrupted = 130

// patience is how long an interrupted command may take to put away what it was writing. One that is stuck in reading ends then.
const patience = 2 * time.Second

// version is set when kt is released (-ldflags "-X main.version=v1.2.3"); otherwise Go's build information says it.
var version string

// run is kt as a function: it gives the exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	root := newRoot()
	root.SetArgs(args)
	done := make(chan int, 1)
	go func() { done <- execute(ctx, root) }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	}
	select {
	case code := <-done:
		return code
	case <-time.After(patience):
		return exitInterrupted
	}
}

// execute carries a command out. Only a wrong use gets as far as fang, which asks a terminal for its colours before it speaks of an error.
func execute(ctx context.Context, root *cobra.Command) int {
	code := posture.ExitPass
	settle := func(w io.Writer, err error) {
		printError(ctx, w, err)
		code = exitCode(ctx, err)
	}
	settled(root, settle)
	err := fang.Execute(ctx, root, fang.WithVersion(versionText()),
		fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) { printError(ctx, w, err) }))
	if err != nil {
		return exitCode(ctx, err)
	}
	return code
}

// settled has settle take the errors of a command and of all below it.
func settled(c *cobra.Command, settle func(io.Writer, error)) {
	if act := c.RunE; act != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			if err := act(c, args); err != nil {
				settle(c.ErrOrStderr(), err)
			}
			return nil
		}
	}
	for _, below := range c.Commands() {
		settled(below, settle)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "kt",
		Short: "Compliance posture from configuration, audit log and policies",
		Long: "kt judges a configuration snapshot and an audit log against policies written in Rego, and says which controls of SOC 2, ISO 27001 " +
			"or a framework of your own hold, which do not, and why.",
		Example: "kt compliance check --framework soc2 --output compliance-status.json\nkt policy test\nkt init my-policies",
		Args:    cobra.NoArgs,
		RunE:    help,
	}
	root.AddCommand(newCompliance(), newAuditLog(), newMapping(), newPolicy(), newInit(), newDemo())
	return root
}

// group is a noun: a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: help}
	c.AddCommand(commands...)
	return c
}

func help(c *cobra.Command, _ []string) error { return c.Help() }

// exit is a command's verdict by itself: its code, with nothing more to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// verdict is the error for an exit code, nil for 0.
func verdict(code int) error {
	if code == posture.ExitPass {
		return nil
	}
	return exit(code)
}

// exitCode of a command that ended with an error: whatever is no verdict is a wrong use or bad input.
func exitCode(ctx context.Context, err error) int {
	var code exit
	switch {
	case err == nil:
		return posture.ExitPass
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil:
		return exitInterrupted
	}
	return posture.ExitBadInput
}

func printError(ctx context.Context, w io.Writer, err error) {
	var code exit
	switch {
	case errors.As(err, &code):
	case ctx.Err() != nil:
		_, _ = fmt.Fprintln(w, "interrupted")
	default:
		report.Problem(w, err)
	}
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
