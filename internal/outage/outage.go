// Package outage logs that a service cannot be used for a while: once when that begins, once a
// minute while it lasts, and once when it is over, however many calls fail meanwhile.
package outage

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Outage is what is known of one such service. It is safe for concurrent use.
type Outage struct {
	log   *slog.Logger
	level slog.Level
	what  string

	mu     sync.Mutex
	since  time.Time // zero: there is none
	wrote  time.Time // when it was last logged that an outage began or lasts
	said   bool      // the beginning of this outage was logged
	failed int       // calls that failed since it began
}

// every is the least time between two lines that say that an outage began or lasts.
const every = time.Minute

// New makes an Outage for what cannot be used ("Halo", "the database"). It writes to log, failures
// at level.
func New(log *slog.Logger, level slog.Level, what string) *Outage {
	return &Outage{log: log, level: level, what: what}
}

// Failed notes a call that failed because the service cannot be used. args are added to the line,
// as slog takes them.
func (o *Outage) Failed(err error, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if o.since.IsZero() {
		o.since, o.said, o.failed = now, false, 0
	}
	o.failed++
	if !o.wrote.IsZero() && now.Sub(o.wrote) < every {
		return
	}
	message := o.what + " cannot be used: what needs it waits"
	if o.said {
		message = o.what + " still cannot be used"
		args = append(args, "lasted", now.Sub(o.since).Round(time.Second), "failed", o.failed)
	}
	o.log.Log(context.Background(), o.level, message, append(args, "error", err)...)
	o.wrote, o.said = now, true
}

// Answered notes that the service can be used.
func (o *Outage) Answered() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.said {
		o.log.Info(o.what+" can be used again", "lasted", time.Since(o.since).Round(time.Millisecond), "failed", o.failed)
	}
	o.since, o.said = time.Time{}, false
}

// Since is when the outage began, zero while there is none.
func (o *Outage) Since() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.since
}
