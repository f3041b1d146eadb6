package assess_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/assess"
	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/policy"
	"github.com/keeptrusts/kt/engine/snapshot"
)

// organised is the store KT_STORE and the snapshot KT_SNAPSHOT that belongs to its events.
func organised(b *testing.B) (store string, s *snapshot.Snapshot) {
	store = os.Getenv("KT_STORE")
	if store == "" {
		b.Skip("KT_STORE names no store; make one with kt demo and kt audit-log import")
	}
	f, err := os.Open(os.Getenv("KT_SNAPSHOT"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if s, err = snapshot.Load("snapshot.json", f); err != nil {
		b.Fatal(err)
	}
	return store, s
}

// eventChecks are the checks that judge each event by itself.
func eventChecks(lib *policy.Library) (ids []string) {
	for _, c := range lib.Checks {
		if c.Reads == policy.ReadsEvent {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// BenchmarkStored runs all event checks over all events of a store.
func BenchmarkStored(b *testing.B) {
	store, s := organised(b)
	lib, err := policy.Load(b.Context(), policy.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	events := int64(0)
	for b.Loop() {
		r, err := auditlog.Open(b.Context(), store)
		if err != nil {
			b.Fatal(err)
		}
		events = r.Head().Size
		_, err = assess.Run(b.Context(), assess.Request{Library: lib, Snapshot: s, Log: &assess.Log{Store: r}, Now: s.CapturedAt, Since: all, Only: eventChecks(lib)})
		if err = errors.Join(err, r.Close()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
	b.ReportMetric(peak(b), "peak-MB")
}

// Columns of a segment that the event checks use, and the ids that stand in populations. Of details they use members, which kt keeps in
// columns of their own, too.
var (
	used    = []string{"id", "timestamp", "action", "actor_type", "actor_id", "resource_type", "resource_id", "outcome", "source", "ip_address", "policy_version", "extra"}
	members = []string{"decision", "rule", "reason", "provider", "token"}
)

// BenchmarkColumns decodes the same columns by the Parquet library alone, on as many processors: their values, with details as one column or
// by its members; and, of the members, only the pages, where a dictionary's codes are not yet values.
func BenchmarkColumns(b *testing.B) {
	whole, split := append(slices.Clone(used), "details"), append(slices.Clone(used), members...)
	b.Run("Values", func(b *testing.B) { benchmarkColumns(b, whole, decodeValues) })
	b.Run("ValuesOfMembers", func(b *testing.B) { benchmarkColumns(b, split, decodeValues) })
	b.Run("PagesOfMembers", func(b *testing.B) { benchmarkColumns(b, split, decodePages) })
}

func benchmarkColumns(b *testing.B, columns []string, decode func(parquet.Page) error) {
	store, _ := organised(b)
	files, err := filepath.Glob(filepath.Join(store, "segments", "*.parquet"))
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	for b.Loop() {
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for _, path := range files {
			group.Go(func() error { return decodeColumns(path, columns, decode) })
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func decodeColumns(path string, columns []string, decode func(parquet.Page) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return err
	}
	for _, group := range p.RowGroups() {
		for i, name := range p.Schema().Columns() {
			if slices.Contains(columns, name[len(name)-1]) {
				if err := decodeColumn(group.ColumnChunks()[i], decode); err != nil {
					return fmt.Errorf("%s: %v: %w", path, name, err)
				}
			}
		}
	}
	return nil
}

func decodeColumn(c parquet.ColumnChunk, decode func(parquet.Page) error) error {
	pages := c.Pages()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return pages.Close()
		}
		if err != nil {
			return err
		}
		err = decode(page)
		parquet.Release(page)
		if err != nil {
			return err
		}
	}
}

func decodePages(page parquet.Page) error {
	values := page.Data()
	if values.Size() < 0 {
		return errors.New("no values")
	}
	return nil
}

func decodeValues(page parquet.Page) error {
	var room [1024]parquet.Value
	values := page.Values()
	for {
		if _, err := values.ReadValues(room[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// BenchmarkPlainOPA evaluates all event checks by OPA's own rego package, a prepared query event by event, over KT_OPA_EVENTS of the store's
// events (default 100,000).
func BenchmarkPlainOPA(b *testing.B) {
	store, s := organised(b)
	lib, err := policy.Load(b.Context(), policy.Embedded())
	if err != nil {
		b.Fatal(err)
	}
	var options []func(*rego.Rego)
	for _, f := range lib.Files {
		if strings.HasPrefix(f.Path, "policies/") {
			options = append(options, rego.Module(f.Path, string(f.Data)))
		}
	}
	query, err := rego.New(append(options, rego.Query("data.bench"), rego.Module("bench.rego", plainHarness(lib)))...).PrepareForEval(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	r, err := auditlog.Open(b.Context(), store)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	most := number(b, "KT_OPA_EVENTS", 100_000)
	fixed := map[string]any{"as_of": "2026-06-30T00:00:00Z", "period": map[string]any{"from": "2026-04-01T00:00:00Z", "to": "2026-06-30T00:00:00Z"}, "snapshot": s.Value.Any()}
	for b.Loop() {
		var parser canon.Parser
		if _, err := r.Query(b.Context(), auditlog.Query{Limit: most}, func(f auditlog.Found) error { return judged(b.Context(), query, fixed, &f.Event, &parser) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(most), "ns/event")
}

func judged(ctx context.Context, query rego.PreparedEvalQuery, fixed map[string]any, e *event.Event, parser *canon.Parser) error {
	v, err := e.Value(parser)
	if err != nil {
		return err
	}
	fixed["event"] = v.Any()
	_, err = query.Eval(ctx, rego.EvalInput(fixed))
	return err
}

// plainHarness asks for every rule of every event check.
func plainHarness(lib *policy.Library) string {
	var out strings.Builder
	out.WriteString("package bench\n\n")
	for _, c := range lib.Checks {
		for _, rule := range []string{policy.RuleSelected, policy.RuleDeviation, policy.RuleWarning, policy.RuleUnknown} {
			if c.Reads == policy.ReadsEvent && len(c.Rules[rule]) > 0 {
				fmt.Fprintf(&out, "%s_%s := data.%s.%s\n\n", strings.ReplaceAll(c.ID, "-", "_"), rule, c.Package, rule)
			}
		}
	}
	return out.String()
}
