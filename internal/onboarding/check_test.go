package onboarding_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"halobot/internal/onboarding"
)

func TestCheckOfADatabaseThatIsNotThereMakesNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := onboarding.CheckDatabase(t.Context(), "sqlite:"+filepath.Join(dir, "new.db"))
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
	got := onboarding.CheckDatabase(t.Context(), "sqlite:"+path)
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
	got := onboarding.CheckDatabase(t.Context(), "sqlite:"+path)
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
		"not even a URL":  {"postgres://bot:sword fish@[/bot", "cannot be read", "postgres://user:password@host/database"},
		"an unknown host": {"postgres://bot:swordfish@db.invalid/bot?connect_timeout=2", "cannot be reached", "DATABASE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := onboarding.CheckDatabase(t.Context(), c.url)
			if got.OK || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Fix, c.fix) {
				t.Errorf("got %+v", got)
			}
			if all := got.Detail + got.Fix; strings.Contains(all, "swordfish") || strings.Contains(all, "sword fish") {
				t.Errorf("the password is told: %s", all)
			}
		})
	}
}

func TestCheckOfPostgresChangesNothing(t *testing.T) {
	t.Parallel()
	url := os.Getenv("TEST_DATABASE_URL")
	if url == "" {
		t.Skip("TEST_DATABASE_URL is not set")
	}
	ctx := context.WithoutCancel(t.Context())
	got := onboarding.CheckDatabase(ctx, url)
	if !got.OK || !strings.Contains(got.Detail, "can be written") {
		t.Errorf("got %+v", got)
	}
}
