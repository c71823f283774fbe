package slackbot

import (
	"context"
	"errors"
	"time"

	"halobot/internal/onboarding"
)

const (
	// modalLooked is how long somebody may be taken to look at their modal: an end without a client
	// that comes later also goes where it lasts, and so does a question that is open for so long.
	modalLooked = time.Minute
	// modalPatience is how long a modal that Slack does not draw is waited for.
	modalPatience = 3 * time.Second
)

var errModalPending = errors.New("the modal may do")

// modal shows the outcome in the modal.
func (o *occasion) modal(ctx context.Context) (string, error) {
	if o.back.View == "" {
		return markGone, nil
	}
	err := o.views.outcome(ctx, o.back.View, o.teller.view(o.back, o.r, o.s, o.res))
	if gone(err) {
		return markGone, nil
	}
	return markDone, later(err)
}

// direct tells whoever asked in a direct message, unless the modal or the channel has told them.
func (o *occasion) direct(ctx context.Context) (string, error) {
	switch wait, needed := o.needsDirect(); {
	case wait > 0:
		return "", &onboarding.LaterError{After: wait, Err: errModalPending}
	case !needed:
		return "not needed", nil
	}
	if open, err := o.stillOpen(ctx); err != nil || !open {
		return "answered", err
	}
	m := o.teller.told(o.r, o.s, o.res)
	_, err := o.web.direct(ctx, o.r.Key, o.to.ID, m)
	if !forGood(err) {
		return markDone, err
	}
	o.log.WarnContext(ctx, "a person's direct messages are closed to the bot", "err", explain(err))
	to := addressee{user: o.to.ID, channel: o.r.Place.ID, url: o.back.URL, urlAt: o.back.URLAt}
	if aside := o.web.aside(ctx, to, m); aside == nil && o.reached() {
		return markAside, nil
	}
	if !o.reached() {
		return "", &unreachedError{err}
	}
	return "", err
}

// needsDirect says whether a direct message is needed, or after how long that can be said.
func (o *occasion) needsDirect() (wait time.Duration, needed bool) {
	modal, told := o.t.State.Marks[markModal]
	joined := o.t.Joiner != nil
	switch {
	case modal == "message", modal == "nobody":
		return 0, false // an earlier version of the bot has told
	case o.res.Typed != nil:
		return 0, true // what they typed lasts nowhere else
	case !joined && o.end.Post == onboarding.PostTyped && o.back.Thread == "":
		return 0, false // it goes to them
	case o.s.Client != nil:
		return 0, modal != markDone && (told || o.waited() > modalPatience) && (joined || o.r.Place.ID == "")
	case o.s.Ended.Sub(o.at) > modalLooked:
		return 0, true
	case !told:
		return max(0, modalPatience-o.waited()), true
	case modal != markDone:
		return 0, true
	case o.end.Asker == onboarding.AnswerChoice:
		return max(0, modalLooked-o.waited()), true
	}
	return 0, false
}

// waited is how long ago the request ended.
func (o *occasion) waited() time.Duration { return time.Since(o.s.Ended) }

// stillOpen reports whether a question that was asked has not been answered yet.
func (o *occasion) stillOpen(ctx context.Context) (bool, error) {
	if o.end.Asker != onboarding.AnswerChoice {
		return true, nil
	}
	for _, key := range []string{o.r.Key, follow(o.r.Key, wordAnyway)} {
		next, known, err := o.requests.Find(ctx, key)
		if err != nil || known && next.Request.Round != o.r.Round && next.Request.At.After(o.s.Ended) {
			return false, err
		}
	}
	return true, nil
}

// reached reports whether whoever asked has been told of the end, as far as the marks say.
func (o *occasion) reached() bool {
	marks := o.t.State.Marks
	post := marks[markPost]
	return marks[markModal] == markDone || marks[markModal] == "message" || marks[markDirect] == markDone ||
		o.t.Joiner == nil && post != "" && post != markRefused
}
