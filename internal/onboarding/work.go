package onboarding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/halo"
)

// How long the parts of an attempt may take; together they stay below attemptTimeout.
const (
	lookTimeout = 10 * time.Second
	// postTimeout is a POST's deadline, counted from the commit of its mark.
	postTimeout = 10 * time.Second
	saveTimeout = 5 * time.Second
)

const (
	// maxSends is after how many POSTs without a trace a person is asked.
	maxSends = 3
	// turnRetry is how soon a request asks again when other processes' requests were before it.
	turnRetry = time.Second
)

// requestWorker is River's way into an attempt.
type requestWorker struct {
	river.WorkerDefaults[Request]
	service *Service
}

// NextRetry is after a crash in mid-work.
func (w *requestWorker) NextRetry(*river.Job[Request]) time.Time { return w.service.clock.nextTry() }

func (w *requestWorker) Work(ctx context.Context, job *river.Job[Request]) error {
	return w.service.attempt(ctx, job.JobRow)
}

// attempt works on a job that holds a request.
func (s *Service) attempt(ctx context.Context, job *rivertype.JobRow) error {
	found, err := decode(job)
	if err != nil {
		return err
	}
	a := &attempt{Service: s, stored: found}
	a.log = s.log.With("request", a.request.Key, "connection", a.request.Draft.Connection)
	wait, err := s.waitOut(ctx, a.run)
	if err != nil && !errors.Is(err, errLost) {
		a.down.Failed(err, "doing", "working on a request", "request", a.request.Key, "connection", a.request.Draft.Connection)
		wait = retryAfter
	}
	if !errors.Is(err, errLost) {
		err = a.finish(ctx, wait)
	}
	if errors.Is(err, errLost) {
		// Whoever has it now writes what becomes of it; the mark keeps both from sending twice.
		a.log.Warn("request was taken over by another process")
	}
	return ended(wait, err)
}

// attempt is one go at a request, up to its next long wait.
type attempt struct {
	*Service
	stored
	log *slog.Logger
}

// run takes the request as far as it can go now; wait is how long until the next attempt, 0
// when the request has ended and everybody has been told. An error is the database's: nothing is
// decided by it.
func (a *attempt) run(ctx context.Context) (wait time.Duration, err error) {
	steps := []func(context.Context) (time.Duration, error){
		a.rest, a.settle, a.waitTurn, a.permit, a.useExisting, a.lookAndCreate,
	}
	switch {
	case a.request.File != nil:
		steps = []func(context.Context) (time.Duration, error){a.rest, a.settle, a.waitTurn, a.permit, a.file}
	case a.request.Answer != nil:
		steps = []func(context.Context) (time.Duration, error){a.rest, a.permit, a.answer}
	}
	for _, step := range steps {
		if a.state.Outcome != "" {
			break
		}
		if wait, err := step(ctx); err != nil || wait > 0 {
			return wait, err
		}
	}
	if wait, err := a.waitMarked(ctx); err != nil || wait > 0 {
		return wait, err
	}
	told, err := a.announce(ctx)
	if err != nil {
		return 0, err
	}
	if err := a.thenFile(ctx); err != nil {
		return 0, err
	}
	looked, err := a.lookOnceMore(ctx)
	if told == 0 || looked > 0 && looked < told {
		told = looked
	}
	return told, err
}

// rest leaves Halo alone for as long as it asked to be.
func (a *attempt) rest(ctx context.Context) (time.Duration, error) {
	left := a.state.NotBefore.Sub(a.clock.now())
	if left <= 0 || left > outageLimit { // noted by a clock that has been set since
		return 0, nil
	}
	if err := a.tell(ctx); err != nil {
		return 0, err
	}
	return min(left, outageNotice), nil
}

