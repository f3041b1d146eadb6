package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/auditlog/ledger"
	"github.com/keeptrusts/kt/engine/project"
)

// defaultDataDir is where the store lies unless something else is said.
const defaultDataDir = ".kt"

func newAuditLog() *cobra.Command {
	c := group("audit-log", "The immutable audit log: import, query, prove, verify", newImport(), newHold())
	c.AddCommand(withoutFiles(newQuery(), newTail(), newExport(), newStats(), newQuarantine(), newProve(), newCheckpoint(), newVerify(), newRetain())...)
	return c
}

// withoutFiles keeps the shell from offering files to commands that take none.
func withoutFiles(commands ...*cobra.Command) []*cobra.Command {
	for _, c := range commands {
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	return commands
}

// dataDir is where a command finds the store.
type dataDir struct{ path string }

func (d *dataDir) flags(c *cobra.Command) {
	c.Flags().StringVar(&d.path, "data-dir", "", "the audit-log store in DIR (default: KT_DATA_DIR, data_dir of kt.yaml, else "+defaultDataDir+")")
	must(c.MarkFlagDirname("data-dir"))
}

// resolve is the folder that is meant.
func (d *dataDir) resolve() (string, error) {
	settings, err := settings()
	if err != nil {
		return "", err
	}
	return d.of(settings)
}

// of is the folder that is meant under some settings.
func (d *dataDir) of(settings *project.Settings) (string, error) {
	dir := cmp.Or(d.path, settings.DataDir, defaultDataDir)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", fmt.Errorf("%s: expected the folder of an audit-log store, found a file; name a folder, which an import makes where there is none", dir)
	}
	return dir, nil
}

// writer opens the store for writing; it makes one, with the key of that name, where there is none.
func (d *dataDir) writer(c *cobra.Command, key string) (*auditlog.Writer, error) {
	dir, err := d.resolve()
	if err != nil {
		return nil, err
	}
	keys, err := ledger.UserKeys()
	if err != nil {
		return nil, err
	}
	if key != "" {
		if _, err := keys.Signer(key); err != nil && !errors.Is(err, ledger.ErrNoKey) {
			return nil, fmt.Errorf("--key: %w", err)
		}
	}
	w, err := auditlog.OpenWriter(c.Context(), dir, auditlog.Options{Keys: keys, Origin: key, Command: c.CommandPath()})
	if err == nil && key != "" && key != w.Origin() {
		return nil, errors.Join(fmt.Errorf("--key %s: the checkpoints of the log in %s are signed by the key %s, and a log keeps its key; leave the flag out", key, dir, w.Origin()), w.Close())
	}
	return w, err
}

// reading runs fn with the store open.
func (d *dataDir) reading(c *cobra.Command, fn func(r *auditlog.Reader) error) (err error) {
	dir, err := d.resolve()
	if err != nil {
		return err
	}
	r, err := auditlog.Open(c.Context(), dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return fn(r)
}

func newCheckpoint() *cobra.Command {
	var at dataDir
	var file string
	c := &cobra.Command{
		Use:   "checkpoint",
		Short: "Write the signed state of the log, to be kept elsewhere",
		Long: "Write the latest signed checkpoint of the log. Keep it where whoever can change the store cannot. `kt audit-log verify --checkpoint FILE` then " +
			"proves that everything before it is as it was.",
		Example: "kt audit-log checkpoint --output checkpoint-2026-06.txt\nkt audit-log verify --checkpoint checkpoint-2026-06.txt",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return at.reading(c, func(r *auditlog.Reader) error {
				if len(r.Checkpoint()) == 0 {
					return errors.New("the log has no checkpoint yet: import or append events first")
				}
				return writeTo(c, file, r.Checkpoint())
			})
		},
	}
	at.flags(c)
	c.Flags().StringVarP(&file, "output", "o", "", "write to FILE instead of standard output")
	return c
}

// standardOutput is the name of standard output, for commands that write there without a name too.
const standardOutput = "-"

// writeTo writes a whole text to a file, or to standard output where none is named.
func writeTo(c *cobra.Command, file string, data []byte) error {
	if file == "" || file == standardOutput {
		if _, err := c.OutOrStdout().Write(data); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
		return nil
	}
	target, err := openOutput(file)
	if err != nil {
		return err
	}
	return target.write(data)
}

// limitedFile reads a small file.
func limitedFile(name string, most int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: expected a file, found a folder", name)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s: expected at most %d bytes, found %d", name, most, info.Size())
	}
	return os.ReadFile(name)
}
