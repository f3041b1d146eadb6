package demo

import (
	"bytes"
	"io"
	"strconv"
	"time"
)

// log walks through the organisation's log in the order of time: the story, and the gateways' traffic between its events.
type log struct {
	o        *organisation
	sources  map[string]*numbering
	gateways []*numbering // of each gateway, by its place in the fleet
	traffic  int          // how many requests there are
	step     time.Duration
	told     int // of the story
	done     int // of the traffic
	next     request
}

func (o *organisation) log() *log {
	l := &log{o: o, sources: map[string]*numbering{}, traffic: o.opt.Events - o.storyLines()}
	for _, s := range o.sources {
		l.sources[s.id] = newNumbering(s)
	}
	for _, g := range o.fleet {
		l.gateways = append(l.gateways, l.sources[g.source])
	}
	if l.traffic > 0 {
		l.step = end.Sub(begin) / time.Duration(l.traffic)
		l.next = l.request(0)
	}
	return l
}

// occurrence is one event: of the story, or a request.
type occurrence struct {
	stamp
	entry   *entry // nil: the request
	request request
}

// advance gives the next event, and false after the last one.
func (l *log) advance() (occurrence, bool) {
	story, traffic := l.told < len(l.o.story), l.done < l.traffic
	if story && (!traffic || !l.next.at.Before(l.o.story[l.told].at)) {
		e := l.o.story[l.told]
		l.told++
		occ := occurrence{entry: e}
		if e.fault != anonymous {
			occ.stamp = l.sources[e.source].stamp(e.at)
		}
		return occ, true
	}
	if !traffic {
		return occurrence{}, false
	}
	occ := occurrence{request: l.next, stamp: l.gateways[l.next.gateway].stamp(l.next.at)}
	if l.done++; l.done < l.traffic {
		l.next = l.request(l.done)
	}
	return occ, true
}

// counts is what the snapshot says about the log.
type counts struct {
	emitted  [][]int64   // by source and day of the default period
	gateways []time.Time // last request
	callers  []time.Time // last use
}

// count walks through the log without writing it.
func (o *organisation) count() *counts {
	c := &counts{gateways: make([]time.Time, len(o.fleet)), callers: make([]time.Time, len(o.callers))}
	place := map[string]int{}
	for i, s := range o.sources {
		place[s.id] = i
		c.emitted = append(c.emitted, make([]int64, int(end.Sub(opening)/day)))
	}
	fleet := make([]int, len(o.fleet))
	for i, g := range o.fleet {
		fleet[i] = place[g.source]
	}
	l := o.log()
	for occ, ok := l.advance(); ok; occ, ok = l.advance() {
		at, source := occ.request.at, 0
		switch {
		case occ.entry == nil:
			source = fleet[occ.request.gateway]
			c.gateways[occ.request.gateway], c.callers[occ.request.caller] = at, at
		case occ.entry.fault == anonymous:
			continue
		default:
			at, source = occ.entry.at, place[occ.entry.source]
		}
		if !at.Before(opening) {
			c.emitted[source][int(at.Sub(opening)/day)]++
		}
	}
	return c
}

// lines reads the log as NDJSON.
type lines struct {
	log  *log
	err  error
	rest []byte
	page []byte
}

// pageSize is about how many bytes are made at a time.
const pageSize = 64 << 10

func (r *lines) Read(p []byte) (int, error) {
	if len(r.rest) == 0 && r.err == nil {
		r.fill()
	}
	if len(r.rest) == 0 {
		return 0, r.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *lines) fill() {
	r.page = r.page[:0]
	for len(r.page) < pageSize {
		occ, ok := r.log.advance()
		if !ok {
			r.err = io.EOF
			break
		}
		if r.page, r.err = occ.lines(r.page, r.log.o); r.err != nil {
			break
		}
	}
	r.rest = r.page
}

// lines appends what arrives of the event.
func (occ *occurrence) lines(dst []byte, o *organisation) ([]byte, error) {
	if occ.entry == nil {
		return o.appendRequest(dst, occ), nil
	}
	if occ.entry.fault == lost {
		return dst, nil
	}
	start := len(dst)
	dst, err := occ.entry.line(dst, occ.stamp)
	if err != nil {
		return dst, err
	}
	switch occ.entry.fault {
	case twice:
		dst = append(dst, dst[start:]...)
	case disputed:
		second := bytes.Replace(dst[start:], []byte(`"outcome":"success"`), []byte(`"outcome":"denied"`), 1)
		dst = append(dst, second...)
	}
	return dst, nil
}

// request is one of the traffic.
type request struct {
	at      time.Time
	gateway int
	caller  int
	random  uint64
}

// request makes the k-th request. Requests are evenly many a step of time, each somewhere in its step, with days busier than nights.
func (l *log) request(k int) request {
	random := scramble(l.o.opt.Seed ^ scramble(uint64(k)))
	offset := time.Duration(k)*l.step + time.Duration(random%uint64(l.step))
	caller := int(random >> 8 % uint64(len(l.o.callers)))
	doors := l.o.callers[caller].gateways
	return request{at: begin.Add(busy(offset)).Truncate(time.Millisecond), caller: caller, gateway: doors[int(random>>40%uint64(len(doors)))], random: scramble(random)}
}

// busy bends time within each day, so that the fourteen hours from six in the morning see six parts in seven.
func busy(offset time.Duration) time.Duration {
	date, part := offset.Truncate(day), offset%day
	const morning, evening = day / 14, day - day/14
	switch {
	case part < morning:
		part = part * 6 * 14 / 24
	case part < evening:
		part = 6*time.Hour + (part-morning)*14*14/(24*12)
	default:
		part = 20*time.Hour + (part-evening)*4*14/24
	}
	return date + part
}

// appendRequest writes a request as its gateway logs it.
func (o *organisation) appendRequest(dst []byte, occ *occurrence) []byte {
	r := &occ.request
	gateway, caller := o.fleet[r.gateway], &o.callers[r.caller]
	decision := decisions[r.random>>8%uint64(len(decisions))]
	dst = append(dst, `{"timestamp":"`...)
	dst = r.at.AppendFormat(dst, "2006-01-02T15:04:05.999Z")
	dst = append(dst, caller.prefix...)
	dst = append(dst, gateway.resource...)
	dst = append(dst, decision.outcome...)
	dst = append(dst, `,"details":{"provider":"`...)
	dst = append(dst, gateway.providers[r.random%uint64(len(gateway.providers))]...)
	dst = append(dst, `","model":"`...)
	dst = append(dst, caller.models[r.random>>16%uint64(len(caller.models))]...)
	dst = append(dst, `","token":"`...)
	dst = append(dst, caller.token...)
	dst = append(dst, decision.details...)
	dst = append(dst, caller.suffix...)
	dst = append(dst, `,"policy_version":"`...)
	dst = append(dst, version(r.at)...)
	dst = append(dst, `","source":"`...)
	dst = append(dst, occ.source...)
	dst = append(dst, `","epoch":"`...)
	dst = append(dst, occ.epoch...)
	dst = append(dst, `","sequence":`...)
	dst = strconv.AppendInt(dst, occ.sequence, 10)
	return append(dst, '}', '\n')
}
