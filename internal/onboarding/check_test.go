package onboarding_test

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
)

// overall is what the check says of the database as a whole.
func overall(t *testing.T, databaseURL string) onboarding.DatabaseCheck {
	t.Helper()
	return onboarding.CheckDatabase(t.Context(), databaseURL)[0]
}

func TestCheckOfADatabaseThatIsNotThereMakesNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := overall(t, "sqlite:"+filepath.Join(dir, "new.db"))
	if !got.OK || !strings.Contains(got.Detail, "not there yet") {
		t.Errorf("got %+v", got)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
}

func TestCheckOfADatabaseInUseChangesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bot.db")
	service, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: "sqlite:" + path, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	got := overall(t, "sqlite:"+path)
	if !got.OK || !strings.Contains(got.Detail, "up to date") {
		t.Errorf("got %+v", got)
	}
	if err := service.Beat(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCheckOfAnEmptyFileDoesNotMigrateIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := overall(t, "sqlite:"+path)
	if !got.OK || !strings.Contains(got.Detail, "next start") {
		t.Errorf("got %+v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("the file is not as it was: %v, %v", info, err)
	}
}

func TestCheckSaysWhatIsWrongWithADatabase(t *testing.T) {
	t.Parallel()
	notSQLite := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(notSQLite, []byte(strings.Repeat("Dear Sir or Madam, ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ url, detail, fix string }{
		"no such folder":  {"sqlite:" + filepath.Join(t.TempDir(), "none", "bot.db"), "does not exist", "Make it"},
		"a folder":        {"sqlite:" + t.TempDir(), "may not write", "DATABASE_URL"},
		"not a database":  {"sqlite:" + notSQLite, "not a database", "the bot's database"},
		"nobody listens":  {"postgres://bot:swordfish@127.0.0.1:1/bot?connect_timeout=2", "cannot be reached", "DATABASE_URL"},
		"not even a URL":  {"postgres://bot:sword fish@[/bot", "cannot be read", "postgres:// with user, password, host and database"},
		"an unknown host": {"postgres://bot:swordfish@db.invalid/bot?connect_timeout=2", "cannot be reached", "DATABASE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := overall(t, c.url)
			if got.OK || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Fix, c.fix) {
				t.Errorf("got %+v", got)
			}
			if all := got.Detail + got.Fix; strings.Contains(all, "swordfish") || strings.Contains(all, "sword fish") {
				t.Errorf("the password is told: %s", all)
			}
		})
	}
}

func TestCheckOfPostgresMakesAWriteThatLasts(t *testing.T) {
	t.Parallel()
	url := bottest.Postgres(t)
	if got := overall(t, url); !got.OK || !strings.Contains(got.Detail, "can be written; the next start brings") {
		t.Errorf("an empty database: %+v", got)
	}
	service, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	if got := overall(t, url); !got.OK || !strings.Contains(got.Detail, "is up to date and took a write") {
		t.Errorf("got %+v", got)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // it only read
	var beats, tries int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM halobot_heartbeat), (SELECT count(*) FROM pg_class WHERE relname = 'halobot_check')`).Scan(&beats, &tries); err != nil {
		t.Fatal(err)
	}
	if beats != 1 || tries != 0 {
		t.Errorf("there are %d heartbeats and %d tables of the check's own", beats, tries)
	}
}

// A table that another holds is not one that is missing.
func TestCheckTellsATableThatIsNotThereFromOneThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	made := func(t *testing.T, url string) string {
		t.Helper()
		service, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: url, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			err = service.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return url
	}
	wants := func(t *testing.T, url string, ok bool, detail string) {
		t.Helper()
		if got := overall(t, url); got.OK != ok || !strings.Contains(got.Detail, detail) {
			t.Errorf("got %+v", got)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "bot.db")
		url := made(t, "sqlite:"+path)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		change(t, db, `DROP TABLE halobot_learned`)
		_ = db.Close()
		wants(t, url, true, "the next start brings")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := made(t, bottest.Postgres(t))
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // done with it
		change(t, db, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 100', current_database()); END $$`)
		tx, err := db.BeginTx(t.Context(), nil)
		if err == nil {
			_, err = tx.ExecContext(t.Context(), `LOCK TABLE halobot_learned`)
		}
		if err != nil {
			t.Fatal(err)
		}
		wants(t, url, false, "the schema cannot be read")
		_ = tx.Rollback()
		change(t, db, `DROP TABLE halobot_learned`)
		wants(t, url, true, "the next start brings")
	})
}

// ofFiles is what the check says of the files beside a database.
func ofFiles(t *testing.T, path string) (all []onboarding.DatabaseCheck) {
	t.Helper()
	for _, c := range onboarding.CheckDatabase(t.Context(), "sqlite:"+path) {
		if c.Part == "files" {
			all = append(all, c)
		}
	}
	return all
}

func says(all []onboarding.DatabaseCheck, ok bool, detail, fix string) bool {
	return slices.ContainsFunc(all, func(c onboarding.DatabaseCheck) bool {
		return c.OK == ok && strings.Contains(c.Detail, detail) && strings.Contains(c.Fix, fix)
	})
}

// What somebody else's command has left beside the database keeps the bot's user out.
func TestCheckLooksAtTheFilesBesideTheDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "halobot.db")
	service, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: "sqlite:" + path, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	if all := ofFiles(t, path); len(all) != 1 || !all[0].OK || all[0].Fix != "" {
		t.Errorf("nothing is wrong, and it says %+v", all)
	}
	if err := os.Chmod(path+"-wal", 0o644); err != nil {
		t.Fatal(err)
	}
	if all := ofFiles(t, path); !says(all, true, "read or change halobot.db-wal (mode 0644)", "chmod 600 "+path+"-*") {
		t.Errorf("others may read what people typed, and it says %+v", all)
	}
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	if err := os.Chown(path+"-lock", nobody, -1); err != nil {
		t.Fatal(err)
	}
	if all := ofFiles(t, path); !says(all, false, "not so is halobot.db-lock (nobody's)", "chown --reference="+path) {
		t.Errorf("the lock is somebody else's, and it says %+v", all)
	}
	if err := os.Chown(path, nobody, -1); err != nil {
		t.Fatal(err)
	}
	if all := ofFiles(t, path); !says(all, true, "The database is nobody's, and this runs as root", "runuser -u nobody") {
		t.Errorf("root asks, and it says %+v", all)
	}
}

// Where a database was expected, its neighbours are named: by bot check before the first start, and
// by whoever makes one.
func TestANewDatabaseIsAnnounced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "halobot.db")
	for _, name := range []string{"halobot-2025.db", "halobot.old.db", "other.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const others = "In its folder there is also halobot-2025.db, halobot.old.db."
	if got := overall(t, "sqlite:"+path); !got.OK || !strings.Contains(got.Detail, others) || !strings.Contains(got.Fix, "DATABASE_URL") {
		t.Errorf("bot check says %+v", got)
	}
	for _, want := range []string{"made a new database at " + path + ": was another expected? " + others, ""} {
		service, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: "sqlite:" + path, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if got := service.Made(); got != want {
			t.Errorf("a start says %q, want %q", got, want)
		}
		if err := service.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
