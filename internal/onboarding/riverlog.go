package onboarding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"halobot/internal/outage"
)

// riverLog is River's log: its routine reports are lowered to debug, what it says of a database that
// fails goes to the outage, and a fact has the name that it has on the bot's own lines.
type riverLog struct {
	slog.Handler
	down *outage.Outage // nil: it is said as it is
}

func (h riverLog) Enabled(ctx context.Context, l slog.Level) bool {
	if l == slog.LevelInfo {
		l = slog.LevelDebug
	}
	return h.Handler.Enabled(ctx, l)
}

// factNames are River's names and the bot's.
var factNames = map[string]string{"err": "error", "job_id": "job"}

func (h riverLog) Handle(ctx context.Context, r slog.Record) error {
	named := slog.NewRecord(r.Time, r.Level, "River: "+r.Message, r.PC)
	var failed error
	r.Attrs(func(a slog.Attr) bool {
		if name, other := factNames[a.Key]; other {
			a.Key = name
		}
		if a.Key == "error" {
			failed = fmt.Errorf("%v", a.Value)
		}
		named.AddAttrs(a)
		return true
	})
	if failed == nil && h.down != nil && !h.down.Since().IsZero() {
		failed = errors.New(r.Message) // it names none, and here is one
	}
	if failed == nil || h.down == nil || r.Level < slog.LevelWarn || jobsOwn.MatchString(r.Message) {
		return h.Handler.Handle(ctx, named)
	}
	h.down.Failed(failed, "doing", r.Message)
	return nil
}

// jobsOwn are River's reports of errors that are a job's own, or the bot's.
var jobsOwn = regexp.MustCompile(`(?i)marshal|decoded|unhandled|panic|errored`)

func (h riverLog) WithAttrs(a []slog.Attr) slog.Handler {
	return riverLog{h.Handler.WithAttrs(a), h.down}
}
func (h riverLog) WithGroup(g string) slog.Handler { return riverLog{h.Handler.WithGroup(g), h.down} }
