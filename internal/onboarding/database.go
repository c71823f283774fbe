package onboarding

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
)

// database is what lies beside the queue: the alerts, and what processes that share the
// database agree on.
type database struct {
	sql   *sql.DB
	lease lease
	mu    sync.Mutex
	// lock keeps other processes out until the function that it returns is called.
	lock  func(ctx context.Context) (unlock func(), err error)
	close func() error
	// setKeys is the statement that rekey wants.
	setKeys string
}

// exclusive runs fn while nobody else, in this process or another, runs one on this database.
func (d *database) exclusive(ctx context.Context, fn func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	unlock, err := d.lock(ctx)
	if err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	defer unlock()
	return fn()
}

// openDatabase connects, and brings the schema up to date.
func openDatabase(ctx context.Context, url string, cfg *river.Config) (*database, queue, error) {
	cfg.ID = "halobot-" + strings.ToLower(rand.Text())
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return openSQLite(ctx, path, cfg)
	}
	return openPostgres(ctx, url, cfg)
}

// sqlitePragmas make a commit durable before it is acknowledged. One connection only: SQLite
// has one writer, and waiting in Go's pool is fairer than SQLite's busy loop.
const sqlitePragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate"

func openSQLite(ctx context.Context, path string, cfg *river.Config) (*database, queue, error) {
	// The file holds what people typed: it is its owner's alone.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the database that DATABASE_URL names: %w", err)
	}
	f.Close() //nolint:errcheck // nothing was written

	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	// As SQLite's own builds on Linux do: fsync would write the file's times as well. Elsewhere
	// it stays fsync, and the error says only that.
	_, _ = sqlite.Fdatasync(true)
	connector, err := sqlite.NewConnector("file:" + escaped + sqlitePragmas)
	if err != nil {
		return nil, nil, fmt.Errorf("open the database that DATABASE_URL names: %w", err)
	}
	pool := sql.OpenDB(compiling{connector})
	pool.SetMaxOpenConns(1)
	files := flock.New(path + "-lock")
	db := &database{
		sql:     pool,
		lease:   &fileLease{prefix: path + "-worker-"},
		setKeys: `UPDATE river_job SET args = jsonb_set(args, '$.host', $2, '$.title', $3) WHERE id = $1`,
		lock: func(ctx context.Context) (func(), error) {
			if _, err := files.TryLockContext(ctx, 2*time.Millisecond); err != nil {
				return nil, err
			}
			return func() { _ = files.Unlock() }, nil
		},
	}
	db.close = func() error { return errors.Join(db.lease.release(), files.Close(), pool.Close()) }
	return finishOpen(ctx, db, wakingDriver{riversqlite.New(pool)}, nil, cfg)
}

// wakingDriver makes an insert wake the worker in the same process, tenfold quicker than the
// listener that River emulates on SQLite; another process's inserts wait for the poll.
type wakingDriver struct{ *riversqlite.Driver }

func (wakingDriver) SupportsListener() bool { return false }

func (d wakingDriver) GetExecutor() riverdriver.Executor { return lazyExecutor{d.Driver.GetExecutor()} }

func openPostgres(ctx context.Context, url string, cfg *river.Config) (*database, queue, error) {
	pc, err := pgxpool.ParseConfig(url)
	if err != nil {
		// pgx's own text may hold parts of the URL, and so the password.
		return nil, nil, errors.New("DATABASE_URL cannot be read: write postgres://user:password@host/database")
	}
	if !strings.Contains(url, "pool_max_conns") {
		pc.MaxConns = 16
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to the database that DATABASE_URL names: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, nil, fmt.Errorf("connect to the database that DATABASE_URL names: %w", err)
	}
	db := &database{
		sql:     stdlib.OpenDBFromPool(pool),
		lease:   &sessionLease{config: pc.ConnConfig},
		setKeys: `UPDATE river_job SET args = args || jsonb_build_object('host', $2::text, 'title', $3::text) WHERE id = $1`,
		lock: func(ctx context.Context) (func(), error) {
			tx, err := pool.Begin(ctx)
			if err != nil {
				return nil, err
			}
			unlock := func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('halobot', 0))"); err != nil {
				unlock()
				return nil, err
			}
			return unlock, nil
		},
	}
	db.close = func() error {
		err := errors.Join(db.lease.release(), db.sql.Close())
		pool.Close()
		return err
	}
	return finishOpen(ctx, db, riverpgxv5.New(pool), lockInPostgres, cfg)
}

// lockInPostgres takes one advisory lock a name, in the same order everywhere.
func lockInPostgres(ctx context.Context, tx riverdriver.ExecutorTx, names []string) error {
	return tx.Exec(ctx, `SELECT pg_advisory_xact_lock(lock) FROM (
		SELECT DISTINCT hashtextextended('halobot ' || name, 0) AS lock FROM unnest($1::text[]) AS name ORDER BY lock
	) AS locks`, names)
}

// schema is what this package adds to River's: look-ups by key, company and person, the
// alerts (see alerts.go for why they have a table), the directories (shelf.go), and which version
// of the keys is stored (keys.go).
var schema = []string{
	`CREATE INDEX IF NOT EXISTS halobot_key ON river_job ((args->>'key'))`,
	`CREATE INDEX IF NOT EXISTS halobot_host ON river_job ((args->>'host'))`,
	`CREATE INDEX IF NOT EXISTS halobot_title ON river_job ((args->>'title'))`,
	`CREATE INDEX IF NOT EXISTS halobot_by ON river_job ((args->'by'->>'id'))`,
	`CREATE TABLE IF NOT EXISTS halobot_alert (
		key          text PRIMARY KEY,
		channel      text NOT NULL,
		ts           text NOT NULL,
		email        text NOT NULL,
		ticket_id    text NOT NULL,
		message      text NOT NULL,
		response_url text NOT NULL,
		clicked_at   bigint NOT NULL,
		settled      boolean NOT NULL DEFAULT false
	)`,
	`CREATE TABLE IF NOT EXISTS halobot_keys (version bigint PRIMARY KEY)`,
	`CREATE TABLE IF NOT EXISTS halobot_directory (connection text PRIMARY KEY, directory bytea NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS halobot_alert_email ON halobot_alert (email)`,
	`CREATE INDEX IF NOT EXISTS halobot_alert_ticket ON halobot_alert (ticket_id)`,
}

// finishOpen migrates, one process at a time, and makes the queue.
func finishOpen[TTx any](ctx context.Context, db *database, driver riverdriver.Driver[TTx], lock lockNames, cfg *river.Config) (*database, queue, error) {
	q, err := newQueue(driver, lock, cfg)
	if err == nil {
		err = db.exclusive(ctx, func() error {
			migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: cfg.Logger})
			if err != nil {
				return err
			}
			if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
				return err
			}
			for _, statement := range schema {
				if _, err := db.sql.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return rekey(ctx, db.sql, db.setKeys)
		})
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("bring the database's schema up to date: %w", err), db.close())
	}
	return db, q, nil
}
