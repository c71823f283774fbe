package onboarding

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halobot/internal/sandbox/bottest"
)

// Not parallel: it looks at every goroutine. Workers, lease and watch of each begin and end at once
// with everybody else's, with a request in their hands; none is lost, and nothing stays behind.
func TestFiftyServicesStartAndStopAtOnce(t *testing.T) {
	for _, store := range []string{"memory", "sqlite", "postgres"} {
		t.Run(store, func(t *testing.T) {
			if store == "postgres" && os.Getenv("TEST_DATABASE_URL") == "" {
				t.Skip("TEST_DATABASE_URL names no PostgreSQL server")
			}
			h, p := &tenant{}, &people{}
			cfg := Config{Halos: map[string]Halo{"halo": h}, Work: WorkAll, Settle: 100 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
			m := newMemory()
			open := func() (*Service, error) { return m.on(cfg).Service, nil }
			atOnce := 50
			switch store {
			case "sqlite":
				cfg.DatabaseURL = "sqlite:" + filepath.Join(t.TempDir(), "bot.db")
			case "postgres":
				cfg.DatabaseURL = bottest.Postgres(t)
				atOnce = 10 // a server has only so many connections
			}
			if cfg.DatabaseURL != "" {
				open = func() (*Service, error) { return Open(t.Context(), cfg) }
			}
			ignore := goleak.IgnoreCurrent()
			for lot := range 50 / atOnce {
				var all sync.WaitGroup
				for n := range atOnce {
					all.Go(func() {
						if err := startAndStop(t.Context(), open, p, fmt.Sprintf("%d-%d", lot, n)); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
			}
			last, err := open()
			if err != nil {
				t.Fatal(err)
			}
			if err := last.Start(t.Context(), p, p); err != nil {
				t.Fatal(err)
			}
			await(t, "the end of all", func() bool {
				open, err := last.queue.open(t.Context())
				return err == nil && len(open) == 0
			})
			if err := last.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if err := last.Close(); err != nil {
				t.Error(err)
			}
			if n := len(h.clients); n != 50 {
				t.Errorf("%d clients were made for 50 requests", n)
			}
			goleak.VerifyNone(t, ignore)
		})
	}
}

func startAndStop(ctx context.Context, open func() (*Service, error), p *people, key string) error {
	s, err := open()
	if err != nil {
		return err
	}
	if err := s.Start(ctx, p, p); err != nil {
		return err
	}
	r := acme()
	r.Key, r.Draft.Name, r.Draft.Website = key, "Company "+key, ""
	if _, err := s.Submit(ctx, r); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return s.Close()
}
