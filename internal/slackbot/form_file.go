package slackbot

import (
	"context"
	"slices"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// filer files the sender and the ticket with a client that people were told of earlier.
type filer struct{ *forms }

// pressFile opens the form in which the sender is filed. The form is opened empty, since a trigger
// lives three seconds, and filled in afterwards.
func (f *filer) pressFile(ctx context.Context, in *incoming, i interaction) {
	if f.gate.refused(ctx, in, f.gate.asking(in)) {
		return
	}
	v, err := f.openAndAck(ctx, in, i.Trigger, loadingView())
	if err != nil {
		f.log.WarnContext(ctx, "a form could not be opened", "error", explain(err))
		in.beside(ctx, orDead(err, sayPressAgain))
		return
	}
	next := f.form(ctx, in, i.Actions[0].Value)
	if _, err := f.views.update(ctx, v.id, v.hash, next); err != nil && !gone(err) && !overtaken(err) {
		f.log.WarnContext(ctx, "a form could not be filled in", "error", explain(err))
		in.beside(ctx, orDead(err, sayPressAgain))
	}
}

// form is the form for the request with key; it is a notice where the person may not use it, or
// nothing is left to file.
func (f *filer) form(ctx context.Context, in *incoming, key string) slack.ModalViewRequest {
	if err := f.gate.member(ctx, in.who, remembered); err != nil {
		reason, no := isDenied(err)
		if !no {
			reason = orDead(err, sayUnverified.String())
		}
		return notAllowed(reason)
	}
	receipt, filings, err := f.filed(ctx, key)
	if err != nil {
		return modals.Notice(fileTitle, sayNotKept)
	}
	a, ok := askedAgain(receipt.Request)
	if !ok || receipt.State.Client == nil {
		return modals.Notice(fileTitle, sayNotFound)
	}
	a.wayBack = a.clicked(in.url)
	form := modals.FileForm{
		Client:   f.halos.had(receipt.Request.Draft.Connection, receipt.State, *receipt.State.Client),
		Name:     draft.PersonName(a.Sender, a.Email),
		Filing:   f.filing(a.wayBack, receipt.Request.Draft.Connection, nil),
		Metadata: a.metadata(),
	}
	form.Filing.Offered = slices.DeleteFunc(form.Filing.Offered, func(what draft.Filing) bool { return inHand(filings, what) })
	if len(form.Filing.Offered) == 0 {
		return modals.Notice(fileTitle, sayNothingToFile)
	}
	return form.View()
}

// inHand reports whether something is filed, or being filed.
func inHand(filings []onboarding.Receipt, what draft.Filing) bool {
	return slices.ContainsFunc(filings, func(r onboarding.Receipt) bool {
		return r.Request.File.What == what && (r.State.Outcome == "" || r.State.Outcome == onboarding.Done)
	})
}

// filed is a request with its filings, looked up within storeTimeout.
func (f *filer) filed(ctx context.Context, key string) (onboarding.Receipt, []onboarding.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	receipt, _, err := f.requests.Find(ctx, key)
	var filings []onboarding.Receipt
	if err == nil {
		filings, err = f.requests.Filings(ctx, key)
	}
	if err != nil {
		f.log.ErrorContext(ctx, "a request could not be looked up", "request", key, "error", err)
	}
	return receipt, filings, err
}

// submit takes the form: stored, and only then acknowledged.
func (f *filer) submit(ctx context.Context, in *incoming, i interaction) {
	in.modal = i.View.ID
	wrong := func(says string) { in.ackErrors(ctx, map[string]string{modals.BlockFiling: says}) }
	a, ok := readAsked(i.View.Metadata)
	if !ok {
		wrong(sayBrokenForm)
		return
	}
	if reason, no := isDenied(f.gate.atOnce(in.who, "")); no {
		in.ackView(ctx, notAllowed(reason))
		return
	}
	receipt, _, err := f.filed(ctx, a.Key)
	switch {
	case err != nil:
		wrong(sayNotKept)
		return
	case receipt.State.Client == nil:
		in.ackView(ctx, modals.Notice(fileTitle, sayNotFound))
		return
	}
	if name := modals.ReadUser(i.View.State.Values); name != "" {
		a.Sender = name
	}
	wish := f.wish(a.wayBack, receipt.Request.Draft.Connection, modals.ReadTicked(i.View.State.Values))
	if wish == nil {
		wrong(sayTickSomething)
		return
	}
	if err := f.ask(ctx, in, onboarding.FileRequest{
		Of: receipt.Request, Client: *receipt.State.Client, At: receipt.State.Where(), Filing: *wish,
	}, a.wayBack); err != nil {
		says := sayNotKept
		if inDoubt(err) {
			says = sayPressInDoubt
		}
		wrong(says)
		return
	}
	in.ackView(ctx, modals.Notice(fileTitle, sayFiling))
}

// ask stores what in's person wants filed. It is safe to call again, whatever the error is.
func (f *filer) ask(ctx context.Context, in *incoming, r onboarding.FileRequest, back wayBack) error {
	back.View, back.Step, back.Workspace = "", "", in.who.Workspace
	r.Reply = back.clicked(in.url).reply()
	r.By, r.Via = f.gate.called(in.who).asker(), r.Of.Via
	if r.Via.Unattended() {
		r.Via = onboarding.ViaButton
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if _, err := f.requests.File(ctx, r); err != nil {
		f.log.ErrorContext(ctx, "what is to be filed could not be stored", "request", r.Of.Key, "error", err)
		return err
	}
	f.log.InfoContext(ctx, "filing accepted", "request", r.Of.Key, "by", r.By.ID, "filing", r.Filing.What)
	return nil
}

// pressAgain has one step tried again. A sender in the button means that the person was shown whom
// the ticket is from: it is then moved even though that is somebody else.
func (f *filer) pressAgain(ctx context.Context, in *incoming, i interaction) {
	var v again
	if decode([]byte(i.Actions[0].Value), &v) != nil || v.Of == "" {
		in.ack(ctx, nil)
		in.beside(ctx, sayNotFound)
		return
	}
	if f.gate.refused(ctx, in, f.gate.asking(in)) {
		return
	}
	in.ack(ctx, nil)
	if f.gate.barred(ctx, in) {
		return
	}
	_, filings, err := f.filed(ctx, v.Of)
	if err != nil {
		in.beside(ctx, sayNotKept)
		return
	}
	n := slices.IndexFunc(filings, func(r onboarding.Receipt) bool { return r.Request.File.What == v.What })
	if n < 0 {
		in.beside(ctx, sayNotFound)
		return
	}
	last := filings[n].Request
	back, _ := readWayBack(last.Reply)
	r := onboarding.FileRequest{
		Of:     onboarding.Request{Key: v.Of, Draft: last.Draft, Place: last.Place, OnError: last.OnError, Via: last.Via},
		Client: last.File.Client, At: last.File.At, Filing: last.File.Filing,
	}
	r.Filing.What = []draft.Filing{v.What}
	if v.Sender != "" {
		r.Filing.Confirmed = v.Sender
	}
	if err := f.ask(ctx, in, r, back); err != nil {
		says := sayNotKept
		if inDoubt(err) {
			says = sayPressInDoubt
		}
		in.beside(ctx, says)
		return
	}
	m := modals.Say(sayFilingAgain(in.who))
	if err := f.web.respond(ctx, in.url, response{Replace: true, Text: m.Text, Blocks: m.Blocks}); err != nil {
		f.log.InfoContext(ctx, "a button could not be taken away", "request", v.Of, "error", err)
	}
}
