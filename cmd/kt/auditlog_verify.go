package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/posture"
	"github.com/keeptrusts/kt/engine/report"
)

// verifying is what `kt audit-log verify` was asked.
type verifying struct {
	at         dataDir
	checkpoint string
	key        string
	proof      string
	json       bool
	quiet      bool
}

func newVerify() *cobra.Command {
	var ask verifying
	c := &cobra.Command{
		Use:   "verify",
		Short: "Verify the whole log, against a checkpoint that somebody kept, or a proof",
		Long: "Verify the store: every file against the catalogue, every event against the Merkle tree, the tree against the signed checkpoint. With --checkpoint, also " +
			"that the log goes on from a checkpoint that somebody kept. With --proof, only that a proof of one event holds, without a store.\n\n" +
			"The public key is found by the log's name in the user's configuration directory, or given by --public-key. Without key and kept checkpoint a log can " +
			"only be found consistent with itself.\n\nExit codes: 0 good, 1 not, 2 it could not be verified.",
		Example: "kt audit-log verify\nkt audit-log verify --checkpoint checkpoint-2026-06.txt\nkt audit-log verify --proof proof.json --public-key kt-log.pub",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return ask.run(c) },
	}
	ask.at.flags(c)
	f := c.Flags()
	f.StringVar(&ask.checkpoint, "checkpoint", "", "the log must go on from the checkpoint in FILE")
	f.StringVar(&ask.key, "public-key", "", "verify by the public key in FILE, or written out")
	f.StringVar(&ask.proof, "proof", "", "verify the proof in FILE, instead of the log")
	f.BoolVar(&ask.json, "json", false, "write the report as JSON to standard output")
	f.BoolVarP(&ask.quiet, "quiet", "q", false, "write no report and no progress")
	c.MarkFlagsMutuallyExclusive("proof", "checkpoint")
	c.MarkFlagsMutuallyExclusive("proof", "data-dir")
	return c
}

func (v *verifying) run(c *cobra.Command) error {
	verifier, err := v.verifier()
	if err != nil {
		return err
	}
	if v.proof != "" {
		return v.runProof(c, verifier)
	}
	dir, err := v.at.resolve()
	if err != nil {
		return err
	}
	keys, err := ledger.UserKeys()
	if err != nil {
		return err
	}
	options := auditlog.VerifyOptions{Verifier: verifier, Keys: keys}
	if v.checkpoint != "" {
		if options.Kept, err = limitedFile(v.checkpoint, 1<<16); err != nil {
			return fmt.Errorf("--checkpoint: %w", err)
		}
		if _, err := ledger.ParseUnverified(options.Kept); err != nil {
			return fmt.Errorf("--checkpoint %s: expected what kt audit-log checkpoint wrote: %w", v.checkpoint, err)
		}
	}
	progressTo := c.ErrOrStderr()
	if v.quiet || v.json {
		progressTo = io.Discard
	}
	bar := newProgress(progressTo, time.Now(), -1)
	options.Progress = func(events int64) { bar.at(events, events) }
	result, err := auditlog.Verify(c.Context(), dir, options)
	bar.end()
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	switch {
	case v.json:
		err = report.VerificationJSON(out, &result)
	case !v.quiet:
		err = report.Verification(out, &result, look(out))
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if !result.Good() {
		return exit(posture.ExitFail)
	}
	return nil
}

// verifier is the public key that was given; nil: none was.
func (v *verifying) verifier() (note.Verifier, error) {
	if v.key == "" {
		return nil, nil
	}
	text := v.key
	data, err := limitedFile(v.key, 1<<12)
	switch {
	case err == nil:
		text = string(data)
	case !strings.Contains(text, "+"):
		return nil, fmt.Errorf("--public-key: expected a file, or a key such as NAME+0123abcd+AbC…: %w", err)
	}
	key, err := ledger.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("--public-key: %w", err)
	}
	return key, nil
}

func (v *verifying) runProof(c *cobra.Command, key note.Verifier) error {
	data, err := limitedFile(v.proof, 32<<20)
	if err != nil {
		return fmt.Errorf("--proof: %w", err)
	}
	proof, err := ledger.ReadProof(v.proof, data)
	if err != nil {
		return err
	}
	if key == nil {
		key = userKey(proof.Origin())
	}
	verdict := &report.ProofVerdict{Holds: true, Origin: proof.Origin(), Index: proof.Index, TreeSize: proof.TreeSize, Signed: key != nil}
	if err := proof.Check(key); err != nil {
		verdict.Holds, verdict.Signed, verdict.Reason = false, false, err.Error()
	}
	out := c.OutOrStdout()
	switch {
	case v.json:
		err = report.ProofJSON(out, verdict)
	case !v.quiet:
		err = report.Proof(out, verdict, look(out))
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if !verdict.Holds {
		return exit(posture.ExitFail)
	}
	return nil
}

// userKey is the user's public key of that name; nil: there is none.
func userKey(name string) note.Verifier {
	keys, err := ledger.UserKeys()
	if err != nil {
		return nil
	}
	key, err := keys.Verifier(name)
	if err != nil {
		return nil
	}
	return key
}
