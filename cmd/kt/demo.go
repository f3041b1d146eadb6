package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/demo"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// embedded is the organisation that is judged where no input is named.
var embedded = demo.Options{Events: demo.DefaultEvents, Seed: 1}

// openDemo fills in the embedded organisation.
func openDemo(r *assess.Request, progressTo io.Writer) (*progress, error) {
	data, err := demo.Snapshot(embedded)
	if err != nil {
		return nil, err
	}
	if r.Snapshot, err = snapshot.Load("demo snapshot", bytes.NewReader(data)); err != nil {
		return nil, err
	}
	bar := newProgress(progressTo, r.Now, -1)
	r.Log = &assess.Log{Paths: []string{event.Stdin}, Stdin: demo.Events(embedded), Progress: bar.at}
	return bar, nil
}

func newDemo() *cobra.Command {
	var opt demo.Options
	var dir string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Write a made-up organisation with known defects",
		Long: "Write a made-up organisation: " + demo.SnapshotFile + ", " + demo.EventsFile + " with two months of events, and " + demo.PlantedFile +
			", which lists every defect that a verdict must find. The same options give the same bytes.",
		Example: "kt demo --out demo\nkt demo --events 1000000 --seed 7 --out big\n" +
			"kt compliance check --snapshot demo/snapshot.json --audit-log demo/events.ndjson",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if opt.Events < 0 || opt.Keys < 0 {
				return fmt.Errorf("--events and --keys: expected numbers above zero, found %d and %d", opt.Events, opt.Keys)
			}
			return demo.Write(c.Context(), dir, opt)
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "out", "", "write the files to DIR, which is made where it is not there")
	f.IntVar(&opt.Events, "events", demo.DefaultEvents, "NUMBER of events")
	f.IntVar(&opt.Keys, "keys", demo.DefaultKeys, "NUMBER of keys")
	f.Uint64Var(&opt.Seed, "seed", 1, "SEED of names, times and who did what")
	f.BoolVar(&opt.Clean, "clean", false, "plant no defects")
	must(c.MarkFlagRequired("out"))
	must(c.MarkFlagDirname("out"))
	return c
}
