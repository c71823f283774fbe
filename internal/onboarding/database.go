package onboarding

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sync/semaphore"
	_ "modernc.org/sqlite" // the driver
)

// database is what lies beside the queue: the alerts, and what processes that share the
// database agree on.
type database struct {
	sql   *sql.DB
	lease lease
	// lock keeps every other caller out, in this process and in others, until the function that
	// it returns is called.
	lock  func(ctx context.Context) (unlock func(), err error)
	close func() error
	// inPlace is ErrMoved when the file is not the one that was opened; nil where there is none.
	inPlace func() error
	// server says that the database has a clock of its own.
	server bool
	// setKeys is the statement that rekey wants.
	setKeys string
	// beat is the statement that Beat makes.
	beat string
	// made says that the schema was not there before.
	made bool
}

// exclusive runs fn while nobody else, in this process or another, runs one on this database.
func (d *database) exclusive(ctx context.Context, fn func() error) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	defer unlock()
	return fn()
}

// openDatabase connects, and brings the schema up to date.
func openDatabase(ctx context.Context, c Config, cfg *river.Config) (*database, queue, error) {
	cfg.ID = "halobot-" + strings.ToLower(rand.Text())
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		return openSQLite(ctx, path, c, cfg)
	}
	return openPostgres(ctx, c, cfg)
}

// sqlitePragmas make a commit durable before it is acknowledged. One connection only: SQLite
// has one writer, and waiting in Go's pool is fairer than SQLite's busy loop.
const sqlitePragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate"

