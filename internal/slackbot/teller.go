package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/patrickmn/go-cache"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// teller tells people what became of a request. What each of them gets is onboarding.Endings'
// word; how it is drawn is package modals'.
type teller struct {
	*parts
	views  *views
	tokens *cache.Cache // bot_access_token of workflow steps, by execution id
}

// step is one thing to tell, independent of the others: it is done once, and its mark kept with
// the request. A step that Slack refuses for good is marked so.
type step struct {
	mark string
	do   func(context.Context) (string, error)
}

// The marks of steps, kept in databases, and what they say.
const (
	markModal    = "asker"    // markDone, or markGone; "message" and "nobody" of earlier versions
	markDirect   = "direct"   // the direct message to whoever asked
	markPost     = "message"  // in the channel or thread: its ts, or the way that it took
	markAlert    = "alert"    //
	markOthers   = "others"   // alerts of the same ticket or address
	markReport   = "report"   // in SLACK_ERROR_CHANNEL
	markQuestion = "question" // there, about a workflow step
	markStep     = "step"     // the workflow step

	markDone    = "modal"
	markGone    = "gone"
	markAside   = "aside"   // only shown where it may be gone after a reload
	markRefused = "refused" // for good
)

// occasion is one telling in hand.
type occasion struct {
	*teller
	t    *onboarding.Telling
	r    onboarding.Request
	s    onboarding.State
	end  onboarding.Ending
	to   onboarding.Person // who asked, or joined
	at   time.Time         // when they did
	back wayBack
	res  modals.Result
	log  *slog.Logger
}

// announce implements onboarding.Announcer. While a request is in hand it draws its modal; when it
// has ended, it does each step that is not marked, whatever becomes of the others.
func (t *teller) announce(ctx context.Context, telling *onboarding.Telling) error {
	o := &occasion{
		teller: t, t: telling, r: telling.Request, s: telling.State,
		to: telling.Request.By, at: telling.Request.At,
		log: t.log.With("key", telling.Request.Key, "outcome", string(telling.State.Outcome)),
	}
	reply := o.r.Reply
	if j := telling.Joiner; j != nil {
		o.to, o.at, reply = j.By, j.At, j.Reply
	}
	back, ok := readWayBack(reply)
	if !ok {
		return nil // from the command line, which tells by itself
	}
	o.back, o.end, o.res = back, o.r.Ending(o.s.Outcome, t.cfg.OnError), t.result(o.r, o.s)
	if j := telling.Joiner; j != nil && j.Draft != nil && *j.Draft != o.r.Draft {
		o.res.Typed = j.Draft
	}
	if o.s.Outcome == "" {
		return o.progress(ctx)
	}
	var failed error
	for _, s := range o.steps() {
		if err := o.once(ctx, s); err != nil && sooner(err, failed) {
			failed = err
		}
	}
	return failed
}

// steps are what there is to tell of an end, and to whom.
func (o *occasion) steps() []step {
	if o.back.Step != "" {
		return o.flowSteps()
	}
	steps := []step{{markModal, o.modal}, {markDirect, o.direct}}
	if o.t.Joiner != nil {
		return steps
	}
	if o.end.Post != onboarding.PostNothing {
		steps = append(steps, step{markPost, o.post})
	}
	if o.end.Alert != onboarding.MarkNothing && o.back.Alert != "" {
		steps = append(steps, step{markAlert, o.alert})
	}
	if o.end.Alert == onboarding.MarkAllClosed {
		steps = append(steps, step{markOthers, o.others})
	}
	return append(steps, o.reports()...)
}

// once does a step that has no mark yet, and marks it.
func (o *occasion) once(ctx context.Context, s step) error {
	_, err := o.t.Once(ctx, s.mark, func(ctx context.Context) (string, error) {
		mark, err := s.do(ctx)
		if !forGood(err) {
			return mark, err
		}
		o.log.ErrorContext(ctx, "Slack does not let the bot tell of a request", "step", s.mark, "err", explain(err))
		return markRefused, nil
	})
	return err
}

// forGood reports whether Slack refused something that waiting does not mend.
func forGood(err error) bool {
	return err != nil && !transient(err) && !errors.As(err, new(*onboarding.LaterError)) && !errors.As(err, new(*unreachedError))
}

// sooner reports whether err asks for another try before other does: one that says nothing of
// when is tried again soon.
func sooner(err, other error) bool {
	var a, b *onboarding.LaterError
	if !errors.As(other, &b) {
		return other == nil
	}
	return !errors.As(err, &a) || a.After < b.After
}

// unreachedError says that Slack lets the bot tell a person nowhere: that is tried again, since
// an administrator may mend it.
type unreachedError struct{ error }

func (e *unreachedError) Unwrap() error { return e.error }
