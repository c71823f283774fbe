package onboarding

import (
	"context"
	"maps"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// end gives the request its outcome, and commits it before anybody is told.
func (a *attempt) end(ctx context.Context, o Outcome, detail func(*State)) error {
	a.state.Outcome, a.state.Ended, a.state.Phase = o, a.clock.now().UTC(), ""
	a.state.NotBefore, a.state.Problem, a.state.Away = time.Time{}, "", AwayHalo
	if detail != nil {
		detail(&a.state)
	}
	if err := a.save(ctx); err != nil {
		return err
	}
	a.metrics.ended(a.request, o)
	a.log.Info("request ended", "outcome", o, "problem", a.state.Problem, "client", clientID(a.state.Client), "by", a.request.By.ID, "via", a.request.Via)
	return nil
}

func clientID(c *halo.Client) int {
	if c == nil {
		return 0
	}
	return c.ID
}

// save commits the state. What was learned is kept even when the attempt's time is over.
func (a *attempt) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	return a.queue.save(ctx, a.job, a.state)
}

// finish ends the attempt; the next one comes after wait, 0 = never.
func (a *attempt) finish(ctx context.Context, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	return a.queue.finish(ctx, a.job, a.state, wait, a.clock.now())
}

func (a *attempt) saveAndTell(ctx context.Context) error {
	if err := a.save(ctx); err != nil {
		return err
	}
	return a.tell(ctx)
}

// tell tells of a request that has not ended; a failure costs nothing but the news.
func (a *attempt) tell(ctx context.Context) error {
	t := &Telling{Request: a.request, State: a.state, Now: a.clock.now()}
	t.State.Marks = maps.Clone(a.state.Marks)
	news, cancel := context.WithTimeout(ctx, newsTimeout)
	defer cancel()
	if err := a.announcer.Progress(news, t); err != nil {
		a.log.Info("cannot tell how the request stands", "phase", a.state.Phase, "error", err)
	}
	if len(t.State.Marks) == len(a.state.Marks) {
		return nil
	}
	a.state.Marks = t.State.Marks
	return a.save(ctx)
}

// newsTimeout bounds what telling of a request in hand may hold it up.
const newsTimeout = 5 * time.Second

// announce tells of the outcome, wherever that is due.
func (a *attempt) announce(ctx context.Context) (time.Duration, error) {
	defer a.metrics.stage("announce")()
	t := &Telling{Request: a.request, State: a.state}
	learn := func() { a.state.Marks, a.state.Again, a.state.Tried = t.State.Marks, t.State.Again, t.State.Tried }
	defer learn()
	return Tell(ctx, a.announcer, t, a.clock.now, a.log.With("outcome", a.state.Outcome), func(ctx context.Context) error {
		learn()
		return a.save(ctx)
	})
}

// dropped lists what was typed and is not in Halo's client.
func dropped(d draft.Draft, c halo.Client) []draft.Field {
	var out []draft.Field
	kept := draft.Draft{Website: c.Website, TradingName: c.TradingName}
	for _, in := range draft.Fields {
		if sent := *in.Of(&d); in.Key != nil && sent != "" && in.Key(*in.Of(&kept)) != in.Key(sent) {
			out = append(out, in.Field)
		}
	}
	return out
}
