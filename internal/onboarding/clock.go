package onboarding

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// This file alone takes the time: a test holds the package to it.

// clock is what deadlines are held to that several processes share: on Postgres the server's
// time, on SQLite that of the machine. Between two readings it goes by the time that has passed,
// so that a wall clock that is set while the process lives changes nothing.
type clock struct {
	mu      sync.Mutex
	read    time.Time        // the reading
	at      time.Time        // this process's time then
	process func() time.Time // tells this process's time
}

func newClock() *clock { now := time.Now(); return &clock{read: now, at: now, process: time.Now} }

// now is the time.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read.Add(c.process().Sub(c.at)).Round(0)
}

// of is what the clock showed at t, a time of this process's own.
func (c *clock) of(t time.Time) time.Time { return c.now().Add(t.Sub(c.process())) }

// since is how long ago t was; never negative, since a time that lies ahead was noted by another
// clock.
func (c *clock) since(t time.Time) time.Duration { return max(c.now().Sub(t), 0) }

// wallClock is the time that River goes by on SQLite: the machine's, as somebody may have set it.
func wallClock() time.Time { return time.Now() }

// handedClock is a clock for River, in place of its own.
type handedClock func() time.Time

// Now implements rivertype.TimeGenerator.
func (c handedClock) Now() time.Time { return c() }

// NowOrNil implements rivertype.TimeGenerator.
func (c handedClock) NowOrNil() *time.Time { now := c(); return &now }

// nextTry is when River takes up a job again whose worker has crashed. River goes by the machine's clock
// to find it due, and on Postgres by the server's to begin it: the earlier is soon enough for both.
func (c *clock) nextTry() time.Time {
	next := wallClock()
	if now := c.now(); now.Before(next) {
		next = now
	}
	return next.Add(retryAfter)
}

// stopwatch returns what tells how much time has passed since it was called.
func stopwatch() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// maxDrift is by how much two clocks may come apart between two readings; what is more is one
// that was set.
const maxDrift = 10 * time.Second

// readServer takes Postgres's time for the clock: the first time as it is, later only to
// correct a drift.
func (c *clock) readServer(ctx context.Context, db *sql.DB, first bool) error {
	var server time.Time
	asked := c.process()
	if err := db.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&server); err != nil {
		return err
	}
	took := c.process().Sub(asked)
	server = server.Add(took / 2)
	if drift := server.Sub(c.now()); !first && drift.Abs() > maxDrift {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.at = server, asked.Add(took)
	return nil
}
