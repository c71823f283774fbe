package onboarding

import (
	"context"
	"errors"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyStates are Postgres's error codes that pass by themselves: no connection is free, it is
// starting or being shut down, a lock cannot be had
// (postgresql.org/docs/current/errcodes-appendix.html).
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
