package onboarding

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyStates are Postgres's error codes that pass by themselves: no connection is free, it is
// starting or being shut down, a lock cannot be had, it took too long, another transaction came in
// between (postgresql.org/docs/current/errcodes-appendix.html).
var busyStates = []string{"53300", "53400", "55P03", "57P01", "57P02", "57P03", "57014", "40001", "40P01"}

// Busy reports whether err, from Open or from storing something, says that the database did not do
// it in time, or did not say whether it did, and may do it later. After any other error it will not.
func Busy(err error) bool {
	if errors.As(err, new(*MaybeStoredError)) {
		return true // whatever kept it from saying so
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		reason := lite.Code() & 0xff
		return reason == sqlite3.SQLITE_BUSY || reason == sqlite3.SQLITE_LOCKED
	}
	var postgres *pgconn.PgError
	if errors.As(err, &postgres) {
		return slices.Contains(busyStates, postgres.Code)
	}
	var unanswered net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &unanswered) && unanswered.Timeout()
}

// onceFree does what the database may be too busy for, again and again until it is not, or ctx ends.
func onceFree(ctx context.Context, log *slog.Logger, do func() error) error {
	err := do()
	for pause := 100 * time.Millisecond; Busy(err) && ctx.Err() == nil; pause = min(2*pause, 2*time.Second) {
		log.Warn("the database is busy: waiting for it", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause): // a server says at once that it is busy
			err = do()
		}
	}
	return err
}

// notWritten reports whether SQLite says that it has written nothing: it only reads this database, or
// the disk is full, so that what it began was undone (sqlite.org/rescode.html#readonly, #full).
func notWritten(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && slices.Contains([]int{sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}, lite.Code()&0xff)
}
