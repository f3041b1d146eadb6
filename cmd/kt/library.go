package main

import (
	"cmp"
	"context"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/project"
)

// librarySource says where a command takes checks and mappings from: its flags, else the project's settings, else the binary.
type librarySource struct {
	policies, mappings, waivers, revision string
}

func (s *librarySource) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.policies, "policies", "", "take the policies from DIR instead of the binary")
	f.StringVar(&s.mappings, "mappings", "", "take the mappings from DIR instead of the folder beside the policies")
	f.StringVar(&s.waivers, "waivers", "", "take the waivers from FILE instead of waivers.yaml of the mappings")
	f.StringVar(&s.revision, "policy-rev", "", "take policies, mappings and waivers as they were at git REV: a commit, tag, branch or date")
	for _, name := range []string{"policies", "mappings"} {
		must(c.MarkFlagDirname(name))
	}
	must(c.MarkFlagFilename("waivers", "yaml", "yml"))
}

// load reads the library with the settings of the project around the working directory.
func (s *librarySource) load(ctx context.Context) (*policy.Library, error) {
	settings, err := settings()
	if err != nil {
		return nil, err
	}
	return s.loadWith(ctx, settings)
}

func (s *librarySource) loadWith(ctx context.Context, settings *project.Settings) (*policy.Library, error) {
	source, err := s.source(settings)
	if err != nil {
		return nil, err
	}
	if os.Getenv("GOGC") == "" {
		// Loading makes much and drops little of it: collecting garbage less often saves a quarter of the start. Judging has little alive
		// at a time, however long the log: so much garbage keeps a run under 300 MB, with 5,000 keys too.
		debug.SetGCPercent(400)
		defer debug.SetGCPercent(75)
	}
	return policy.Load(ctx, source)
}

// loadFolder reads the library of a folder as it is, whatever the project's settings say of policies; without one it is load.
func (s *librarySource) loadFolder(ctx context.Context, dir string) (*policy.Library, error) {
	if dir == "" {
		return s.load(ctx)
	}
	own := *s
	own.policies = dir
	return own.loadWith(ctx, &project.Settings{})
}

func (s *librarySource) source(settings *project.Settings) (policy.Source, error) {
	policies, mappings, waivers := cmp.Or(s.policies, settings.Policies), cmp.Or(s.mappings, settings.Mappings), cmp.Or(s.waivers, settings.Waivers)
	source := policy.Embedded()
	if policies != "" || mappings != "" {
		var err error
		if source, err = policy.Directories(policies, mappings); err != nil {
			return source, err
		}
	}
	if waivers != "" {
		var err error
		if source, err = source.WithWaivers(waivers); err != nil {
			return source, err
		}
	}
	if s.revision != "" {
		return source.At(s.revision)
	}
	return source, nil
}

// must is for what cannot fail: a flag is described right after it was defined.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// settings are those of the project around the working directory, under those of the environment.
func settings() (*project.Settings, error) { return project.Open(".", os.Getenv) }
