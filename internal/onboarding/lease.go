package onboarding

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lease tells processes on one database which of them are alive, so that the work of one that
// was killed goes on at once. It may err towards dead (a lost connection): a request in work
// twice is kept from being sent twice by its mark and by the fence in queue.save.
type lease interface {
	// take holds, or keeps holding, the worker's lease until release or the process's death; it
	// reports whether the lease had to be taken anew.
	take(ctx context.Context, worker string) (fresh bool, err error)
	// held reports whether worker is alive; when that cannot be found out, it is.
	held(ctx context.Context, worker string) bool
	// alone reports whether this process, which holds a lease, now has what only one process at a
	// time may have. It keeps it until release, its death, or the loss of its connection.
	alone(ctx context.Context, what string) (bool, error)
	// free reports whether nobody has that. It takes no lease.
	free(ctx context.Context, what string) (bool, error)
	release() error
}

// fileLease locks a file per worker beside the SQLite file: the kernel unlocks it when the
// process dies.
type fileLease struct {
	prefix string
	file   string // the database's id, noted for bot check
	mu     sync.Mutex
	own    *flock.Flock
	only   map[string]*flock.Flock
}

func (l *fileLease) take(_ context.Context, worker string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.own != nil {
		return false, nil
	}
	own := flock.New(l.prefix + worker)
	if _, err := own.TryLock(); err != nil {
		return false, err
	}
	l.own = own
	if l.file != "" {
		_ = os.WriteFile(own.Path(), []byte(l.file), 0o600) // without the note bot check sees less
	}
	return true, nil
}

func (l *fileLease) held(_ context.Context, worker string) bool {
	name := l.prefix + worker
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return false
	}
	other := flock.New(name)
	locked, err := other.TryLock()
	if err != nil || !locked {
		return true
	}
	_ = os.Remove(name)
	_ = other.Unlock()
	return false
}

// alone leaves its file behind: who removes one that others wait for lets two have it.
func (l *fileLease) alone(_ context.Context, what string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.only[what] == nil {
		if l.only == nil {
			l.only = map[string]*flock.Flock{}
		}
		l.only[what] = flock.New(l.prefix + what)
	}
	return l.only[what].TryLock()
}

// free leaves the answer to alone, which costs a file nothing.
func (l *fileLease) free(context.Context, string) (bool, error) { return true, nil }

func (l *fileLease) release() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, file := range l.only {
		err = errors.Join(err, file.Close())
	}
	l.only = nil
	if l.own == nil {
		return err
	}
	err = errors.Join(err, os.Remove(l.own.Path()), l.own.Close())
	l.own = nil
	return err
}

// sessionLease is an advisory lock in a Postgres session of its own: the server gives it up
// when the process, or its connection, is gone.
type sessionLease struct {
	config *pgx.ConnConfig
	pool   *pgxpool.Pool // for what needs no session of its own
	mu     sync.Mutex
	conn   *pgx.Conn
	only   map[string]bool // had through conn
}

// leaseTimeout bounds each question, so that a silent server does not hold up the watch.
const leaseTimeout = 5 * time.Second

func (l *sessionLease) take(ctx context.Context, worker string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, leaseTimeout)
	defer cancel()
	if l.conn != nil {
		if l.conn.Ping(ctx) == nil {
			return false, nil
		}
		_ = l.conn.Close(ctx)
		l.conn, l.only = nil, nil
	}
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return false, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", worker); err != nil {
		_ = conn.Close(ctx)
		return false, err
	}
	l.conn, l.only = conn, map[string]bool{}
	return true, nil
}

func (l *sessionLease) held(ctx context.Context, worker string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, leaseTimeout)
	defer cancel()
	var free bool
	const try = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
	if err := l.conn.QueryRow(ctx, try, worker).Scan(&free); err != nil || !free {
		return true
	}
	_, _ = l.conn.Exec(ctx, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", worker)
	return false
}

func (l *sessionLease) alone(ctx context.Context, what string) (only bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil || l.only[what] {
		return l.conn != nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, leaseTimeout)
	defer cancel()
	err = l.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", "halobot "+what).Scan(&only)
	l.only[what] = only
	return only, err
}

// free takes the lock for the length of the statement. Whoever wants it at just that moment asks again.
func (l *sessionLease) free(ctx context.Context, what string) (free bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, leaseTimeout)
	defer cancel()
	err = l.pool.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", "halobot "+what).Scan(&free)
	return free, err
}

func (l *sessionLease) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaseTimeout)
	defer cancel()
	err := l.conn.Close(ctx)
	l.conn = nil
	return err
}
