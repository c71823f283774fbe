package halo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// urgency says which calls come first where the ceiling makes calls wait.
type urgency int

const (
	forCreate urgency = iota // what a create, its settling and its filing need
	forLook                  // the whole list, where a create waits for it
	forForm                  // what only informs a form
	forUpkeep                // the whole list, read in the background
)

// formPatience is how long a call that only informs a form waits for the ceiling: by then the
// form has been read, or closed.
const formPatience = 3 * time.Second

// ceiling keeps the connection below its requests per minute. The more urgent calls go first;
// upkeep also passes a limiter of half the rate, so that it leaves something for a burst.
type ceiling struct {
	perMinute   int // 0 = no ceiling
	total, half *rate.Limiter

	mu      sync.Mutex
	waiting []*waiter // the most urgent first, then the first come
	timer   *time.Timer
	claimed time.Time // until then a create that was told to come back finds its requests
}

type waiter struct {
	urgency urgency
	n       int
	served  chan struct{}
}

// CeilingWindow is the minute that the ceiling is kept in, and a little for the differing times that
// requests take to arrive.
const CeilingWindow = time.Minute + 2*time.Second

// newCeiling lets through a burst and then the rest of the minute's requests evenly, so that no
// minute, wherever it begins, sees more than perMinute.
func newCeiling(perMinute int) *ceiling {
	c := &ceiling{perMinute: perMinute}
	if perMinute <= 0 {
		return c
	}
	burst := max(perMinute/6, min(callsPerFiled, perMinute/3)) // what is steady is at least two thirds
	burst = max(1, min(max(4, burst), perMinute/2))
	rest := perMinute - burst
	if burst == 1 {
		rest = perMinute // evenly spaced, a minute holds no more than that
	}
	refill := rate.Limit(float64(rest) / CeilingWindow.Seconds())
	c.total = rate.NewLimiter(refill, burst)
	c.half = rate.NewLimiter(refill/2, max(1, burst/2))
	return c
}

// RequestsPerMinute is the connection's ceiling; 0 = none.
func (c *Connection) RequestsPerMinute() int { return c.ceiling.perMinute }

// Turn is a place in the queue for one create: requests of the connection's ceiling that were
// set aside for it. A nil Turn holds none.
type Turn struct{ left atomic.Int64 }

func (t *Turn) spend() bool { return t != nil && t.left.Add(-1) >= 0 }

const (
	// callsPerCreate are the requests of one create: the newest clients, those of its name, the
	// POST.
	callsPerCreate = 3
	// callsPerFiled are those of one alert: what informs its form, the create, and all that is filed
	// after it. A ceiling that can be is let through in one go for that: a technician waits for it.
	callsPerFiled = 20
	// maxTurn is how long Turn waits; beyond it the caller had better come back.
	maxTurn = 3 * time.Second
	// turnReads is for how long it reads on in the list of clients.
	turnReads = 8 * time.Second
	// claimFor is how late a create may come back and still find requests that nothing less
	// urgent has taken.
	claimFor = 20 * time.Second
)

// Turn waits for, and sets aside, the requests that one create needs; Look and Create spend
// them before they ask for more. When that would take longer than three seconds, or than ctx
// lives, it fails at once with an Error whose Own is set and whose RetryAfter says when to
// come back; so it does while the list of clients that the request with this key will be held to
// is still being read.
func (c *Connection) Turn(ctx context.Context, key string) (*Turn, error) {
	l := c.ceiling
	turn := new(Turn)
	reading, cancel := context.WithTimeout(ctx, turnReads)
	defer cancel()
	if err := c.catchUp(reading, key); err != nil {
		return nil, err
	}
	if l.perMinute <= 0 {
		return turn, nil
	}
	n := min(callsPerCreate, l.total.Burst())
	if err := l.wait(ctx, forCreate, n, maxTurn); err != nil {
		return nil, err
	}
	turn.left.Store(int64(n))
	return turn, nil
}

// fare says how a call passes the ceiling: how urgent it is, and the turn whose requests it may
// spend.
type fare struct {
	urgency urgency
	turn    *Turn
	only    bool // what the turn holds, and no more
}

