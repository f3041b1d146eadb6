package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progressAfter is how long reading may take before a bar is shown.
const progressAfter = time.Second

// progress shows on a terminal how much of the log has been read. The zero value shows nothing.
type progress struct {
	out   io.Writer
	since time.Time
	total int64 // bytes of all files, -1: unknown
	bars  *mpb.Progress
	bar   *mpb.Bar
	seen  atomic.Int64 // events; the bar reads it while they are counted
}

// newProgress is for a stream that may be a terminal, and the bytes that will be read, -1 where nobody knows.
func newProgress(w io.Writer, now time.Time, total int64) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) {
		return &progress{}
	}
	return &progress{out: w, since: now, total: total}
}

// at notes how far reading has come.
func (p *progress) at(bytes, events int64) {
	if p.out == nil {
		return
	}
	p.seen.Store(events)
	if p.bar == nil {
		if time.Since(p.since) < progressAfter {
			return
		}
		p.bars = mpb.New(mpb.WithOutput(p.out), mpb.WithWidth(40))
		counter := decor.Any(func(decor.Statistics) string { return fmt.Sprintf(" %d events", p.seen.Load()) })
		if p.total > 0 {
			p.bar = p.bars.AddBar(p.total, mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name("audit log ")),
				mpb.AppendDecorators(decor.Percentage(), counter))
		} else {
			p.bar = p.bars.AddSpinner(0, mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name("audit log ")), mpb.AppendDecorators(counter))
		}
	}
	p.bar.SetCurrent(bytes)
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
}