// waitTurn waits for the requests that were in hand for the same company.
func (a *attempt) waitTurn(ctx context.Context) (time.Duration, error) {
	for _, id := range a.request.After {
		ahead, known, err := a.byID(ctx, id)
		if err != nil {
			return 0, err
		}
		if !known || ahead.state.Outcome != "" {
			continue
		}
		if a.state.enter(Waiting, a.clock.now()) || a.state.Ahead == nil || *a.state.Ahead != ahead.request.By {
			a.state.Ahead = &ahead.request.By
			if err := a.saveAndTell(ctx); err != nil {
				return 0, err
			}
		}
		return growing(a.clock.since(a.state.Since), 250*time.Millisecond, 3*time.Second), nil
	}
	return 0, nil
}

// permit asks whether the requester may; only a no ends the request.
func (a *attempt) permit(ctx context.Context) (time.Duration, error) {
	err := a.gate.Permit(ctx, a.request)
	var denied *DeniedError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &denied):
		return 0, a.end(ctx, Denied, func(s *State) { s.Problem = denied.Reason })
	case a.stopping.Err() != nil:
		return turnRetry, nil
	}
	a.log.Warn("cannot find out who may: trying again", "error", err)
	var later *LaterError
	var after time.Duration
	if errors.As(err, &later) {
		after = later.After
	}
	return a.outage(ctx, AwaySlack, "Slack does not say whether you may create clients.", after)
}

// useExisting ends the request with the client that somebody chose.
func (a *attempt) useExisting(ctx context.Context) (time.Duration, error) {
	if a.request.Use == 0 {
		return 0, nil
	}
	api, err := a.halo(a.request.Draft.Connection)
	if err != nil {
		return 0, a.unconfigured(ctx)
	}
	if at := a.request.UseAt; at != "" && at != api.Address() {
		return 0, a.end(ctx, Refused, func(s *State) {
			s.Problem = fmt.Sprintf("Client #%d was found at %s, and the connection leads to %s today, where that number is another client's or nobody's. "+
				"Nothing was done. Try again: the client is then looked for at the new address.", a.request.Use, at, api.Address())
		})
	}
	look, cancel := a.looking(ctx)
	defer cancel()
	client, err := api.Client(look, a.request.Use)
	if err != nil {
		return a.fail(ctx, err)
	}
	if was := a.request.UseWas; !client.Still(was, "") {
		return 0, a.end(ctx, Refused, func(s *State) {
			s.Problem = fmt.Sprintf("%s (#%d) has the number of %s in Halo today, under another name and website. "+
				"Find the right client, or create it.", client.Name, client.ID, was.Name)
		})
	}
	if api.IsCatchAll(client) {
		return 0, a.end(ctx, Refused, func(s *State) {
			s.Problem = fmt.Sprintf("%s (#%d) is where Halo keeps what unknown senders write, so it is nobody's client. "+
				"Create the client, or find the right one.", client.Name, client.ID)
		})
	}
	return 0, a.end(ctx, Used, func(s *State) { s.Client, s.At = &client, api.Address() })
}

// lookAndCreate looks whether there is such a client, and creates it when there is none.
func (a *attempt) lookAndCreate(ctx context.Context) (time.Duration, error) {
	api, err := a.halo(a.request.Draft.Connection)
	if err != nil {
		return 0, a.unconfigured(ctx)
	}
	turn, err := api.Turn(ctx, a.request.Reference())
	if err != nil {
		return a.fail(ctx, err)
	}
	found, err := a.look(ctx, api, turn)
	if err != nil {
		return a.fail(ctx, err)
	}
	if len(found.Own) > 0 {
		return 0, a.created(ctx, api, found.Own...)
	}
	same := slices.DeleteFunc(found.Same, func(c halo.Client) bool { return slices.Contains(a.request.Seen, c.ID) })
	if len(same) > 0 {
		switch a.request.IfExists {
		case CreateAnother:
		case UseExisting:
			if len(same) == 1 {
				return 0, a.end(ctx, Used, func(s *State) { s.Client, s.At = &same[0], api.Address() })
			}
			fallthrough
		default:
			return 0, a.end(ctx, Exists, func(s *State) { s.Found, s.At = same, api.Address() })
		}
	}
	return a.create(ctx, api, turn)
}

