package onboarding

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"halobot/internal/draft"
)

func TestABeatFailsWhenNothingCouldBeStored(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bot.db")
	s, err := Open(t.Context(), Config{DatabaseURL: "sqlite:" + path, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for range 2 {
		if err := s.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.db.sql.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Beat(t.Context()); err == nil {
		t.Error("a database that can only be read took a beat")
	}
	if _, err := s.db.sql.ExecContext(t.Context(), "PRAGMA query_only = 0"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Beat(t.Context()); !errors.Is(err, ErrMoved) {
		t.Errorf("the file is gone, and the beat says %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Beat(t.Context()); !errors.Is(err, ErrMoved) {
		t.Errorf("another file is in its place, and the beat says %v", err)
	}
}

// Half an hour is long for a request, unless it is being looked for in Halo.
func TestARequestIsStuckAfterHalfAnHour(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "bot.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, key := range []string{"fresh", "old", "looking", "lost", "ended"} {
		if _, err := s.Submit(t.Context(), Request{Key: key, Draft: draft.Draft{Connection: "halo", Name: key}}); err != nil {
			t.Fatal(err)
		}
	}
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("2006-01-02 15:04:05.000") }
	set := func(key, column, value string) {
		t.Helper()
		if _, err := s.db.sql.ExecContext(t.Context(), "UPDATE river_job SET "+column+" = $1 WHERE args->>'key' = $2", value, key); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"old", "looking", "lost", "ended"} {
		set(key, "created_at", at(31*time.Minute))
	}
	const sent = `{"output":{"phase":"checking","deadline":"2026-01-01T00:00:00Z"}}`
	set("looking", "metadata", sent)
	set("looking", "attempted_at", at(5*time.Minute))
	set("lost", "metadata", sent)
	set("lost", "attempted_at", at(31*time.Minute))
	set("ended", "metadata", `{"output":{"outcome":"refused"}}`)
	if n, err := s.Stuck(t.Context()); n != 2 || err != nil {
		t.Errorf("%d are stuck (%v), want old and lost", n, err)
	}
	c, err := s.count(t.Context())
	if err != nil || c.open != 5 || c.oldest < 31*time.Minute || c.oldest > time.Hour {
		t.Errorf("counted %+v, %v", c, err)
	}
}
