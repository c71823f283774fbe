package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
)

// DatabaseCheck is one thing that was seen of the database, for an administrator.
type DatabaseCheck struct {
	Part   string // of the database: "" is the whole
	OK     bool
	Detail string // what was seen; never holds a password
	Fix    string // what to do about it
}

// CheckDatabase looks whether [Open] and a service could work with the database: whether it
// can be reached, takes a write, and has, or can be given, the schema; and at what would be in a
// bot's way beside it. It changes nothing but the heartbeat's row, and a SQLite file that is not
// there is not made.
func CheckDatabase(ctx context.Context, databaseURL string) []DatabaseCheck {
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		return checkSQLite(ctx, path)
	}
	return checkPostgres(ctx, databaseURL)
}

func failed(detail, fix string) []DatabaseCheck { return []DatabaseCheck{{Detail: detail, Fix: fix}} }

func checkSQLite(ctx context.Context, path string) []DatabaseCheck {
	shown := absolute(path)
	dir := filepath.Dir(shown)
	// SQLite writes beside its file, and so do the locks.
	err := writeBeside(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return failed(fmt.Sprintf("The folder %s does not exist.", dir), "Make it, or change DATABASE_URL.")
	}
	if err != nil {
		return failed(fmt.Sprintf("The folder %s takes no write: %v.", dir, err),
			"Let the bot's user write there, see that its disk is neither full nor read-only, or change DATABASE_URL.")
	}

	file, err := os.OpenFile(shown, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if elsewhere(path, nil) {
			return []DatabaseCheck{workedElsewhere(shown)}
		}
		others := besides(path)
		found := DatabaseCheck{OK: true, Detail: shown + " is not there yet; the first start makes it." + others}
		if others != "" {
			found.Fix = OtherDatabase
		}
		return []DatabaseCheck{found}
	}
	if err != nil {
		return failed(fmt.Sprintf("The bot may not write %s.", shown), "Let the bot's user write it, or change DATABASE_URL.")
	}
	_ = file.Close()

	pool, err := sql.Open("sqlite", fileURI(path)+"?mode=rw&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return failed(fmt.Sprintf("%s cannot be opened: %v.", shown, err), "Check DATABASE_URL.")
	}
	defer pool.Close() //nolint:errcheck // everything is committed by then
	pool.SetMaxOpenConns(1)
	found := checkSchema(ctx, pool, riversqlite.New(pool), false, shown,
		"Check that it is the bot's database, that nothing but the bot uses it, and that the disk is not full.")
	return append(found, checkFiles(path)...)
}

// probeSize is more than a disk that is full has left for a request.
const probeSize = 256 << 10

// writeBeside has a folder's disk take a file, and removes it.
func writeBeside(dir string) error {
	probe, err := os.CreateTemp(dir, ".halobot-check-*")
	if err != nil {
		return withoutPath(err)
	}
	_, err = probe.Write(make([]byte, probeSize))
	if err == nil {
		err = probe.Sync()
	}
	return withoutPath(errors.Join(err, probe.Close(), os.Remove(probe.Name())))
}

func withoutPath(err error) error {
	var whole *fs.PathError
	if errors.As(err, &whole) {
		return whole.Err
	}
	return err
}

func checkPostgres(ctx context.Context, databaseURL string) []DatabaseCheck {
	const fix = "Check DATABASE_URL, and that this machine reaches the server."
	pc, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// pgx's own text may hold parts of the URL, and so the password.
		return failed("DATABASE_URL cannot be read.", "Write postgres:// with user, password, host and database.")
	}
	pc.MinConns, pc.MaxConns = 0, 2
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return failed(fmt.Sprintf("The database cannot be reached: %v.", err), fix)
	}
	defer pool.Close()
	if err := pool.Ping(ctx); err != nil {
		return failed(fmt.Sprintf("The database cannot be reached: %v.", err), fix)
	}
	// Behind a pooler that shares sessions, what else there is to be seen says little.
	if found := checkPooler(ctx, pc.ConnConfig); found != nil {
		return found
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close() //nolint:errcheck // everything is committed by then
	shown := fmt.Sprintf("The database %s at %s", pc.ConnConfig.Database, pc.ConnConfig.Host)
	return checkSchema(ctx, db, riverpgxv5.New(pool), true, shown,
		"Let the user of DATABASE_URL create and write tables in its schema; a read-only replica does not do.")
}

// checkSchema reads how far the schema is, and tries the writes that are then due.
func checkSchema[TTx any](ctx context.Context, db *sql.DB, driver riverdriver.Driver[TTx], server bool, shown, fix string) []DatabaseCheck {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return failed(err.Error(), fix)
	}
	current, err := hasSchema(ctx, migrator, db)
	if err != nil {
		return failed(fmt.Sprintf("%s: the schema cannot be read: %v.", shown, err),
			fix+" A newer version of the bot may have made it.")
	}
	state := "is up to date and took a write"
	if current {
		trying, cancel := context.WithTimeout(ctx, beatTime)
		err = beat(trying, db, beatOn(server), newClock().now())
		cancel()
	} else {
		state = "can be written; the next start brings its schema up to date"
		err = tryTable(ctx, db, server)
	}
	if err != nil {
		return failed(fmt.Sprintf("%s cannot be written: %v.", shown, err), fix)
	}
	return []DatabaseCheck{{OK: true, Detail: fmt.Sprintf("%s %s.", shown, state)}}
}

// beatTime is more than a beat takes that waits for SQLite's lock in vain.
const beatTime = 7 * time.Second

// tables are those of this package.
var tables = regexp.MustCompile(`CREATE TABLE IF NOT EXISTS (\w+)`)

// hasSchema reports whether River's tables and this package's are those of this version. After an error
// that is not known.
func hasSchema[TTx any](ctx context.Context, migrator *rivermigrate.Migrator[TTx], db *sql.DB) (bool, error) {
	have, err := migrator.ExistingVersions(ctx)
	if err != nil || len(have) != len(migrator.AllVersions()) {
		return false, err
	}
	for _, statement := range schema {
		if m := tables.FindStringSubmatch(statement); m != nil {
			_, err := db.ExecContext(ctx, "SELECT 1 FROM "+m[1]+" WHERE false")
			if isAbsent(err) {
				return false, nil
			}
			if err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// isAbsent reports whether err says that there is no such table.
func isAbsent(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return strings.Contains(lite.Error(), "no such table") // its code is that of any bad statement
	}
	var postgres *pgconn.PgError
	return errors.As(err, &postgres) && postgres.Code == "42P01" // undefined_table
}

// tryTable makes a table and takes it away again. On a server that is committed; a file is left as it
// is.
func tryTable(ctx context.Context, db *sql.DB, server bool) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, statement := range []string{`CREATE TABLE halobot_check (id integer)`, `DROP TABLE halobot_check`} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if server {
		return tx.Commit()
	}
	return nil
}
