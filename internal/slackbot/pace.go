package slackbot

import (
	"context"
	"math/rand/v2"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"
)

// pacer spaces out one socket's connections. slack-go itself connects again without any pause
// after every disconnect, and waits for up to five minutes after a failure. Here a connection
// that Slack had greeted is followed by the next at once. After several that were turned away,
// broke at once or failed, the pauses grow, but stay short enough for a person to wait.
type pacer struct {
	mu      sync.Mutex
	streak  int       // connections in a row that did not live
	last    time.Time // when the last one was opened, or failed to be
	greeted bool      // Slack said hello on it
	until   time.Time // what Slack's Retry-After asks for
}

// lived is how long a connection that Slack greeted must last for the next to be opened at
// once.
const lived = time.Second

// pauses are the waits before the 1st, 2nd, … connection of a streak; the last one repeats.
var pauses = []time.Duration{0, 0, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// greetedPause is the longest pause after a connection that Slack had taken.
const greetedPause = 400 * time.Millisecond

// wait returns when the next connection may be opened.
func (p *pacer) wait(ctx context.Context) error {
	timer := time.NewTimer(p.next())
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pacer) next() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.greeted && now.Sub(p.last) >= lived {
		p.streak = 0
	}
	pause := pauses[min(p.streak, len(pauses)-1)]
	if p.greeted {
		// Slack wants the bot, and may be refreshing its sockets in quick succession.
		pause = min(pause, greetedPause)
	}
	if pause > 0 {
		pause += time.Duration(rand.Int64N(int64(pause) / 2))
	}
	p.streak++
	return max(pause, p.until.Sub(now))
}

// opened notes the end of an attempt to open a connection.
func (p *pacer) opened(retryAfter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.greeted = time.Now(), false
	if retryAfter > 0 {
		p.until = p.last.Add(min(retryAfter, maxRetryAfter))
	}
}

// hello notes that Slack took the last connection.
func (p *pacer) hello() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.greeted = true
}

// paced is a socket's HTTP client: it holds apps.connections.open back until the pacer lets it.
type paced struct {
	*observed
	pace *pacer
}

// Do implements slack-go's HTTP client.
func (c *paced) Do(req *http.Request) (*http.Response, error) {
	if path.Base(req.URL.Path) != "apps.connections.open" {
		return c.observed.Do(req)
	}
	if err := c.pace.wait(req.Context()); err != nil {
		return nil, err
	}
	resp, err := c.observed.Do(req)
	var after int
	if err == nil {
		after, _ = strconv.Atoi(resp.Header.Get("Retry-After"))
	}
	c.pace.opened(time.Duration(after) * time.Second)
	return resp, err
}
