package slackbot

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/onboarding"
)

// modalLooked is how long people are taken to look at their modal. An end without a client that
// comes later is also told in a direct message, which lasts, and so is a question that stays open
// for so long.
const modalLooked = time.Minute

// modal shows the outcome in the modal, with what has been filed by the time it is drawn.
func (o *occasion) modal(ctx context.Context) (string, error) {
	first := o.res // it may be drawn once more beside what o does next
	err := o.views.outcome(ctx, o.back.View, func(ctx context.Context) slack.ModalViewRequest {
		res := first
		if o.s.Client != nil && (o.files || o.r.Then != nil) {
			if filings, err := o.requests.Filings(ctx, o.r.Key); err == nil {
				o.noteFilings(&res, o.r, o.back, filings)
			}
		}
		return o.view(o.back, o.r, o.s, res, o.own)
	})
	if gone(err) {
		return markGone, nil
	}
	return markDone, later(err)
}

// direct tells whoever asked in a direct message, unless the modal or the channel has told them.
func (o *occasion) direct(ctx context.Context) (string, error) {
	if !o.needsDirect() {
		return "not needed", nil
	}
	if o.back.View != "" && o.res.Typed == nil {
		if err := o.pending(inModal); err != nil {
			return "", err
		}
	}
	if o.end.Asker == onboarding.AnswerChoice {
		if wait := modalLooked - o.waited(); wait > 0 && o.mark(inModal) == markDone && o.res.Typed == nil {
			return "", &onboarding.LaterError{After: wait, Err: errors.New("the question is in the modal")}
		}
		if open, err := o.stillOpen(ctx); err != nil || !open {
			return "answered", err
		}
	}
	m := o.told(o.r, o.s, o.res)
	_, err := o.web.direct(ctx, o.r.Key, o.to.ID, m)
	if !forGood(err) {
		return "direct", err
	}
	o.log.WarnContext(ctx, "a person's direct messages are closed to the bot", "error", explain(err))
	aside := o.web.aside(ctx, addressee{user: o.to.ID, channel: o.r.Place.ID, url: o.back.URL, urlAt: o.back.URLAt}, m)
	switch {
	case !o.reached():
		return "", &unreachedError{err}
	case aside == nil:
		return markAside, nil
	}
	return "", err
}

// needsDirect reports whether a direct message is needed beside the modal and the channel.
func (o *occasion) needsDirect() bool {
	modal := o.mark(inModal)
	switch {
	case modal == "message", modal == "nobody":
		return false // an earlier version of the bot has told
	case o.res.Typed != nil:
		return true // what they typed lasts nowhere else
	case !o.joined && o.end.Post == onboarding.PostTyped && o.back.Thread == "":
		return false // what was typed is posted to them alone
	case o.s.Client != nil:
		return modal != markDone && (o.joined || o.r.Place.ID == "")
	}
	return modal != markDone || o.s.Ended.Sub(o.at) > modalLooked || o.end.Asker == onboarding.AnswerChoice
}

// stillOpen reports whether a question that was asked has not been answered yet: by the person
// themselves, who is told of what they asked for then, or by somebody with a client. What somebody else
// has in hand is waited for.
func (o *occasion) stillOpen(ctx context.Context) (bool, error) {
	for _, key := range []string{o.r.Key, onboarding.Follow(o.r.Key, onboarding.Anyway)} {
		next, known, err := o.requests.Find(ctx, key)
		switch {
		case err != nil:
			return false, err
		case !known, !next.Request.At.After(o.r.At):
		case next.Request.By.ID == o.to.ID:
			return false, nil
		case next.State.Outcome == "":
			return false, &onboarding.LaterError{After: time.Second, Err: errors.New("somebody else is answering the question")}
		case !next.Request.Ending(next.State.Outcome, "").Frees:
			return false, nil
		}
	}
	return true, nil
}

// reached reports whether whoever asked has been told of the end, as far as the marks say.
func (o *occasion) reached() bool {
	modal, direct, post := o.mark(inModal), o.mark(inDirect), o.mark(inChannel)
	return modal == markDone || modal == "message" || direct == "direct" || !o.joined && post != "" && post != markRefused
}
