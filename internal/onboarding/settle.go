package onboarding

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"halobot/internal/halo"
)

// settleLimit is for how long a request that may have reached Halo is looked for when Halo
// cannot even be asked; then a person is.
const settleLimit = 24 * time.Hour

// settle finds out what became of a POST that was not answered. For a client that is its key: a
// namesake proves nothing. It also looks for the keys of earlier requests.
func (a *attempt) settle(ctx context.Context) (time.Duration, error) {
	if a.request.File != nil {
		if !a.state.Sent() {
			return 0, nil
		}
		return a.settleBy(ctx, a.userTurnedUp)
	}
	keys := a.request.Prior
	if a.state.Sent() || a.state.Doubt {
		keys = append(keys[:len(keys):len(keys)], a.request.Reference())
	}
	if len(keys) == 0 && a.state.Sends == 0 {
		return 0, nil
	}
	wait, err := a.settleBy(ctx, func(ctx context.Context, api Halo) (time.Time, error) {
		return a.clientTurnedUp(ctx, api, keys)
	})
	if err != nil || wait > 0 || a.state.Outcome != "" {
		return wait, err
	}
	a.state.Doubt = false
	if a.request.LookOnly {
		return 0, a.end(ctx, Unconfirmed, nil)
	}
	return 0, nil
}

// clientTurnedUp ends the request with the client that carries one of keys, or that an earlier
// attempt is known to have made. The time that it returns is when the look began.
func (a *attempt) clientTurnedUp(ctx context.Context, api Halo, keys []string) (time.Time, error) {
	began := a.clock.now()
	if a.state.Sent() {
		made, err := a.remembered(ctx, api)
		if err != nil {
			return began, err
		}
		if len(made) > 0 {
			return began, a.created(ctx, api, made...)
		}
	}
	for _, key := range keys {
		found, err := a.findByKey(ctx, api, key)
		if err != nil {
			return began, err
		}
		if len(found.Clients) > 0 {
			return began, a.created(ctx, api, found.Clients...)
		}
		// A long list may have been begun to be read by an earlier attempt.
		if at := a.clock.of(found.Since); at.Before(began) {
			began = at
		}
	}
	return began, nil
}

// settleBy waits for what a POST may have made to turn up. turnedUp looks for it, ends the request
// when it is there, and says when the look began: the POST counts as lost only when one that began
// after the settle time found nothing.
func (a *attempt) settleBy(ctx context.Context, turnedUp func(context.Context, Halo) (time.Time, error)) (time.Duration, error) {
	// A deadline further ahead than one can be was noted by a clock that has been set since.
	now := a.clock.now()
	if latest := now.Add(postTimeout).UTC(); a.state.Deadline.After(latest) {
		a.state.Deadline, a.state.Clock = latest, a.queue.id()
		if err := a.save(ctx); err != nil {
			return 0, err
		}
	}
	if a.state.Sent() && a.state.enter(Checking, now) {
		if err := a.saveAndTell(ctx); err != nil {
			return 0, err
		}
	}
	api, err := a.halo(a.request.Draft.Connection)
	if err != nil {
		return a.cannotSettle(ctx, err)
	}
	if a.state.SentTo != "" && a.state.SentTo != api.Address() {
		return 0, a.end(ctx, Unconfirmed, func(s *State) { s.Moved = api.Address() })
	}
	began, err := turnedUp(ctx, api)
	if err != nil {
		return a.cannotSettle(ctx, err)
	}
	if a.state.Outcome != "" || !a.state.Sent() {
		return 0, nil
	}
	deadline := a.deadline(now)
	settled := deadline.Add(a.cfg.Settle)
	if began.Before(settled) {
		pause := settlePause(a.clock.since(deadline.Add(-postTimeout)))
		left := max(settled.Sub(a.clock.now()), 0) // the look may have outlasted it
		return min(pause, left+10*time.Millisecond), nil
	}
	if a.state.Sends >= maxSends {
		return 0, a.end(ctx, Unconfirmed, nil)
	}
	a.log.Warn("a create never turned up: sending it once more", "sends", a.state.Sends)
	a.state.Deadline = time.Time{}
	a.state.enter(Working, a.clock.now())
	return 0, nil
}

// deadline is when the last POST ended at the latest, by this process's clock. What another process
// noted counts as it stands only where all go by the database's clock: else the machine's may have
// been set in between, or have stood still while it slept, and the time counts from when this
// process first saw the request.
func (a *attempt) deadline(now time.Time) time.Time {
	if a.db.server || a.state.Clock == a.queue.id() {
		return a.state.Deadline
	}
	return a.sights.first(sight{a.job.ID, a.state.Deadline.UnixNano()}, now).Add(postTimeout)
}

// sights are when a process first saw deadlines that others have noted.
type sights struct {
	mu  sync.Mutex
	all map[sight]time.Time
}

type sight struct{ job, deadline int64 }

func (s *sights) first(what sight, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, seen := s.all[what]; seen {
		return first
	}
	if s.all == nil {
		s.all = map[sight]time.Time{}
	}
	maps.DeleteFunc(s.all, func(_ sight, at time.Time) bool { return now.Sub(at) > settleLimit })
	s.all[what] = now
	return now
}

