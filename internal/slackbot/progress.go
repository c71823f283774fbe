package slackbot

import (
	"context"
	"time"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// sayProgress is what a request that has not ended is doing.
func sayProgress(r onboarding.Request, s onboarding.State) string {
	switch s.Phase {
	case onboarding.Waiting:
		return sayWaiting(s.Ahead)
	case onboarding.Checking:
		return sayChecking
	case onboarding.Outage:
		return sayOutage
	case onboarding.Queued:
		return sayQueued(s.Problem)
	}
	switch {
	case r.Use != 0:
		return sayUsing
	case r.LookOnly:
		return sayLookingAgain
	}
	return sayLooking
}

// outagePatience is how long an outage may last before the person is told beside the modal, and
// how long the bot's own queue may hold up a person who has closed it.
const outagePatience = 10 * time.Second

// progress draws the modal of a request in hand. What must reach the person although the modal
// was closed is told in a message as well.
func (a *announcement) progress(ctx context.Context) error {
	if a.knowsOfOutage() {
		return nil
	}
	text := sayProgress(a.r, a.s)
	closed := a.o.View == ""
	if !closed {
		v := modals.Creating(a.r.Draft, text)
		err := a.views.draw(ctx, a.o.View, false, func() error { return a.updateView(ctx, a.o.View, "", v) })
		if err != nil && !gone(err) {
			a.log.InfoContext(ctx, "a modal could not be updated", "err", explain(err))
		}
		closed = gone(err)
	}
	switch a.s.Phase {
	case onboarding.Waiting, onboarding.Checking:
		if !closed {
			return nil
		}
	case onboarding.Outage:
		if time.Since(a.s.Since) < outagePatience {
			return nil
		}
	case onboarding.Queued:
		if !closed || time.Since(a.s.Since) < outagePatience {
			return nil
		}
	default:
		return nil
	}
	return a.once(ctx, a.noteStep(), func(ctx context.Context) error {
		return a.tell(ctx, a.o, modals.Note(text))
	})
}

// noteStep marks the message about a phase as sent.
func (a *announcement) noteStep() string { return string(a.s.Phase) + "-note" }

// knowsOfOutage reports whether the person has read of a lasting outage in the modal and in a
// message. It is told of at every attempt; with many requests waiting, drawing the same again
// and again would use up Slack's allowance just when Halo comes back.
func (a *announcement) knowsOfOutage() bool {
	_, noted := a.s.Marks[a.noteStep()]
	return noted && a.s.Phase == onboarding.Outage && time.Since(a.s.Since) >= outagePatience
}
