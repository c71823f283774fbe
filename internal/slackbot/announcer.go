package slackbot

import (
	"context"
	"errors"
	"log/slog"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// Announce implements onboarding.Announcer. While a request is in hand it draws its modal; when
// it has ended, it tells, in this order, the person who asked, the channel or thread, the
// alert and SLACK_ERROR_CHANNEL. Each is done once, however often the announcement has to be
// repeated. What Slack refuses for good does not keep the rest from being told; the
// announcement is only complete when somebody was reached.
func (b *Bot) Announce(ctx context.Context, t *onboarding.Telling) error {
	r := t.Request
	if t.Joiner != nil {
		r.By, r.Reply = t.Joiner.By, t.Joiner.Reply
	}
	o, ok := readOrigin(r.Reply)
	if !ok {
		return nil // from the command line, which tells by itself
	}
	a := &announcement{
		Bot: b, t: t, o: o, r: r, s: t.State, e: r.Ending(t.State.Outcome, b.cfg.OnError),
		log: b.log.With("key", t.Request.Key, "outcome", string(t.State.Outcome)),
	}
	switch {
	case o.Step != "":
		return a.step(ctx)
	case t.State.Outcome == "":
		return a.progress(ctx)
	case t.Joiner != nil:
		return a.asker(ctx)
	}
	var refused error
	for _, tell := range []func(context.Context) error{a.asker, a.channel, a.alert, a.report} {
		err := tell(ctx)
		if err != nil && !forGood(err) {
			return err
		}
		if err != nil {
			a.log.ErrorContext(ctx, "Slack does not let the bot tell of a request", "err", explain(err))
			refused = err
		}
	}
	if a.reached() {
		return nil
	}
	return refused
}

// forGood reports whether Slack refused something that waiting does not mend.
func forGood(err error) bool {
	return err != nil && !transient(err) && !errors.As(err, new(*onboarding.LaterError))
}

// announcement is one telling in hand.
type announcement struct {
	*Bot
	t   *onboarding.Telling
	o   origin
	r   onboarding.Request
	s   onboarding.State
	e   onboarding.Ending
	log *slog.Logger
}

// res is the request's result for a message. Somebody who joined it is not who asked for it.
func (a *announcement) res() modals.Result {
	res := a.result(a.o, a.r, a.s)
	if a.t.Joiner != nil {
		res.By = ""
	}
	return res
}

// once marks a step that has nothing to remember.
func (a *announcement) once(ctx context.Context, step string, do func(context.Context) error) error {
	_, err := a.t.Once(ctx, step, func(ctx context.Context) (string, error) { return "done", do(ctx) })
	return err
}

// The steps that reach people, by their marks, and what one is marked with that had nobody to
// reach.
const (
	stepAsker   = "asker"
	stepMessage = "message"
	nobody      = "nobody"
)

// reached reports whether anybody has been told of the outcome.
func (a *announcement) reached() bool {
	for _, step := range []string{stepAsker, stepMessage} {
		if mark := a.t.State.Marks[step]; mark != "" && mark != nobody {
			return true
		}
	}
	return false
}

// asker tells the person who asked: in the modal, or, when that is gone, in a message with the
// same choices.
func (a *announcement) asker(ctx context.Context) error {
	_, err := a.t.Once(ctx, stepAsker, func(ctx context.Context) (string, error) {
		drawn, err := a.draw(ctx)
		if err != nil || drawn {
			return "modal", err
		}
		m, ok := a.instead()
		if !ok {
			return nobody, nil
		}
		return "message", a.tell(ctx, a.o, m)
	})
	return err
}

// draw shows the outcome in the modal; false when there is none (any more).
func (a *announcement) draw(ctx context.Context) (bool, error) {
	if a.o.View == "" {
		return false, nil
	}
	v := a.outcomeView(a.o, a.r, a.s)
	err := a.showOutcome(ctx, a.o.View, v)
	switch {
	case err == nil:
		return true, nil
	case transient(err):
		return false, later(err)
	case !gone(err):
		a.log.WarnContext(ctx, "a modal could not be updated", "err", explain(err))
	}
	return false, nil
}

// instead is the message that stands for the modal. A created client is in the channel anyway.
func (a *announcement) instead() (modals.Message, bool) {
	res := a.res()
	alone := a.t.Joiner != nil || a.o.Channel == "" // no post in a channel reaches them
	switch a.e.Asker {
	case onboarding.AnswerClient:
		return modals.Announcement(res), alone
	case onboarding.AnswerChoice:
		return modals.Question(res), true
	case onboarding.AnswerDoubt:
		return modals.AskAgain(res), alone
	case onboarding.AnswerReturned:
		// Without a thread it is returned to the person by channel.
		return modals.Failure(res), a.o.Thread != "" || a.t.Joiner != nil
	}
	return modals.Failure(res), true
}

// channel posts what everybody there may know.
func (a *announcement) channel(ctx context.Context) error {
	res := a.res()
	var m modals.Message
	o := a.o
	switch a.e.Post {
	case onboarding.PostClient:
		m = modals.Announcement(res)
	case onboarding.PostDoubt:
		m = modals.AskAgain(res)
	case onboarding.PostTyped:
		m = modals.Returned(res)
		if o.Thread == "" {
			o.Channel, o.URL = "", "" // to the person alone
		}
	default:
		return nil
	}
	_, err := a.t.Once(ctx, stepMessage, func(ctx context.Context) (string, error) { return a.publish(ctx, o, m) })
	return err
}

// publish posts m where it belongs: in the channel or thread, else through the response_url,
// which needs no membership, else to the person, saying how to mend it. It returns the
// message's ts, or which way it went.
func (a *announcement) publish(ctx context.Context, o origin, m modals.Message) (string, error) {
	var refusal string
	if o.Channel != "" {
		ts, err := a.post(ctx, a.r.Key, o.Channel, o.Thread, m)
		if !forGood(err) {
			return ts, err
		}
		refusal = code(err)
		a.log.WarnContext(ctx, "the bot may not post where it was asked", "channel", o.Channel, "err", explain(err))
	}
	if o.fresh() {
		err := a.web.respond(ctx, o.URL, response{
			Type: "in_channel", Thread: o.Thread, Text: m.Text, Blocks: m.Blocks, Metadata: m.Metadata,
		})
		if err == nil {
			return "response_url", nil
		}
		a.log.InfoContext(ctx, "a response_url did not answer", "err", err)
	}
	if _, err := a.direct(ctx, a.r.Key, o.User, m); err != nil {
		return "", err
	}
	if o.Channel != "" {
		hint := modals.Note(sayElsewhere(a.me().UserName, place{ID: o.Channel, Name: o.ChannelName}, refusal))
		if _, err := a.direct(ctx, a.r.Key+" hint", o.User, hint); err != nil {
			a.log.InfoContext(ctx, "the way to mend it could not be told", "err", explain(err))
		}
	}
	return "direct", nil
}

// settleFor ends a step that Slack refuses for good: waiting does not mend it, the modal has
// told, and the log says what to do. What may pass is passed on, to be tried again.
func (a *announcement) settleFor(ctx context.Context, what string, err error) error {
	if !forGood(err) {
		return err
	}
	a.log.ErrorContext(ctx, what, "err", explain(err))
	return nil
}

// report tells SLACK_ERROR_CHANNEL of what needs an administrator.
func (a *announcement) report(ctx context.Context) error {
	m := modals.Report(a.res())
	switch {
	case a.cfg.ErrorChannel == "", a.e.Report == onboarding.ReportNothing, a.e.Report == onboarding.ReportAdmin && !a.s.Configuration:
		return nil
	case a.e.Report == onboarding.ReportDoubt:
		m = modals.ReportUnconfirmed(a.res())
	}
	return a.once(ctx, "report", func(ctx context.Context) error {
		_, err := a.post(ctx, a.r.Key+" report", a.cfg.ErrorChannel, "", m)
		return a.settleFor(ctx, "SLACK_ERROR_CHANNEL could not be told", err)
	})
}
