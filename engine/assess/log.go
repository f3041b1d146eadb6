package assess

import (
	"context"
	"encoding/hex"

	"github.com/keeptrusts/kt/engine/auditlog"
	"github.com/keeptrusts/kt/engine/check"
	"github.com/keeptrusts/kt/engine/event"
	"github.com/keeptrusts/kt/engine/posture"
)

// AuditLog is the role of the audit log among the inputs of a posture.
const AuditLog = "audit-log"

// Close closes the store, where the log is in one.
func (l *Log) Close() error {
	if l == nil || l.Store == nil {
		return nil
	}
	return l.Store.Close()
}

// judged is a log that checks are evaluated over, and what the posture says of it afterwards.
type judged interface {
	check.Log
	input() posture.Input
}

func (l *Log) open(window auditlog.Window) (judged, error) {
	switch {
	case l == nil:
		return nil, nil
	case l.Store != nil:
		return &stored{reader: l.Store, window: window, progress: l.Progress}, nil
	}
	files, err := event.Open(l.Paths, l.Stdin, event.Options{SkipInvalid: l.SkipInvalid, Progress: l.Progress, From: window.From, Until: window.Until})
	if err != nil {
		return nil, err
	}
	return read{check.Files{Log: files}}, nil
}

// read is a log in files.
type read struct{ check.Files }

func (r read) input() posture.Input {
	facts := r.Facts()
	in := posture.Input{Name: AuditLog, SHA256: facts.SHA256, Records: facts.Records, Refused: facts.Refused}
	for _, refusal := range facts.Refusals {
		in.Refusals = append(in.Refusals, posture.Refusal(refusal))
	}
	return in
}

// stored is the log in the store.
type stored struct {
	reader     *auditlog.Reader
	window     auditlog.Window
	progress   func(bytes, events int64)
	statistics event.Statistics
	set        aside
}

// aside is what the store holds but has not stored.
type aside struct {
	records  int64
	refused  int64
	refusals []posture.Refusal
}

func (a *aside) add(q *auditlog.Quarantined) error {
	a.records++
	if q.Kind != auditlog.KindRefusal {
		return nil
	}
	a.refused++
	if len(a.refusals) < event.MaxListed {
		a.refusals = append(a.refusals, posture.Refusal{Line: q.Line, Reason: q.Reason})
	}
	return nil
}

// Each offers the events of the window, and finds out what the log says of itself.
func (s *stored) Each(ctx context.Context, fn func(check.Part) error) error {
	var err error
	if s.statistics, err = s.reader.Statistics(ctx, s.window.From, s.window.Until); err != nil {
		return err
	}
	s.set = aside{}
	if err := s.reader.Quarantined(ctx, s.set.add); err != nil {
		return err
	}
	return s.reader.Scan(ctx, s.window, func(p *auditlog.Part) error {
		if s.progress != nil {
			s.progress(p.Before(), p.Before())
		}
		return fn(p)
	})
}

// Lost tells of events that retention has dropped: nobody can judge them any more.
func (s *stored) Lost() string {
	if s.reader.Dropped(s.window.From, s.window.Until) {
		return "retention has dropped events of the period: what they said could have been a deviation; judge a period that begins later"
	}
	return ""
}

// Statistics is known after Each.
func (s *stored) Statistics() event.Statistics { return s.statistics }

// input counts as records the lines that the log came with: of a file that was imported once, as many as it has.
func (s *stored) input() posture.Input {
	head := s.reader.Head()
	root := hex.EncodeToString(head.Root[:])
	return posture.Input{Name: AuditLog, SHA256: root, Records: max(s.reader.Records(), head.Size+s.set.records), Refused: s.set.refused, Refusals: s.set.refusals,
		Checkpoint: &posture.Checkpoint{Origin: s.reader.Origin(), Size: head.Size, Root: root}}
}
