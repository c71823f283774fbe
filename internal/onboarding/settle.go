package onboarding

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"halobot/internal/halo"
)

const (
	// outageLimit is for how long a request is tried again by itself while Halo does not answer.
	outageLimit = 15 * time.Minute
	// outageNotice is after how long an outage, or a place in the bot's own queue, is worth a note
	// to the requester.
	outageNotice = 10 * time.Second
	// settleLimit is for how long a request that may have reached Halo is looked for when Halo
	// cannot even be asked; then a person is.
	settleLimit = 24 * time.Hour
)

// settle finds out what became of a POST that was not answered, by the request's key: a
// namesake proves nothing. The POST counts as lost only when a look that began after the
// settle time found nothing. It also looks for the keys of earlier requests.
func (a *attempt) settle(ctx context.Context) (time.Duration, error) {
	keys := a.request.Prior
	if a.state.sent() || a.state.Doubt {
		keys = append(keys[:len(keys):len(keys)], a.request.Reference())
	}
	if len(keys) == 0 {
		return 0, nil
	}
	if a.state.sent() && a.state.enter(Checking, time.Now()) {
		if err := a.saveAndTell(ctx); err != nil {
			return 0, err
		}
	}
	api, err := a.halo(a.request.Draft.Connection)
	if err != nil {
		return a.cannotSettle(ctx, err)
	}
	began := time.Now()
	for _, key := range keys {
		found, err := a.findByKey(ctx, api, key)
		if err != nil {
			return a.cannotSettle(ctx, err)
		}
		if len(found.Clients) > 0 {
			return 0, a.created(ctx, api, found.Clients[0])
		}
		if found.Since.Before(began) {
			began = found.Since // a long list, which an earlier attempt began to read
		}
	}
	if a.state.sent() {
		settled := a.state.Deadline.Add(a.cfg.Settle)
		if began.Before(settled) {
			pause := settlePause(time.Since(a.state.Deadline.Add(-postTimeout)))
			return min(pause, time.Until(settled)+10*time.Millisecond), nil
		}
		if a.state.Sends >= maxSends {
			return 0, a.end(ctx, Unconfirmed, nil)
		}
		a.log.Warn("create never turned up: sending it once more", "sends", a.state.Sends)
		a.state.Deadline = time.Time{}
		a.state.enter(Working, time.Now())
	}
	a.state.Doubt = false
	if a.request.LookOnly {
		return 0, a.end(ctx, Unconfirmed, nil)
	}
	return 0, nil
}

func (a *attempt) findByKey(ctx context.Context, api Halo, key string) (halo.Carriers, error) {
	ctx, cancel := a.looking(ctx)
	defer cancel()
	return api.FindByKey(ctx, key, a.request.Draft.Name)
}

// cannotSettle waits on while the look itself fails: what was sent may be there, so neither an
// outage nor a refusal ends the request.
func (a *attempt) cannotSettle(ctx context.Context, err error) (time.Duration, error) {
	if !a.state.sent() {
		return a.fail(ctx, err)
	}
	waited := time.Since(a.state.Deadline)
	if waited > settleLimit {
		return 0, a.end(ctx, Unconfirmed, nil)
	}
	a.log.Warn("cannot look for a create that was not answered", "error", err)
	pause := settlePause(waited + postTimeout)
	var he *halo.Error
	if errors.As(err, &he) {
		pause = max(pause, min(he.RetryAfter, time.Minute))
	}
	return pause, nil
}

// fail decides what a failure that left nothing in doubt means: try again by itself, or end.
func (a *attempt) fail(ctx context.Context, err error) (time.Duration, error) {
	if a.stopping.Err() != nil {
		return turnRetry, a.save(ctx)
	}
	var he *halo.Error
	if !errors.As(err, &he) {
		return 0, a.end(ctx, Refused, func(s *State) {
			s.Problem, s.Configuration = sentence(err), true
		})
	}
	switch {
	case he.Own:
		return a.queueUp(ctx, he)
	case he.Outcome == halo.Refused:
		return 0, a.end(ctx, Refused, func(s *State) {
			s.Problem, s.Configuration = he.Message, he.Configuration
		})
	}
	now := time.Now()
	a.state.enter(Outage, now)
	lasted := now.Sub(a.state.Since)
	if lasted >= outageLimit {
		return 0, a.end(ctx, Unreachable, func(s *State) { s.Problem = he.Message })
	}
	a.log.Info("Halo is not answering: trying again", "error", he, "for", lasted.Round(time.Second))
	pause := max(growing(lasted, time.Second, 30*time.Second), he.RetryAfter)
	pause = min(pause, outageLimit-lasted)
	a.state.NotBefore = now.Add(pause).UTC()
	if err := a.saveAndTell(ctx); err != nil {
		return 0, err
	}
	// Back in time for the note, even when Halo asked for a longer rest.
	if until := outageNotice - lasted; until > 0 && until < pause {
		return until, nil
	}
	return min(pause, outageNotice), nil
}

// queueUp waits for the bot itself: its request ceiling, or its first reading of the list of
// clients. Many such requests are spread, so that they do not keep the database busy with
// asking.
func (a *attempt) queueUp(ctx context.Context, he *halo.Error) (time.Duration, error) {
	now := time.Now()
	entered := a.state.Phase != Outage && a.state.enter(Queued, now)
	lasts := a.state.Phase == Queued && !a.state.Lasts && now.Sub(a.state.Since) >= outageNotice
	if entered || lasts {
		a.state.Problem, a.state.Lasts = he.Message, lasts
		if err := a.saveAndTell(ctx); err != nil {
			return 0, err
		}
	}
	pause := max(min(he.RetryAfter, 5*time.Second), growing(now.Sub(a.state.Since), turnRetry, 20*time.Second))
	// Requests that came together would all ask at once, a few get their turn, and the rest
	// leave the ceiling unused until they ask again.
	return pause/2 + rand.N(pause/2), nil
}

// settlePause grows with the time since the POST.
func settlePause(since time.Duration) time.Duration {
	return growing(since, 500*time.Millisecond, 15*time.Second)
}

// growing is half of what has passed, within bounds: pauses that double.
func growing(passed, shortest, longest time.Duration) time.Duration {
	return min(max(passed/2, shortest), longest)
}
