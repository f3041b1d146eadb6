package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// The organisation's calendar. It has nothing to do with the wall clock: the log covers [begin, end), the snapshot is taken at
// end, and the default period of an evaluation, thirty days, begins at opening.
var (
	begin   = time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)
	end     = time.Date(2026, time.June, 30, 0, 0, 0, 0, time.UTC)
	opening = end.Add(-30 * day)
)

const day = 24 * time.Hour

// record is an item of a list of the snapshot, or a part of one.
type record = map[string]any

// text writes an instant as the snapshot and the log do.
func text(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

// on is a time of day in the organisation's two months; on(time.June, 3, 14, 5) is 3 June, 14:05 UTC.
func on(month time.Month, dayOfMonth, hour, minute int) time.Time {
	return time.Date(2026, month, dayOfMonth, hour, minute, 0, 0, time.UTC)
}

// dice are random choices of one topic, so that a topic that needs one more does not change the others.
type dice struct{ *rand.Rand }

func newDice(seed uint64, topic string) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(topic))
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// between is a whole second of [from, to).
func (d dice) between(from, to time.Time) time.Time {
	return from.Add(time.Duration(d.Int64N(int64(to.Sub(from)/time.Second))) * time.Second)
}

// lasting is a whole second of [short, long).
func (d dice) lasting(short, long time.Duration) time.Duration {
	return short + time.Duration(d.Int64N(int64((long-short)/time.Second)))*time.Second
}

// scramble spreads a number over all 64 bits (splitmix64, Steele, Lea and Flood 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
