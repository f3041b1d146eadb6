package assess_test

import (
	"io"
	"testing"
	"time"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/predicate"
)

// BenchmarkQueries asks the store KT_STORE what people ask of an audit log. DuckDB's times for the same come from testdata/duckdb.
func BenchmarkQueries(b *testing.B) {
	store, _ := organised(b)
	r, err := auditlog.Open(b.Context(), store)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	middle, err := r.EventAt(b.Context(), r.Head().Size/2)
	if err != nil {
		b.Fatal(err)
	}
	month := auditlog.Window{From: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	page := func(actor string) auditlog.Query {
		where, err := predicate.Query([]predicate.Clause{{Field: "actor", Operator: "=", Value: actor}}, event.CanonicalAction)
		if err != nil {
			b.Fatal(err)
		}
		return auditlog.Query{Where: where, Window: month, Newest: true, Limit: 50}
	}
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"PageOfABusyActorInAMonth", func() error { return ask(b, r, page("svc_data_api")) }},
		{"PageOfARareActorInAMonth", func() error { return ask(b, r, page("usr_38")) }},
		{"EventById", func() error { _, err := r.Find(b.Context(), middle.ID); return err }},
		{"CountsByActionOutcomeAndDay", func() error { _, err := r.Counts(b.Context(), auditlog.Query{}); return err }},
		{"CSV", func() error { return r.Export(b.Context(), auditlog.Query{}, auditlog.CSV, io.Discard) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ask(b *testing.B, r *auditlog.Reader, q auditlog.Query) error {
	_, err := r.Query(b.Context(), q, func(auditlog.Found) error { return nil })
	return err
}