// pass waits for one request, unless the fare has one set aside.
func (l *ceiling) pass(ctx context.Context, f fare) error {
	switch {
	case f.turn.spend():
		return nil
	case f.only:
		return &Error{Outcome: NotDone, Own: true, Message: "More requests to Halo would be needed than are allowed here."}
	case l.perMinute <= 0:
		return nil
	}
	switch f.urgency {
	case forForm:
		return l.wait(ctx, forForm, 1, formPatience)
	case forUpkeep:
		if err := l.pause(ctx); err != nil {
			return err
		}
	}
	return l.wait(ctx, f.urgency, 1, 0)
}

// pause keeps upkeep to half the rate.
func (l *ceiling) pause(ctx context.Context) error {
	reservation := l.half.Reserve()
	delay := reservation.Delay()
	if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < delay {
		reservation.Cancel()
		return l.full(delay)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		reservation.Cancel()
		return brokenOff(ctx.Err())
	}
}

// wait waits for n requests; at most patience, where it is not 0, and never beyond ctx's
// deadline: what cannot be in time fails at once.
func (l *ceiling) wait(ctx context.Context, u urgency, n int, patience time.Duration) error {
	l.mu.Lock()
	delay := l.delay(u, n)
	deadline, limited := ctx.Deadline()
	if limited && time.Until(deadline) < delay || patience > 0 && delay > patience {
		if u == forCreate {
			l.claimed = time.Now().Add(delay + claimFor)
		}
		l.mu.Unlock()
		return l.full(delay)
	}
	w := &waiter{urgency: u, n: n, served: make(chan struct{})}
	at, _ := slices.BinarySearchFunc(l.waiting, u, func(w *waiter, u urgency) int {
		if w.urgency <= u {
			return -1
		}
		return 1
	})
	l.waiting = slices.Insert(l.waiting, at, w)
	l.serve()
	l.mu.Unlock()

	var late <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-w.served:
		return nil
	case <-ctx.Done():
		if l.leave(w) {
			return brokenOff(ctx.Err())
		}
	case <-late: // more urgent ones came in between
		if l.leave(w) {
			return l.full(patience)
		}
	}
	return nil // served at the last moment
}

// delay is how long a call would wait, if no more urgent one came.
func (l *ceiling) delay(u urgency, n int) time.Duration {
	need := float64(n)
	for _, w := range l.waiting {
		if w.urgency <= u {
			need += float64(w.n)
		}
	}
	return l.until(need + l.spare(u))
}

// until is how long it takes until there are as many requests to be had.
func (l *ceiling) until(requests float64) time.Duration {
	missing := requests - l.total.TokensAt(time.Now())
	return time.Duration(max(0, missing) / float64(l.total.Limit()) * float64(time.Second))
}

// spare is how many requests a call has to leave over.
func (l *ceiling) spare(u urgency) float64 {
	if u == forCreate || !time.Now().Before(l.claimed) {
		return 0
	}
	return float64(min(callsPerCreate, l.total.Burst()-1))
}

// serve lets through as many as may go now, and sees to it that the next one is.
func (l *ceiling) serve() {
	if l.timer != nil {
		l.timer.Stop()
	}
	for len(l.waiting) > 0 {
		w := l.waiting[0]
		pause := l.until(float64(w.n) + l.spare(w.urgency))
		if pause > 0 || !l.total.AllowN(time.Now(), w.n) {
			l.timer = time.AfterFunc(max(pause, time.Microsecond), func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.serve()
			})
			return
		}
		close(w.served)
		l.waiting = l.waiting[1:]
	}
}

// leave gives up a place; false when it was served after all.
func (l *ceiling) leave(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.Index(l.waiting, w)
	if at < 0 {
		return false
	}
	l.waiting = slices.Delete(l.waiting, at, at+1)
	l.serve()
	return true
}

func brokenOff(err error) *Error {
	return &Error{Outcome: NotDone, Message: "The call to Halo was broken off.", Err: err}
}

func (l *ceiling) full(delay time.Duration) *Error {
	return &Error{
		Outcome:    NotDone,
		Message:    fmt.Sprintf("The bot's own limit of %d requests a minute to Halo is used up (HALO_REQUESTS_PER_MINUTE).", l.perMinute),
		RetryAfter: delay,
		Own:        true,
	}
}
