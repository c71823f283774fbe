package slackbot

import (
	"context"
	"time"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// sayProgress is what a request that has not ended is doing.
func sayProgress(r onboarding.Request, s onboarding.State) modals.Words {
	switch s.Phase {
	case onboarding.Waiting:
		return sayWaiting(s.Ahead)
	case onboarding.Checking:
		return modals.Plain(sayChecking(r.Draft.Name, s.Said))
	case onboarding.Outage:
		if s.Away == onboarding.AwaySlack {
			return modals.Plain(saySlackAway(r.Draft.Name))
		}
		return modals.Plain(sayOutage(r.Draft.Name, s.Problem))
	case onboarding.Queued:
		return modals.Plain(sayQueued(r.Draft.Name, s.Problem))
	}
	switch {
	case r.Use != 0:
		return modals.Plain(sayUsing)
	case r.LookOnly:
		return modals.Plain(sayLookingAgain)
	}
	return modals.Plain(sayLooking)
}

// outagePatience is how long an outage lasts before the person is told of it outside the modal,
// too. It is the same for a wait in the bot's own queue, once the person has closed the modal.
const outagePatience = 10 * time.Second

// progress draws the modal of a request in hand. What must reach the person even if the modal was
// closed is told in a message as well.
func (t *teller) progress(ctx context.Context, telling *onboarding.Telling) error {
	if telling.Request.File != nil {
		return nil // its thread tells of its end
	}
	o, ok := t.occasion(*telling)
	if !ok || o.back.Step != "" {
		return nil
	}
	if o.r.Answer != nil {
		return o.answerProgress(ctx, telling)
	}
	note := string(o.s.Phase) + "-note"
	lasts := o.now.Sub(o.s.Since) >= outagePatience
	// A lasting outage is not drawn again once the modal and a message have told of it. It is
	// reported at every attempt, and with many requests waiting, drawing the same thing over and
	// over would use up Slack's allowance just when Halo comes back.
	if _, noted := o.s.Marks[note]; noted && lasts && o.s.Phase == onboarding.Outage {
		return nil
	}
	words := sayProgress(o.r, o.s)
	closed := o.back.View == ""
	if !closed {
		v := inHandView(o.r, o.res, words)
		err := o.views.draw(ctx, o.back.View, false, func() error {
			_, err := o.views.update(ctx, o.back.View, "", v)
			return err
		})
		if err != nil && !gone(err) {
			o.log.InfoContext(ctx, "a modal could not be updated", "error", explain(err))
		}
		closed = gone(err)
	}
	switch o.s.Phase {
	case onboarding.Waiting, onboarding.Checking:
		lasts = closed
	case onboarding.Outage:
	case onboarding.Queued:
		lasts = lasts && closed
	default:
		return nil
	}
	if !lasts {
		return nil
	}
	_, err := telling.Once(ctx, note, func(ctx context.Context) (string, error) {
		to := addressee{user: o.to.ID, channel: o.r.Place.ID, url: o.back.URL, urlAt: o.back.URLAt}
		return "done", o.web.aside(ctx, to, modals.Say(words))
	})
	return err
}
