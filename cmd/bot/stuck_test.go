package main

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// A request that has waited for half an hour is stuck, unless it is being looked for in Halo: the
// metrics say so, and the watchdog is not asked. The half hour is made by setting back when it was
// asked for, in the database of the bot that runs.
func TestARequestThatIsStuckIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		halo  func(h *localhalo.Server)
		stuck string
	}{
		"waits for Halo":        {func(h *localhalo.Server) { h.Stop() }, "1"},
		"is looked for in Halo": {func(h *localhalo.Server) { h.Inject(localhalo.On(localhalo.KindCreate), 0, localhalo.Reset()) }, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			watchdog := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			t.Cleanup(watchdog.Close)
			s := bottest.New(t, bottest.Options{Env: map[string]string{
				"HTTP_ADDR": "127.0.0.1:0", "HEARTBEAT_URL": watchdog.URL, "HALO_SETTLE_TIME": "10m",
			}})
			f := &fault{Stage: s, db: s.DatabaseURL(), client: &http.Client{Timeout: readyTimeout}}
			f.base = "http://" + servedAt.FindStringSubmatch(s.Bots[0].Output())[1]
			f.awaitMetric("halobot_slack_sockets_connected ")
			c.halo(s.Halo)
			s.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Long Ago"})
			if name == "is looked for in Halo" {
				f.awaitLogAfter(0, "a create was not answered: looking for it")
			}
			db, err := sql.Open("sqlite", f.file()+"?_pragma=busy_timeout(20000)")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close() //nolint:errcheck // committed
			set, err := db.ExecContext(t.Context(), `UPDATE river_job SET created_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '-31 minutes')`)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := set.RowsAffected(); n != 1 || err != nil {
				t.Fatalf("%d requests are made old, %v", n, err)
			}
			f.awaitMetric("halobot_requests_oldest_seconds 18")
			if _, metrics := f.get("/metrics"); !strings.Contains(metrics, "\nhalobot_requests_stuck "+c.stuck+"\n") {
				t.Errorf("the metrics do not say that %s are stuck", c.stuck)
			}
			// Another bot on the same database, fresh as it may be, keeps silent as well.
			s.Bots[0].Kill()
			before := asked.Load()
			if err := s.Bots[0].Start(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := s.Patience()
			defer cancel()
			if c.stuck == "0" {
				for asked.Load() == before {
					if !sleep(ctx, 100*time.Millisecond) {
						t.Fatal("the watchdog is not asked although nothing is stuck")
					}
				}
				return
			}
			if err := s.Bots[0].WaitFor(ctx, "no heartbeat: requests are stuck"); err != nil {
				t.Fatal(err)
			}
			s.Form(localslack.Tess, localslack.Desk, "Meanwhile") // by then it would have asked
			if n := asked.Load(); n != before {
				t.Errorf("the watchdog was asked %d times while a request is stuck", n-before)
			}
		})
	}
}