func openSQLite(ctx context.Context, path string, c Config, cfg *river.Config) (*database, queue, error) {
	existing := c.Existing
	// The file holds what people typed: it is its owner's alone.
	flags := os.O_CREATE | os.O_RDWR
	if existing {
		flags = os.O_RDWR
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if existing && errors.Is(err, fs.ErrNotExist) {
		return nil, nil, ErrNoDatabase
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the database that DATABASE_URL names: %w", err)
	}
	opened, err := f.Stat()
	f.Close() //nolint:errcheck // nothing was written
	if err != nil {
		return nil, nil, fmt.Errorf("open the database that DATABASE_URL names: %w", err)
	}

	pool, err := sql.Open("sqlite", fileURI(path)+sqlitePragmas)
	if err != nil {
		return nil, nil, fmt.Errorf("open the database that DATABASE_URL names: %w", err)
	}
	pool.SetMaxOpenConns(1)
	files := flock.New(path + "-lock")
	// The writers of this process come in the order in which they asked: database/sql picks among
	// those who wait for a connection at random, and some would wait for seconds.
	turn := semaphore.NewWeighted(1)
	db := &database{
		sql:     pool,
		lease:   &fileLease{prefix: path + "-worker-", file: fileID(opened)},
		inPlace: inPlace(path, opened),
		beat:    sqliteBeat,
		setKeys: `UPDATE river_job SET args = jsonb_set(args, '$.host', $2, '$.title', $3) WHERE id = $1`,
		lock: func(ctx context.Context) (func(), error) {
			if err := turn.Acquire(ctx, 1); err != nil {
				return nil, err
			}
			if _, err := files.TryLockContext(ctx, 2*time.Millisecond); err != nil {
				turn.Release(1)
				return nil, err
			}
			return func() { _ = files.Unlock(); turn.Release(1) }, nil
		},
	}
	db.close = func() error { return errors.Join(db.lease.release(), files.Close(), pool.Close()) }
	cfg.FetchPollInterval = pollUntold
	q, err := newQueue(wakingDriver{riversqlite.New(pool)}, cfg)
	if err != nil {
		return nil, nil, errors.Join(err, db.close())
	}
	q.sql, q.says, q.turn = pool, sqliteStatements(c.wallClock()), turn
	// An insert in a transaction of ours would wake nobody.
	q.apart = func(ctx context.Context, q *riverQueue[*sql.Tx], _ []string, fn func(jobs) error) error {
		return db.exclusive(ctx, func() error { return fn(q) })
	}
	return finishOpen(ctx, db, q, c, cfg)
}

// The connections to Postgres of a bot, and of a command, of which many may run beside it.
const (
	botConns     = 16
	commandConns = 3
	// pingAfter is for how long one must have been idle to be tried before it is used.
	pingAfter = 10 * time.Second
)

// errUnreadableURL stands for pgx's own text, which may hold parts of the URL, and so the password.
var errUnreadableURL = errors.New("DATABASE_URL cannot be read: write postgres:// with user, password, host and database")

func openPostgres(ctx context.Context, c Config, cfg *river.Config) (*database, queue, error) {
	pc, err := pgxpool.ParseConfig(c.DatabaseURL)
	if err != nil {
		return nil, nil, errUnreadableURL
	}
	if !strings.Contains(c.DatabaseURL, "pool_max_conns") {
		pc.MaxConns = botConns
	}
	if c.Work == WorkMails {
		pc.MaxConns = commandConns
	}
	// The default, a second, is one ping for each of an idle bot's looks.
	pc.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool { return p.IdleDuration > pingAfter }
	// A session that begins read-only stays so, also when its server takes writes again.
	pc.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to the database that DATABASE_URL names: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, nil, fmt.Errorf("connect to the database that DATABASE_URL names: %w", err)
	}
	if c.Work == WorkAll {
		if err := sessionsAreOwn(ctx, pc.ConnConfig); errors.Is(err, errShared) {
			pool.Close()
			return nil, nil, fmt.Errorf("%w. %s", err, poolerFix)
		}
	}
	db := &database{
		sql:     stdlib.OpenDBFromPool(pool),
		lease:   &sessionLease{config: pc.ConnConfig, pool: pool},
		server:  true,
		beat:    postgresBeat,
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
	cfg.FetchPollInterval = pollTold
	q, err := newQueue(riverpgxv5.New(pool), cfg)
	if err != nil {
		return nil, nil, errors.Join(err, db.close())
	}
	q.sql, q.says, q.told = db.sql, postgresStatements, true
	q.apart = func(ctx context.Context, q *riverQueue[pgx.Tx], names []string, fn func(jobs) error) error {
		tx, err := pool.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after a commit there is nothing to roll back
		if _, err := tx.Exec(ctx, lockNames, names); err != nil {
			return err
		}
		if err := fn(inTx[pgx.Tx]{q, tx}); err != nil {
			return err
		}
		if err := tx.Commit(ctx); err != nil {
			return &MaybeStoredError{err}
		}
		return nil
	}
	return finishOpen(ctx, db, q, c, cfg)
}

// lockNames takes one advisory lock a name, until the end of the transaction, in the same order
// everywhere.
const lockNames = `SELECT pg_advisory_xact_lock(lock) FROM (
	SELECT DISTINCT hashtextextended('halobot ' || name, 0) AS lock FROM unnest($1::text[]) AS name ORDER BY lock
) AS locks`

// schema is what this package adds to River's: look-ups by key, company and person, the alerts (see
// alerts.go for why they have a table), the directories (shelf.go), the forms (forms.go), and which
// version of the keys is stored (keys.go).
var schema = []string{
	`CREATE INDEX IF NOT EXISTS halobot_key ON river_job ((args->>'key'))`,
	`CREATE INDEX IF NOT EXISTS halobot_host ON river_job ((args->>'host'))`,
	`CREATE INDEX IF NOT EXISTS halobot_title ON river_job ((args->>'title'))`,
	`CREATE INDEX IF NOT EXISTS halobot_by ON river_job ((args->'by'->>'id'))`,
	`CREATE TABLE IF NOT EXISTS halobot_alert (
		key          text PRIMARY KEY,               -- of the requests that come from it: team, channel, ts
		channel      text NOT NULL,                  -- where the message is
		ts           text NOT NULL,                  -- the message's own
		email        text NOT NULL,                  -- the unknown sender; '' when there is none
		ticket_id    text NOT NULL,                  -- the mail's ticket in Halo; '' when there is none
		message      text NOT NULL,                  -- text, blocks and attachments as clicked, to be put back
		response_url text NOT NULL,                  -- the last click's; it lives for half an hour
		clicked_at   bigint NOT NULL,                -- when that was, Unix time in milliseconds
		settled      boolean NOT NULL DEFAULT false  -- answered: its button is gone
	)`,
	`CREATE TABLE IF NOT EXISTS halobot_answer (
		key       text PRIMARY KEY, -- the alert's
		round     bigint NOT NULL,  -- of the answer (args.round of its job); an older one changes nothing
		dismissed boolean NOT NULL, -- false: opened again
		by_id     text NOT NULL,    -- who answered: the Slack user id
		by_name   text NOT NULL,
		answered  bigint NOT NULL,  -- when, Unix time in milliseconds
		channel   text NOT NULL,    -- where the alert is
		ts        text NOT NULL,
		email     text NOT NULL     -- of the alert's sender, in small letters
	)`,
	`CREATE INDEX IF NOT EXISTS halobot_answer_email ON halobot_answer (email)`,
	`CREATE INDEX IF NOT EXISTS halobot_about ON river_job ((args->>'alert'))`,
	`CREATE TABLE IF NOT EXISTS halobot_heartbeat (
		id   integer PRIMARY KEY, -- 1: there is one row
		beat bigint NOT NULL      -- when the bot last looked whether the database takes a write, Unix time
	)`,
	`CREATE TABLE IF NOT EXISTS halobot_keys (
		version bigint PRIMARY KEY -- the highest is that of the keys in every request's host and title
	)`,
	`CREATE TABLE IF NOT EXISTS halobot_learned (
		request bigint NOT NULL, -- the request's job
		client  bigint NOT NULL, -- the id that Halo gave a client of it
		PRIMARY KEY (request, client)
	)`,
	`CREATE TABLE IF NOT EXISTS halobot_directory (
		connection text PRIMARY KEY, -- its name
		directory  bytea NOT NULL    -- its Halo's clients, as package halo keeps them
	)`,
	`CREATE TABLE IF NOT EXISTS halobot_form (
		key     text PRIMARY KEY, -- the form's
		form    text NOT NULL,    -- what stands in it, as its opener writes that
		kept_at bigint NOT NULL   -- Unix milliseconds
	)`,
	`CREATE INDEX IF NOT EXISTS halobot_alert_email ON halobot_alert (email)`,
	`CREATE INDEX IF NOT EXISTS halobot_alert_ticket ON halobot_alert (ticket_id)`,
}

// finishOpen migrates, one process at a time. While the database is busy, it waits.
func finishOpen[TTx any](ctx context.Context, db *database, q *riverQueue[TTx], c Config, cfg *river.Config) (*database, queue, error) {
	migrator, err := rivermigrate.New(q.driver, &rivermigrate.Config{Logger: cfg.Logger})
	if err != nil {
		return nil, nil, errors.Join(err, db.close())
	}
	// A command beside the bot waits for no lock where there is nothing to do: many at once would each
	// hold one connection and want another.
	if c.Work == WorkMails {
		if current, err := hasSchema(ctx, migrator, db.sql); err == nil && current {
			return db, q, nil
		}
	}
	migrate := func() error {
		versions, err := migrator.ExistingVersions(ctx)
		if err != nil {
			return err
		}
		db.made = len(versions) == 0
		if c.Existing && db.made {
			return ErrNoDatabase
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
	}
	err = onceFree(ctx, cfg.Logger, func() error { return db.exclusive(ctx, migrate) })
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("bring the database's schema up to date: %w", err), db.close())
	}
	return db, q, nil
}
