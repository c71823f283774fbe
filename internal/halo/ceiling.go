package halo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// ceiling keeps the connection below its requests per minute. Everything passes the total
// limiter; the directory's whole read passes one of half the rate before it, page by page, so
// that a person's request waits behind one page at most.
type ceiling struct {
	total, whole *rate.Limiter
	perMinute    int // 0 = no ceiling
}

// window is the minute that the ceiling is kept in, and a little for the differing times that
// requests take to arrive.
const window = time.Minute + 2*time.Second

// newCeiling lets through a burst and then the rest of the minute's requests evenly, so that no
// minute, wherever it begins, sees more than perMinute.
func newCeiling(perMinute int) ceiling {
	l := ceiling{perMinute: perMinute}
	if perMinute <= 0 {
		l.total, l.whole = rate.NewLimiter(rate.Inf, 0), rate.NewLimiter(rate.Inf, 0)
		return l
	}
	burst := max(1, min(max(4, perMinute/6), perMinute/2))
	rest := perMinute - burst
	if burst == 1 {
		rest = perMinute // evenly spaced, a minute holds no more than that
	}
	refill := rate.Limit(float64(rest) / window.Seconds())
	l.total = rate.NewLimiter(refill, burst)
	l.whole = rate.NewLimiter(refill/2, max(1, burst/2))
	return l
}

// prepaid is the context key for requests that Turn set aside.
type prepaid struct{}

// notPrepaid hides them from calls that serve others as well.
func notPrepaid(ctx context.Context) context.Context {
	return context.WithValue(ctx, prepaid{}, (*atomic.Int64)(nil))
}

// maxTurn is how long Turn waits; beyond it the caller had better come back.
const maxTurn = 3 * time.Second

// Turn waits for, and sets aside, n requests of the connection's ceiling; the calls made
// with the returned context spend them before asking for more. When that would take longer
// than three seconds, or than ctx lives, it fails at once with an Error whose Own is set
// and whose RetryAfter says when to come back. More than the ceiling's burst (a sixth of the
// requests per minute, at least 4) is not set aside.
func (c *Connection) Turn(ctx context.Context, n int) (context.Context, error) {
	l := &c.ceiling
	if l.perMinute > 0 {
		n = min(n, l.total.Burst())
	}
	if n <= 0 {
		return ctx, nil
	}
	if err := l.wait(ctx, l.total, n, maxTurn); err != nil {
		return nil, err
	}
	left := new(atomic.Int64)
	left.Store(int64(n))
	return context.WithValue(ctx, prepaid{}, left), nil
}

// take waits for one request, unless the context has one set aside.
func (l *ceiling) take(ctx context.Context, whole bool) error {
	if left, _ := ctx.Value(prepaid{}).(*atomic.Int64); left != nil && left.Add(-1) >= 0 {
		return nil
	}
	if whole {
		if err := l.wait(ctx, l.whole, 1, 0); err != nil {
			return err
		}
	}
	return l.wait(ctx, l.total, 1, 0)
}

// wait waits for n requests of a limiter; at most limit, where it is not 0, and never beyond
// ctx's deadline: what cannot be in time fails at once.
func (l *ceiling) wait(ctx context.Context, limiter *rate.Limiter, n int, limit time.Duration) error {
	now := time.Now()
	reservation := limiter.ReserveN(now, n)
	delay := reservation.DelayFrom(now)
	if delay == 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && now.Add(delay).After(deadline) || limit > 0 && delay > limit {
		reservation.CancelAt(now)
		return l.full(delay)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		reservation.Cancel()
		return &Error{Outcome: NotDone, Message: "The call to Halo was broken off.", Err: ctx.Err()}
	}
}

func (l *ceiling) full(delay time.Duration) *Error {
	return &Error{
		Outcome:    NotDone,
		Message:    fmt.Sprintf("The bot's own limit of %d requests a minute to Halo is used up (HALO_REQUESTS_PER_MINUTE).", l.perMinute),
		RetryAfter: delay,
		Own:        true,
	}
}
