package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
)

// health says whether people can be served: a socket is connected, Slack takes the tokens, and the
// database takes a write. It looks when somebody asks, and so seldom that nobody who asks can slow
// acknowledgements down.
type health struct {
	bot      *slackbot.Bot
	requests *onboarding.Service
	log      *slog.Logger

	mu       sync.Mutex
	beaten   time.Time
	database error
	asked    time.Time
	wasWell  bool
}

const (
	beatEvery = 5 * time.Second
	askEvery  = 15 * time.Second
	lookTime  = 4 * time.Second
)

// look asks the database and Slack, side by side, where the last answer is old. h.mu is held.
func (h *health) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	var looks sync.WaitGroup
	if time.Since(h.beaten) > beatEvery {
		looks.Go(func() { h.database = h.requests.Beat(ctx); h.beaten = time.Now() })
	}
	if time.Since(h.asked) > askEvery {
		looks.Go(func() { h.bot.AskToken(ctx); h.asked = time.Now() })
	}
	looks.Wait()
}

// trouble says why the bot cannot take requests now; "" when it can.
func (h *health) trouble(ctx context.Context) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.look(ctx)
	reason, fix, err := h.bot.Trouble(), "Run bot check --dial where the bot runs: it says what to mend.", error(nil)
	switch files := anotherFile(); {
	case files != nil:
		reason, err = "the process can open no more files", files
		fix = "Raise its limit (ulimit -n, LimitNOFILE=) and restart it."
	case errors.Is(h.database, onboarding.ErrMoved):
		reason, fix = h.database.Error(), "Put the file back, or stop the bot, restore a backup and start it."
	case h.database != nil:
		reason, err = "the database takes no write", h.database
		fix = "Is the disk full, is it read-only, does something else lock it? Run bot check where the bot runs."
	}
	if reason == "" && !h.wasWell {
		h.log.Info("ready")
	} else if reason != "" && h.wasWell {
		facts := []any{"reason", reason, "fix", fix}
		if err != nil {
			facts = append(facts, "error", err)
		}
		h.log.Error("not ready: people cannot be served", facts...)
	}
	h.wasWell = reason == ""
	return reason
}

// anotherFile says why no file more can be opened; nil when one can.
func anotherFile() error {
	file, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	return file.Close()
}

// writable says whether the database takes a write.
func (h *health) writable() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.look(context.Background())
	return h.database == nil
}

// watch exports whether the database takes a write. Whoever reads it has Slack asked for the token,
// too, so that one that is revoked shows where nobody asks /readyz.
func (h *health) watch(reg prometheus.Registerer) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "halobot_database_writable",
		Help: "1 while the database takes a write, tried when this is scraped; else 0.",
	}, func() float64 {
		if h.writable() {
			return 1
		}
		return 0
	}))
}

// heartbeat asks the watchdog's address every so often, while all is well and no request is stuck,
// until ctx ends. The first time is as soon as all is well.
func (h *health) heartbeat(ctx context.Context, address string, every time.Duration) {
	for pause := time.Second; sleep(ctx, pause); {
		if h.trouble(ctx) != "" {
			continue
		}
		if stuck, err := h.requests.Stuck(ctx); err != nil || stuck > 0 {
			h.log.Warn("no heartbeat: requests are stuck", "requests", stuck, "error", err)
			pause = every
			continue
		}
		if err := ping(ctx, address); err != nil && ctx.Err() == nil {
			h.log.Warn("the watchdog at HEARTBEAT_URL was not reached", "error", err)
		}
		pause = every
	}
}

// ping asks an address, and keeps it out of the error: its path is a secret.
func ping(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("it is no address")
	}
	req.Header.Set("User-Agent", "halobot/"+moduleVersion())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err
		}
		return err
	}
	resp.Body.Close() //nolint:errcheck // nothing is read
	if resp.StatusCode >= 400 {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}
