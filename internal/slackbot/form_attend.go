package slackbot

import (
	"context"
	"time"

	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// asideTime bounds what is done for an open form in the background.
const asideTime = 30 * time.Minute

// attend looks after an open form in the background until it is closed. Somebody who may not use
// the form is told so before they type more; others are told what is known of the message that it
// is about. While Slack does not say who somebody is, they are told nothing, but keep the form: the
// check that counts comes after it is submitted.
func (f *forms) attend(who person, a asked, form modals.Form, v opened) {
	f.work.aside(asideTime, func(ctx context.Context) {
		ctx, end := f.views.whileOpen(ctx, v)
		defer end()
		err := f.gate.member(ctx, who, remembered)
		reason, no := isDenied(err)
		switch {
		case no:
			_, err = f.views.refresh(ctx, v, notAllowed(reason))
		case err == nil && a.Message != "":
			w := &watcher{forms: f, asked: a, form: f.teller.form(a, form), v: v}
			err = w.watch(ctx)
		}
		if err != nil && err != errMovedOn && ctx.Err() == nil {
			f.log.WarnContext(ctx, "an open form could not be attended to", "request", a.Key, "error", explain(err))
		}
	})
}

// watcher keeps a form about a message up to date while it is open: it shows that somebody else is
// creating the client or has created it, or that the sender is a client already.
type watcher struct {
	*forms
	asked asked
	form  modals.Form
	v     opened
	// instead says that somebody else was already at it when the form opened first. Nothing was typed
	// by then, so their progress takes the form's place; otherwise it is shown above what is being
	// typed.
	instead bool
	// dismissed is the answer that has dismissed the alert.
	dismissed *onboarding.Request
	shown     string // what the form was last drawn for, in show's words
}

// watch returns when the request for the message has a client, or with errMovedOn when the form
// was submitted or closed.
func (w *watcher) watch(ctx context.Context) error {
	for wait := time.Second; ; wait = min(wait*3/2, 10*time.Second) {
		receipt, known, err := w.intake.latest(ctx, w.asked.Key)
		if err == nil {
			w.dismissed, err = w.requests.Dismissal(ctx, w.asked.Alert)
		}
		if err == nil {
			err = w.show(ctx, receipt, known)
		}
		if err == errMovedOn || err == nil && known && receipt.State.Client != nil {
			return err
		}
		if err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "an open form could not be updated", "request", w.asked.Key, "error", explain(err))
		}
		if !sleep(ctx, wait) {
			return ctx.Err()
		}
	}
}

// show draws the form anew where there is news.
func (w *watcher) show(ctx context.Context, receipt onboarding.Receipt, known bool) error {
	r, s := receipt.Request, receipt.State
	first := w.shown == ""
	untouched := first && !w.v.again
	form, news := w.form, "nothing"
	switch {
	case w.dismissed != nil:
		news = "dismissed"
		form.Dismissed = dismissal(*w.dismissed)
	case known && s.Outcome == "":
		news = "in hand"
		w.instead = w.instead || untouched
		form.InHand = sayInHand(r)
	case known && s.Client != nil, known && s.Outcome == onboarding.Unconfirmed:
		news = string(s.Outcome)
		done := w.teller.result(r, s)
		form.Done = &done
		w.instead = w.instead || untouched
	case known && s.Outcome == onboarding.Exists:
		news = "exists"
		for _, c := range s.Found {
			form.Known = append(form.Known, w.halos.match(r.Draft, s, c))
		}
	case first:
		w.form.Known = w.sender(ctx)
		form = w.form
	}
	if first && news == "nothing" && len(form.Known) == 0 || news == w.shown {
		w.shown = news
		return nil
	}
	next := form.View()
	if news == "nothing" {
		w.instead = false // the other request is over: the form makes one of its own
	}
	if w.instead {
		receipt.Joined = true
		next = w.teller.viewNow(receipt, "", r.Words())
	}
	hash, err := w.views.refresh(ctx, w.v, next)
	if err == nil {
		w.v.hash, w.shown = hash, news
	}
	return err
}

// sender looks for the sender as "Find Halo User and Client by Email" does.
func (w *watcher) sender(ctx context.Context) []modals.Match {
	h, ok := w.halos.named(w.form.Draft.Connection)
	if !ok || w.asked.Email == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	found, err := h.FindSender(ctx, w.asked.Email)
	if err != nil {
		w.log.InfoContext(ctx, "the sender could not be looked up while the form is open", "request", w.asked.Key, "error", err)
	}
	if err != nil || found == nil {
		return nil
	}
	return []modals.Match{{
		Client: w.halos.client(h.Name(), found.Client), Why: sayFound(*found, w.asked.Email),
		Unusable: found.Standing == halo.UnderCatchAll,
	}}
}
