package auditlog

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/keeptrusts/kt/engine/auditlog/segment"
	"github.com/keeptrusts/kt/engine/canon"
	"github.com/keeptrusts/kt/engine/event"
)

// Formats of an export.
const (
	NDJSON  = "ndjson"
	CSV     = "csv"
	Parquet = "parquet"
)

// Export writes the events that a query asks for, in the log's order and whatever its limit: as NDJSON that kt reads back, as CSV, or as one
// Parquet file.
func (r *Reader) Export(ctx context.Context, q Query, format string, w io.Writer) error {
	switch format {
	case NDJSON:
		return r.pieces(ctx, &q, w, (*Part).ndjson)
	case CSV:
		if _, err := io.WriteString(w, event.CSVHeader); err != nil {
			return err
		}
		return r.pieces(ctx, &q, w, (*Part).csv)
	case Parquet:
		return r.parquet(ctx, &q, w)
	}
	return fmt.Errorf("expected ndjson, csv or parquet, found %q", format)
}

// piece is what a part comes to, once done is closed.
type piece struct {
	data []byte
	done chan struct{}
}

// pieces has several parts written at a time, and puts them in order.
func (r *Reader) pieces(ctx context.Context, q *Query, w io.Writer, text func(*Part, []byte, []int32) ([]byte, error)) error {
	parts, err := r.parts(ctx, q.Window)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	order := make(chan *piece, runtime.GOMAXPROCS(0))
	free := make(chan []byte, 2*runtime.GOMAXPROCS(0)+1)
	group.Go(func() error {
		defer close(order)
		workers, ctx := errgroup.WithContext(ctx)
		workers.SetLimit(runtime.GOMAXPROCS(0))
		for _, p := range parts {
			one := &piece{done: make(chan struct{})}
			select {
			case order <- one:
			case <-ctx.Done():
				return workers.Wait()
			}
			workers.Go(func() error {
				defer close(one.done)
				defer p.Release()
				rows, err := p.matches(q)
				if err != nil {
					return err
				}
				var buffer []byte
				select {
				case buffer = <-free:
				default:
				}
				one.data, err = text(p, buffer[:0], rows)
				return err
			})
		}
		return workers.Wait()
	})
	group.Go(func() error {
		for one := range order {
			select {
			case <-one.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if _, err := w.Write(one.data); err != nil {
				return err
			}
			select {
			case free <- one.data:
			default:
			}
		}
		return nil
	})
	return group.Wait()
}

func (p *Part) csv(dst []byte, rows []int32) ([]byte, error) {
	if p.tail == nil {
		s, err := p.segment()
		if err != nil {
			return dst, err
		}
		return s.AppendCSV(dst, rows)
	}
	var parser canon.Parser
	for _, row := range rows {
		r, err := p.tail[row].Row(&parser)
		if err != nil {
			return dst, err
		}
		dst = r.AppendCSV(dst)
	}
	return dst, nil
}

func (p *Part) ndjson(dst []byte, rows []int32) ([]byte, error) {
	if p.tail == nil {
		s, err := p.segment()
		if err != nil {
			return dst, err
		}
		return s.AppendNDJSON(dst, rows)
	}
	for _, row := range rows {
		dst = segment.AppendLine(dst, p.tail[row].Canonical, p.tail[row].IngestedAt)
	}
	return dst, nil
}

// parquet writes each part as one group of rows.
func (r *Reader) parquet(ctx context.Context, q *Query, w io.Writer) error {
	parts, err := r.parts(ctx, q.Window)
	if err != nil {
		return err
	}
	out := segment.NewWriter(w)
	for _, p := range parts {
		rows, err := p.matches(q)
		if err != nil {
			return err
		}
		var indices []int64
		var events []event.Event
		err = p.events(rows, func(row int, e *event.Event) error {
			indices, events = append(indices, p.first()+int64(row)), append(events, *e)
			return nil
		})
		p.Release()
		if err == nil && len(events) > 0 {
			err = out.Add(indices, events)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}
