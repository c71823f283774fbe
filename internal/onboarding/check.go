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
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// DatabaseCheck is what was seen of the database, for an administrator.
type DatabaseCheck struct {
	OK     bool
	Detail string // what was seen; never holds a password
	Fix    string // what to do about it
}

// CheckDatabase looks whether [Open] and a service could work with the database: whether it
// can be reached, written, and has, or can be given, the schema. It changes nothing: what it
// tries to write is rolled back, and a SQLite file that is not there is not made.
func CheckDatabase(ctx context.Context, databaseURL string) DatabaseCheck {
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		return checkSQLite(ctx, path)
	}
	return checkPostgres(ctx, databaseURL)
}

func failed(detail, fix string) DatabaseCheck { return DatabaseCheck{Detail: detail, Fix: fix} }

func checkSQLite(ctx context.Context, path string) DatabaseCheck {
	shown, err := filepath.Abs(path)
	if err != nil {
		shown = path
	}
	dir := filepath.Dir(shown)
	// SQLite writes beside its file, and so do the locks.
	probe, err := os.CreateTemp(dir, ".halobot-check-*")
	if errors.Is(err, fs.ErrNotExist) {
		return failed(fmt.Sprintf("The folder %s does not exist.", dir), "Make it, or change DATABASE_URL.")
	}
	if err != nil {
		return failed(fmt.Sprintf("The folder %s cannot be written to.", dir), "Let the bot's user write there, or change DATABASE_URL.")
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())

	file, err := os.OpenFile(shown, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return DatabaseCheck{OK: true, Detail: shown + " is not there yet; the first start makes it."}
	}
	if err != nil {
		return failed(fmt.Sprintf("The bot may not write %s.", shown), "Let the bot's user write it, or change DATABASE_URL.")
	}
	_ = file.Close()

	pool, err := sql.Open("sqlite", fileURI(path)+"?mode=rw&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return failed(fmt.Sprintf("%s cannot be opened: %v.", shown, err), "Check DATABASE_URL.")
	}
	defer pool.Close() //nolint:errcheck // nothing was written
	pool.SetMaxOpenConns(1)
	return checkSchema(ctx, pool, riversqlite.New(pool), shown,
		"Check that it is the bot's database, that nothing but the bot uses it, and that the disk is not full.")
}

func checkPostgres(ctx context.Context, databaseURL string) DatabaseCheck {
	const fix = "Check DATABASE_URL, and that this machine reaches the server."
	pc, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// pgx's own text may hold parts of the URL, and so the password.
		return failed("DATABASE_URL cannot be read.", "Write postgres://user:password@host/database.")
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
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close() //nolint:errcheck // nothing was written
	shown := fmt.Sprintf("The database %s at %s", pc.ConnConfig.Database, pc.ConnConfig.Host)
	return checkSchema(ctx, db, riverpgxv5.New(pool), shown,
		"Let the user of DATABASE_URL create and write tables in its schema; a read-only replica does not do.")
}

// checkSchema reads how far the schema is, and tries the writes that are then due.
func checkSchema[TTx any](ctx context.Context, db *sql.DB, driver riverdriver.Driver[TTx], shown, fix string) DatabaseCheck {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return failed(err.Error(), fix)
	}
	have, err := migrator.ExistingVersions(ctx)
	if err != nil {
		return failed(fmt.Sprintf("%s: the schema cannot be read: %v.", shown, err),
			fix+" A newer version of the bot may have made it.")
	}
	tries := []string{`UPDATE river_job SET kind = kind WHERE false`, `DELETE FROM halobot_alert WHERE false`}
	state := "is up to date and can be written"
	if missing := len(migrator.AllVersions()) - len(have); missing > 0 {
		tries = []string{`CREATE TABLE halobot_check (id integer)`}
		state = "can be written; the next start brings its schema up to date"
	}
	if err := tryAndRollBack(ctx, db, tries); err != nil {
		return failed(fmt.Sprintf("%s cannot be written: %v.", shown, err), fix)
	}
	return DatabaseCheck{OK: true, Detail: fmt.Sprintf("%s %s.", shown, state)}
}

func tryAndRollBack(ctx context.Context, db *sql.DB, statements []string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // there is nothing to keep
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
