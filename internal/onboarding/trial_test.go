package onboarding_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
)

// opened is a kept database and its file, "" on Postgres.
func opened(t *testing.T, old string) (url, file string, db *sql.DB) {
	t.Helper()
	url = bottest.Restore(t, filepath.Join("testdata", "old", old))
	driver, source := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source, file = "sqlite", path, path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return url, file, db
}

// tried tries a database as soon as the test's own connections to it are gone: a server takes a moment
// to see that.
func tried(t *testing.T, url string) (onboarding.Trial, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		got, err := onboarding.Try(ctx, url)
		if !errors.Is(err, onboarding.ErrInUse) {
			return got, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func change(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestACopyOfAnOlderDatabaseIsTriedAndReadWhole(t *testing.T) {
	t.Parallel()
	for _, old := range olds {
		t.Run(old, func(t *testing.T) {
			t.Parallel()
			url, file, db := opened(t, old)
			_ = db.Close()
			var before []byte
			if file != "" {
				before, _ = os.ReadFile(file)
			}
			got, err := tried(t, url)
			if err != nil {
				t.Fatal(err)
			}
			if got.Requests < len(upgraded) || got.Joiners != 1 || got.Open == 0 || got.Open >= got.Requests || got.Alerts == 0 || got.Unread != nil || got.Newer != nil {
				t.Errorf("got %+v", got)
			}
			if file != "" {
				after, err := os.ReadFile(file)
				if err != nil || !bytes.Equal(before, after) {
					t.Errorf("the file is not as it was (%v)", err)
				}
				left, err := os.ReadDir(filepath.Dir(file))
				if err != nil || len(left) != 1 {
					t.Errorf("beside it lie %v, %v", left, err)
				}
			}
		})
	}
}

func TestATrialSaysWhatThisVersionCannotReadOrDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, old := range olds {
		t.Run(old, func(t *testing.T) {
			t.Parallel()
			url, _, db := opened(t, old)
			change(t, db, `UPDATE river_job SET args = '{"key": 7}' WHERE id = (SELECT min(id) FROM river_job WHERE kind = 'create_client')`)
			change(t, db, `UPDATE river_job SET metadata = '{"output": {"marks": "none"}}' WHERE id = (SELECT max(id) FROM river_job WHERE kind = 'create_client')`)
			change(t, db, `UPDATE river_job SET args = '{"job": "first"}' WHERE kind = 'tell_joiner'`)
			change(t, db, `INSERT INTO river_job (kind, args, max_attempts, queue, state) VALUES ('write_poem', '{}', 1, 'default', 'available')`)
			change(t, db, `CREATE TABLE IF NOT EXISTS halobot_keys (version bigint PRIMARY KEY)`)
			change(t, db, `INSERT INTO halobot_keys (version) VALUES (1000)`)
			_ = db.Close()
			got, err := tried(t, url)
			if err != nil {
				t.Fatal(err)
			}
			if said := errors.Join(got.Unread...).Error(); len(got.Unread) != 3 || !strings.Contains(said, "read request ") ||
				!strings.Contains(said, "read the state of request ") || !strings.Contains(said, "read joiner ") {
				t.Errorf("unread are %q", said)
			}
			if said := strings.Join(got.Newer, "\n"); len(got.Newer) != 2 || !strings.Contains(said, "1000") || !strings.Contains(said, "1 of the kind write_poem") {
				t.Errorf("newer are %q", said)
			}
		})
	}
}

// Where only the keys are an earlier version's, they are worked out anew as at a start.
func TestATrialBringsTheKeysUpToDate(t *testing.T) {
	t.Parallel()
	for _, old := range olds {
		t.Run(old, func(t *testing.T) {
			t.Parallel()
			url, _, db := opened(t, old)
			s, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: url, Log: slog.New(slog.DiscardHandler)})
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			change(t, db, `DELETE FROM halobot_keys`)
			_ = db.Close()
			if got, err := tried(t, url); err != nil || got.Requests == 0 || got.Newer != nil {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestADatabaseThatOthersAreConnectedToIsNotTried(t *testing.T) {
	t.Parallel()
	url := bottest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // done with it
	if _, err := onboarding.Try(t.Context(), url); !errors.Is(err, onboarding.ErrInUse) {
		t.Errorf("got %v", err)
	}
	var tables int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("it has %d tables, %v", tables, err)
	}
}

func TestWhatIsNoDatabaseOfABotIsNotTried(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := onboarding.Try(t.Context(), "sqlite:"+empty); !errors.Is(err, onboarding.ErrNoDatabase) {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := onboarding.Try(t.Context(), "sqlite:"+empty+".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := onboarding.Try(t.Context(), bottest.Postgres(t)); !errors.Is(err, onboarding.ErrNoDatabase) {
		t.Errorf("an empty database: %v", err)
	}
}