// look asks Halo, and tells it what requests that this one waited for have created: Halo's own
// lists may be late.
func (a *attempt) look(ctx context.Context, api Halo, turn *halo.Turn) (halo.Found, error) {
	defer a.metrics.stage("look")()
	wanted := halo.Wanted{Draft: a.request.Draft, Key: a.request.Reference()}
	for _, id := range a.request.After {
		ahead, known, err := a.byID(ctx, id)
		if err != nil {
			return halo.Found{}, err
		}
		at := ahead.state.Where()
		here := at == "" || at == api.Address()
		if known && here && ahead.state.Outcome == Created && ahead.state.Client != nil {
			wanted.Recent = append(wanted.Recent, *ahead.state.Client)
		}
	}
	ctx, cancel := a.looking(ctx)
	defer cancel()
	return api.Look(ctx, turn, wanted)
}

// create writes the client.
func (a *attempt) create(ctx context.Context, api Halo, turn *halo.Turn) (time.Duration, error) {
	defer a.metrics.stage("create")()
	var client halo.Client
	post := func(ctx context.Context) (err error) {
		client, err = api.Create(ctx, turn, halo.NewClient{
			Draft:  a.request.Draft,
			Key:    a.request.Reference(),
			Asked:  a.request.Asked(),
			Fields: a.request.Fields,
		})
		return err
	}
	return a.send(ctx, api, post, func() error {
		err := a.created(ctx, api, client)
		if err != nil {
			a.remember(ctx, client)
		}
		return err
	})
}

// send makes the one write of something that Halo would make twice. The mark is committed first:
// from here on the request counts as sent until an answer says otherwise. post writes, and made
// ends the request with what it made.
func (a *attempt) send(ctx context.Context, api Halo, post func(context.Context) error, made func() error) (time.Duration, error) {
	before := a.state
	a.state.Sends++
	a.state.SentTo = api.Address()
	a.state.Deadline, a.state.Clock = a.clock.now().Add(postTimeout).UTC(), a.queue.id()
	if err := a.save(ctx); err != nil {
		a.state = before // nothing is sent
		return 0, err
	}
	// A stop of the bot does not cut the POST off: its own deadline does.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.state.Deadline.Sub(a.clock.now()))
	defer cancel()
	err := post(sending)
	if err == nil {
		return 0, made()
	}

	var he *halo.Error
	if errors.As(err, &he) && he.Outcome != halo.Unknown {
		a.state.Sends, a.state.SentTo, a.state.Deadline = before.Sends, before.SentTo, time.Time{}
		return a.fail(ctx, err)
	}
	a.log.Warn("a create was not answered: looking for it", "error", err, "sends", a.state.Sends)
	a.state.NotBefore, a.state.Said = time.Time{}, err.Error()
	a.state.enter(Checking, a.clock.now())
	if err := a.saveAndTell(ctx); err != nil {
		return 0, err
	}
	return settlePause(0), nil
}

// created ends the request with the client that is its own; others that carry its key are twins.
// Details that the answer lacks are read back; what Halo did not keep is noted.
func (a *attempt) created(ctx context.Context, api Halo, own ...halo.Client) error {
	client := own[0]
	err := a.end(ctx, Created, func(s *State) {
		s.Client, s.Twins, s.At = &client, own[1:], api.Address()
		if !client.Partial {
			s.Dropped = dropped(a.request.Draft, client)
		}
	})
	if err != nil || !client.Partial {
		return err
	}
	look, cancel := a.looking(ctx)
	defer cancel()
	full, err := api.Client(look, client.ID)
	if err != nil {
		a.log.Warn("cannot read the new client back", "client", client.ID, "error", err)
		return nil
	}
	a.state.Client, a.state.Dropped = &full, dropped(a.request.Draft, full)
	return a.save(ctx)
}

// looking bounds a look in time, and ends it when the service stops.
func (a *attempt) looking(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	forget := context.AfterFunc(a.stopping, cancel)
	return ctx, func() { forget(); cancel() }
}
