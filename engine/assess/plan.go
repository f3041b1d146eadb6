package assess

import (
	"context"
	"fmt"

	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/clock"
)

// Plan tells how the rules of a check would meet the events of the log, for the request's snapshot and clock.
func Plan(ctx context.Context, r Request, id string) ([]check.Plan, error) {
	c, ok := r.Library.Check(id)
	if !ok {
		return nil, fmt.Errorf("%s is not a check of this library; kt policy list names them", id)
	}
	at, err := r.Clock()
	if err != nil {
		return nil, err
	}
	in := check.Inputs{AsOf: at.AsOf, Period: clock.Period{From: at.From, To: at.To}, Snapshot: r.Snapshot}
	return check.Plans(ctx, r.Library, in, check.Options{Limit: r.Limit, Thresholds: r.Thresholds}, c)
}
