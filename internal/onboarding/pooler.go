package onboarding

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// poolerFix is what to do about a pooler.
const poolerFix = "Put the server's own address into DATABASE_URL (its port is 5432 as a rule, PgBouncer's is 6432), " +
	"or an entry of the pooler's that has pool_mode=session."

// errShared says that two connections have one session of the server's.
var errShared = errors.New("two connections to the database share one session: a pooler stands between that hands sessions out anew for each transaction")

// checkPooler finds a pooler that gives a connection another session for each transaction. The
// locks by which bots know of each other's death are a session's, and so is the listening for new
// requests.
func checkPooler(ctx context.Context, config *pgx.ConnConfig) []DatabaseCheck {
	if err := sessionsAreOwn(ctx, config); errors.Is(err, errShared) {
		return []DatabaseCheck{{Part: "pooler",
			Detail: "A pooler in transaction mode stands before the database (two connections share one session). " +
				"The bot needs sessions of its own: its locks tell other bots that it lives, and it waits on one to hear of new requests.",
			Fix: poolerFix}}
	}
	return nil
}

// poolTries is how many connections are open at once until two of them must have met one session.
const poolTries = 4

// sessionsAreOwn is errShared when connections share sessions. Any other error says nothing of that.
func sessionsAreOwn(ctx context.Context, config *pgx.ConnConfig) error {
	config = config.Copy()
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // a pooler may know no prepared statements
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var open []*pgx.Conn
	defer func() {
		for _, conn := range open {
			_ = conn.Close(context.WithoutCancel(ctx)) // nothing was written
		}
	}()
	had := map[*pgx.Conn]int{} // which session
	whose := map[int]*pgx.Conn{}
	for range poolTries {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		open = append(open, conn)
		for _, conn := range open {
			var session int
			if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&session); err != nil {
				return err
			}
			if was, known := had[conn]; known && was != session || whose[session] != nil && whose[session] != conn {
				return errShared
			}
			had[conn], whose[session] = session, conn
		}
	}
	return nil
}
