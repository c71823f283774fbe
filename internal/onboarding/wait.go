package onboarding

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"halobot/internal/halo"
)

const (
	// outageLimit is for how long a request is tried again by itself while somebody who has to be
	// asked does not answer.
	outageLimit = 15 * time.Minute
	// outageNotice is after how long an outage, or a place in the bot's own queue, is worth a note
	// to the requester.
	outageNotice = 10 * time.Second
)

// errUnconfigured says that a request's Halo connection is no longer configured.
var errUnconfigured = errors.New("the Halo connection is no longer configured")

// unconfigured ends a request whose connection is gone.
func (a *attempt) unconfigured(ctx context.Context) error {
	return a.end(ctx, Refused, func(s *State) {
		s.Problem = fmt.Sprintf("The Halo connection %q is no longer configured.", a.request.Draft.Connection)
		s.Configuration = true
	})
}

// fail decides what follows from a failure of Halo's that left nothing in doubt: the request is
// tried again by itself, or it ends. Any other error is the database's, and decides nothing.
func (a *attempt) fail(ctx context.Context, err error) (time.Duration, error) {
	var he *halo.Error
	switch {
	case a.stopping.Err() != nil:
		return turnRetry, a.save(ctx)
	case !errors.As(err, &he):
		return 0, err
	case he.Own:
		return a.queueUp(ctx, he)
	case he.Outcome == halo.Refused:
		return 0, a.end(ctx, Refused, func(s *State) {
			s.Problem, s.Configuration = he.Message, he.Configuration
		})
	}
	a.log.DebugContext(ctx, "Halo is not answering: trying again", "error", he)
	return a.outage(ctx, AwayHalo, he.Message, he.RetryAfter)
}

// outage waits while who is away does not answer, and ends the request when that has lasted for
// too long. after is how long they asked to be left alone.
func (a *attempt) outage(ctx context.Context, who Away, problem string, after time.Duration) (time.Duration, error) {
	now := a.clock.now()
	if a.state.enter(Outage, now) || a.state.Since.After(now) { // noted by a clock that has been set since
		a.state.Since = now
	}
	lasted := now.Sub(a.state.Since)
	if lasted >= outageLimit {
		return 0, a.end(ctx, Unreachable, func(s *State) { s.Problem, s.Away = problem+" The bot tried for 15 minutes.", who })
	}
	pause := max(growing(lasted, time.Second, 30*time.Second), after)
	pause = min(pause, outageLimit-lasted)
	a.state.NotBefore, a.state.Away, a.state.Problem = now.Add(pause).UTC(), who, problem
	if err := a.saveAndTell(ctx); err != nil {
		return 0, err
	}
	// Back in time for the note, even when a longer rest was asked for.
	if until := outageNotice - lasted; until > 0 && until < pause {
		return until, nil
	}
	return min(pause, outageNotice), nil
}

// queueUp waits for the bot itself: its request ceiling, or its first reading of the list of
// clients. Many such requests are spread, so that they do not keep the database busy with
// asking.
func (a *attempt) queueUp(ctx context.Context, he *halo.Error) (time.Duration, error) {
	now := a.clock.now()
	entered := a.state.Phase != Outage && a.state.enter(Queued, now)
	lasted := a.clock.since(a.state.Since)
	lasts := a.state.Phase == Queued && !a.state.Lasts && lasted >= outageNotice
	if entered || lasts {
		a.state.Problem, a.state.Lasts = he.Message, lasts
		if err := a.saveAndTell(ctx); err != nil {
			return 0, err
		}
	}
	pause := max(min(he.RetryAfter, 5*time.Second), growing(lasted, turnRetry, 20*time.Second))
	// Requests that came together would all ask at once, a few get their turn, and the rest
	// leave the ceiling unused until they ask again.
	return pause/2 + rand.N(pause/2), nil
}

// growing is half of what has passed, within bounds: pauses that double.
func growing(passed, shortest, longest time.Duration) time.Duration {
	return min(max(passed/2, shortest), longest)
}

// Short waits are waited out, for some seconds and by some of the workers: through the queue they
// would take up to a second each, and somebody waits for most of them.
const (
	waitedOut  = 500 * time.Millisecond // the longest wait
	waitingFor = 3 * time.Second        // since the attempt began
	waitingOut = 20                     // attempts at once; the other workers go on with what need not wait
)

// waitOut does run again after its short waits, and returns what is left to wait.
func (s *Service) waitOut(ctx context.Context, run func(context.Context) (time.Duration, error)) (time.Duration, error) {
	passed := stopwatch()
	for {
		wait, err := run(ctx)
		if err != nil || wait <= 0 || wait > waitedOut || passed() > waitingFor || !s.waiting.TryAcquire(1) {
			return wait, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-s.stopping.Done():
		}
		timer.Stop()
		s.waiting.Release(1)
		if ctx.Err() != nil || s.stopping.Err() != nil {
			return wait, nil
		}
	}
}
