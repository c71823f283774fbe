package onboarding

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"halobot/internal/sandbox/bottest"
)

// A database that is busy is asked again later; one that says no is not.
func TestABusyDatabaseIsToldFromOneThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	const soon = 300 * time.Millisecond // for what ends only when its caller does
	open := func(t *testing.T, database string, within time.Duration) error {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		s, err := Open(ctx, Config{DatabaseURL: database, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			_ = s.Close()
			t.Fatal("it could be opened")
		}
		return err
	}
	at := func(t *testing.T, change func(u *url.URL)) string {
		t.Helper()
		u, err := url.Parse(bottest.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	for name, tt := range map[string]struct {
		database func(t *testing.T) string
		within   time.Duration
		busy     bool
	}{
		"another writes": {func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "halobot.db")
			deliver(t, "sqlite:"+path, WorkNothing, &mailroom{})
			db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
			if err != nil {
				t.Fatal(err)
			}
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _, _ = tx.Rollback(), db.Close() })
			return "sqlite:" + path
		}, soon, true},
		"it is none": {func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "halobot.db")
			if err := os.WriteFile(path, []byte(strings.Repeat("not a database. ", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
			return "sqlite:" + path
		}, time.Minute, false},
		"its folder is none": {func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "none", "halobot.db") }, time.Minute, false},
		"no connection is free": {func(t *testing.T) string {
			return at(t, func(u *url.URL) {
				role := "halobot_" + strings.ToLower(rand.Text())
				db, err := sql.Open("pgx", u.String())
				if err == nil {
					_, err = db.ExecContext(t.Context(), "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 0")
				}
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					_, err := db.ExecContext(context.WithoutCancel(t.Context()), "DROP ROLE "+role)
					if err := errors.Join(err, db.Close()); err != nil {
						t.Error(err)
					}
				})
				u.User = url.User(role)
			})
		}, time.Minute, true},
		"the server does not answer": {func(t *testing.T) string {
			return at(t, func(u *url.URL) {
				silent, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = silent.Close() })
				u.Host = silent.Addr().String()
			})
		}, soon, true},
		"no server": {func(t *testing.T) string {
			return at(t, func(u *url.URL) { u.Host = "127.0.0.1:1" })
		}, time.Minute, false},
		"no such database": {func(t *testing.T) string {
			return at(t, func(u *url.URL) { u.Path += "_none" })
		}, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := open(t, tt.database(t), tt.within); Busy(err) != tt.busy {
				t.Errorf("busy is %v, want %v: %v", !tt.busy, tt.busy, err)
			}
		})
	}
}

// A server that says at once that it is busy is not asked again at once, and not for ever.
func TestABusyServerIsAskedAgainAfterPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := &pgconn.PgError{Code: "53300"}
		ask := func(ctx context.Context, free time.Duration) (asked []time.Duration, err error) {
			began := time.Now()
			err = onceFree(ctx, slog.New(slog.DiscardHandler), func() error {
				asked = append(asked, time.Since(began))
				if time.Since(began) >= free {
					return nil
				}
				return busy
			})
			return asked, err
		}
		if asked, err := ask(t.Context(), time.Minute); err != nil || len(asked) < 30 || len(asked) > 40 {
			t.Errorf("for a server that is busy for a minute it asks after %v: %v", asked, err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if asked, err := ask(soon, time.Hour); !errors.Is(err, busy) || len(asked) != 4 {
			t.Errorf("in a second it asks after %v: %v", asked, err)
		}
	})
}

// What a full disk refuses was not stored: nobody need wait to learn that.
func TestAFullDatabaseHasWrittenNothing(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "full.db")+"?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it is thrown away
	db.SetMaxOpenConns(1)
	exec := func(statement string) error {
		_, err := db.ExecContext(t.Context(), statement)
		return err
	}
	if err := errors.Join(exec(`CREATE TABLE kept (what TEXT)`), exec(`PRAGMA max_page_count = 4`)); err != nil {
		t.Fatal(err)
	}
	if err := exec(`INSERT INTO kept VALUES (hex(zeroblob(100000)))`); err == nil || !notWritten(err) {
		t.Errorf("a full database says %v", err)
	}
	if err := exec(`INSERT INTO nothing VALUES (1)`); err == nil || notWritten(err) {
		t.Errorf("a table that is not there: %v", err)
	}
	n := -1
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM kept`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows are kept, %v", n, err)
	}
}