func (a *attempt) findByKey(ctx context.Context, api Halo, key string) (halo.Carriers, error) {
	ctx, cancel := a.looking(ctx)
	defer cancel()
	return api.FindByKey(ctx, key, a.request.Draft.Name)
}

// cannotSettle waits on while the look itself fails: what was sent may be there, so neither an
// outage nor a refusal ends the request.
func (a *attempt) cannotSettle(ctx context.Context, err error) (time.Duration, error) {
	var he *halo.Error
	switch fromHalo := errors.As(err, &he); {
	case errors.Is(err, errUnconfigured) && !a.state.Sent():
		return 0, a.unconfigured(ctx)
	case !fromHalo && !errors.Is(err, errUnconfigured):
		return 0, err
	case !a.state.Sent():
		return a.fail(ctx, err)
	}
	waited := a.clock.since(a.deadline(a.clock.now()))
	if waited > settleLimit {
		return 0, a.end(ctx, Unconfirmed, nil)
	}
	a.log.Log(ctx, halo.LogLevel(err), "cannot look for a create that was not answered", "error", err)
	pause := settlePause(waited + postTimeout)
	if he != nil {
		pause = max(pause, min(he.RetryAfter, time.Minute))
	}
	return pause, nil
}

// lookOnceMore looks for the request's keys again when the last of its POSTs can have settled: one
// that was never answered may have turned up beside another, or after the request had ended without
// a client.
func (a *attempt) lookOnceMore(ctx context.Context) (time.Duration, error) {
	if a.state.LookedAgain || !a.mayTurnUp() {
		return 0, nil
	}
	now, last := a.clock.now(), a.state.Ended
	if !a.state.Deadline.IsZero() { // else the last POST was answered, or never left
		last = a.deadline(now)
	}
	if left := last.Add(a.cfg.Settle).Sub(now); left > 0 && left <= postTimeout+a.cfg.Settle {
		return left + 10*time.Millisecond, nil
	}
	api, err := a.halo(a.request.Draft.Connection)
	var found []halo.Client
	if err == nil && (a.state.SentTo == "" || api.Address() == a.state.SentTo) {
		if found, err = a.carriers(ctx, api); err != nil {
			if waited := a.clock.since(a.state.Ended); waited < settleLimit {
				a.log.Log(ctx, halo.LogLevel(err), "cannot look whether a create that was not answered turned up late", "error", err)
				return settlePause(waited), nil
			}
		}
	}
	if a.state.Client == nil && len(found) > 0 {
		return a.turnedUpLate(ctx, api, found)
	}
	for _, c := range found {
		if c.ID != a.state.Client.ID && !listed(a.state.Twins, c.ID) {
			a.state.Twins = append(a.state.Twins, c)
		}
	}
	a.state.LookedAgain = true
	if err := a.save(ctx); err != nil || len(a.state.Twins) == 0 {
		return 0, err
	}
	a.log.Error("Halo has the client more than once", "client", a.state.Client.ID, "twins", len(a.state.Twins))
	return a.announce(ctx)
}

// mayTurnUp reports whether a POST of the request, or of one that it goes on with, may have made a
// client that nobody has been told of.
func (a *attempt) mayTurnUp() bool {
	sends := a.state.Sends + len(a.request.Prior)
	switch a.state.Outcome {
	case Created:
		return a.request.creates() && sends > 1
	case Exists, Refused, Unreachable, Denied:
		return a.request.creates() && sends > 0
	}
	return false // a person was asked, or decided
}

// turnedUpLate makes good an end without a client: there is one. Whoever was told otherwise is told
// anew, unless a later request with the key has the client.
func (a *attempt) turnedUpLate(ctx context.Context, api Halo, found []halo.Client) (time.Duration, error) {
	later, known, err := newest(ctx, a.queue, a.request.Key)
	switch {
	case err != nil:
		return 0, err
	case known && later.request.Round > a.request.Round && later.state.Outcome == "":
		return settlePause(a.clock.since(a.state.Ended)), nil
	}
	a.state.LookedAgain = true
	if c := later.state.Client; known && c != nil && listed(found, c.ID) {
		return 0, a.save(ctx)
	}
	a.log.Warn("a create turned up after its request had ended without a client", "client", found[0].ID, "outcome", a.state.Outcome)
	a.state.Found, a.state.Configuration, a.state.Marks, a.state.Again = nil, false, nil, nil
	a.state.Tried = time.Time{}
	return 10 * time.Millisecond, a.created(ctx, api, found...)
}

// carriers are all clients of the request that are known by one of its keys or by their ids, each
// once.
func (a *attempt) carriers(ctx context.Context, api Halo) ([]halo.Client, error) {
	all, err := a.remembered(ctx, api)
	if err != nil {
		return nil, err
	}
	for _, key := range append([]string{a.request.Reference()}, a.request.Prior...) {
		found, err := a.findByKey(ctx, api, key)
		if err != nil {
			return nil, err
		}
		for _, c := range found.Clients {
			if !listed(all, c.ID) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

func listed(clients []halo.Client, id int) bool {
	for _, c := range clients {
		if c.ID == id {
			return true
		}
	}
	return false
}

// settlePause grows with the time since the POST.
func settlePause(since time.Duration) time.Duration {
	return growing(since, 500*time.Millisecond, 15*time.Second)
}
