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

	beat, token look

	mu      sync.Mutex
	wasWell bool
}

const (
	beatEvery  = 5 * time.Second
	tokenEvery = 15 * time.Second
	// lookTime is how long who asks waits: a scrape has ten seconds, and a locked file keeps SQLite
	// beyond any deadline of a call.
	lookTime = 3 * time.Second
)

// look is one thing that is looked at, by one at a time and no more often than it has to be.
type look struct {
	mu      sync.Mutex
	at      time.Time
	err     error
	running chan struct{} // closed when the look that is going on is over; nil without one
}

var errSlow = fmt.Errorf("no answer within %v", lookTime)

// take is what a look says that is no older than every: a new one where there is none.
func (l *look) take(every time.Duration, ask func(context.Context) error) error {
	l.mu.Lock()
	if l.running == nil && time.Since(l.at) > every {
		l.running = make(chan struct{})
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), lookTime)
			defer cancel()
			err := ask(ctx)
			l.mu.Lock()
			defer l.mu.Unlock()
			close(l.running)
			l.at, l.err, l.running = time.Now(), err, nil
		}()
	}
	running, last := l.running, l.err
	l.mu.Unlock()
	if running == nil {
		return last
	}
	select {
	case <-running:
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.err
	case <-time.After(lookTime):
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.running == running {
			l.err = errSlow
		}
		return l.err
	}
}

// said is what the last look said.
func (l *look) said() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// look asks the database and Slack, side by side, and says whether the database takes a write. What
// Slack says the bot knows.
func (h *health) look() (database error) {
	var looks sync.WaitGroup
	looks.Go(func() {
		_ = h.token.take(tokenEvery, func(ctx context.Context) error { h.bot.AskToken(ctx); return nil })
	})
	database = h.beat.take(beatEvery, h.requests.Beat)
	looks.Wait()
	return database
}

// trouble says why the bot cannot take requests now; "" when it can.
func (h *health) trouble() string {
	database := h.look()
	h.mu.Lock()
	defer h.mu.Unlock()
	reason, fix, err := h.bot.Trouble(), "Run bot check --dial where the bot runs: it says what to mend.", error(nil)
	switch files := anotherFile(); {
	case files != nil:
		reason, err = "the process can open no more files", files
		fix = "Raise its limit (ulimit -n, LimitNOFILE=) and restart it."
	case errors.Is(database, onboarding.ErrMoved):
		reason, fix = database.Error(), "Put the file back, or stop the bot, restore a backup and start it."
	case database != nil:
		reason, err = "the database takes no write", database
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

// watch exports whether the database takes a write, as the last look said: serveHTTP has one taken
// before the metrics are gathered.
func (h *health) watch(reg prometheus.Registerer) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "halobot_database_writable",
		Help: "1 while the database takes a write, tried when this is scraped; else 0.",
	}, func() float64 {
		if h.beat.said() == nil {
			return 1
		}
		return 0
	}))
}

// heartbeat asks the watchdog's address every so often, while all is well and no request is stuck,
// until ctx ends. The first time is as soon as all is well.
func (h *health) heartbeat(ctx context.Context, address string, every time.Duration) {
	for pause := time.Second; sleep(ctx, pause); {
		if h.trouble() != "" {
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
