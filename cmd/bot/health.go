package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
)

// health is what people would find: whether a socket is connected, Slack takes the tokens, and the
// database takes a write. It looks when somebody asks, and at most so often that nobody who asks
// can slow acknowledgements down.
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
	beatTime  = 4 * time.Second
	askEvery  = 15 * time.Second
	askTime   = 4 * time.Second
)

// trouble says why the bot cannot take requests now; "" when it can.
func (h *health) trouble(ctx context.Context) string {
	database := h.beat(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.asked) > askEvery {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
		h.bot.AskToken(ctx)
		cancel()
		h.asked = time.Now()
	}
	reason := h.bot.Trouble()
	switch {
	case errors.Is(database, onboarding.ErrMoved):
		reason = database.Error()
	case database != nil:
		reason = "the database takes no write"
	}
	if reason == "" && !h.wasWell {
		h.log.Info("ready")
	} else if reason != "" && h.wasWell {
		h.log.Error("not ready: people cannot be served", "reason", reason, "error", database)
	}
	h.wasWell = reason == ""
	return reason
}

// beat says whether the database takes a write.
func (h *health) beat(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.beaten) > beatEvery {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTime)
		h.database = h.requests.Beat(ctx)
		cancel()
		h.beaten = time.Now()
	}
	return h.database
}

// watch exports whether the database takes a write.
func (h *health) watch(reg prometheus.Registerer) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "halobot_database_writable",
		Help: "1 while the database takes a write, tried when this is scraped; else 0.",
	}, func() float64 {
		if h.beat(context.Background()) != nil {
			return 0
		}
		return 1
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

// ping asks an address, of which the error says nothing.
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
