package slackbot

import (
	"cmp"
	"context"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// submit takes a submitted form. It is checked and stored, and only then acknowledged.
func (f *forms) submit(ctx context.Context, in *incoming, i interaction) {
	// The form itself, not a modal that it was opened from.
	in.modal = i.View.ID
	a, ok := readAsked(i.View.Metadata)
	if !ok {
		in.ackErrors(ctx, map[string]string{modals.BlockName: sayBrokenForm})
		return
	}
	d, channel := modals.ReadForm(i.View.State.Values)
	if channel != "" {
		a.Channel, a.ChannelName = channel, ""
	}
	if reason, no := isDenied(f.gate.atOnce(in.who, "")); no {
		in.ackView(ctx, notAllowed(reason))
		return
	}
	// What was typed stays when only the channel was wrong.
	if reason, no := isDenied(f.gate.channel(a.Channel)); no {
		in.ackErrors(ctx, map[string]string{modals.BlockName: reason})
		return
	}
	var problems draft.Problems
	if a.Use > 0 { // what was typed before only names the request, and is there again when it fails
		kept, _, err := f.kept(ctx, i.View.ID, storeTimeout/4)
		if err != nil {
			f.log.WarnContext(ctx, "what stood in a form could not be read", "request", a.Key, "error", err)
		}
		d = kept.Draft
		d.Name, d.Connection = cmp.Or(d.Name, a.UseName), a.UseIn
		d = f.intake.labelled(a, d)
	} else {
		d, problems = f.intake.validate(a, d)
	}
	if problems != nil {
		in.ackErrors(ctx, modals.InlineErrors(problems))
		return
	}
	ticked := modals.ReadTicked(i.View.State.Values)
	if a.Verdict == draft.Failed && !a.Sure && a.Use == 0 {
		a.Sure = true
		form := modals.Form{Draft: d, Sure: true}
		in.ackView(ctx, f.teller.form(a, form).View())
		return
	}
	a.View = i.View.ID

	release := f.views.begin(ctx, a.View)
	defer release()
	r := f.intake.request(a, d, f.gate.called(in.who))
	r.Use, r.UseAt = a.Use, a.UseAt
	if a.UseSite != "" {
		r.UseWas = halo.Client{ID: a.Use, Name: a.UseName, Website: a.UseSite}
	}
	r.Press = i.View.ID + " " + i.View.Hash
	r.Then = f.wish(a.wayBack, d.Connection, ticked)
	receipt, err := f.intake.store(ctx, r)
	if err != nil {
		says := sayNotStored
		if inDoubt(err) {
			says = sayInDoubt
		}
		in.ackErrors(ctx, map[string]string{modals.BlockName: says})
		return
	}
	if receipt.Dismissed != nil {
		in.ackView(ctx, f.teller.form(a, modals.Form{
			Draft: d, Filing: modals.Filing{Ticked: ticked}, Dismissed: dismissal(*receipt.Dismissed),
		}).View())
		return
	}
	if f.web.health.isDead(botToken) && receipt.State.Outcome == "" {
		in.ackView(ctx, modals.Notice(formTitle, sayDeadKept)) // no later view would reach them: it needs the token
	} else {
		in.ackView(ctx, f.teller.viewNow(receipt, in.who.ID, r.Words()))
	}
	f.intake.accepted(ctx, r, receipt.Joined)
	// Whatever is drawn next goes by HTTP, and must not overtake the acknowledgement.
	written, cancel := context.WithTimeout(ctx, viewTurn)
	defer cancel()
	in.sock.Written(written)
	asker, own := in.who.ID, r.Words() // all that is kept of in, which is large: the closure below lives for some seconds
	again := func(ctx context.Context) { f.catchUp(ctx, a.View, receipt, asker, own) }
	in.sock.IfAgain(in.ID, again)
	again(ctx)
}

// catchUp draws a modal anew while its request has come further than receipt, which was just shown
// in it. That view may have replaced a newer one: another bot's on the same database, or this bot's
// own, where the acknowledgement was lost and sent again. catchUp looks again after each drawing,
// since that may in turn replace a newer view. Where this bot has the request in hand there is
// nothing to do: its teller waits for its turn and draws the latest itself.
func (f *forms) catchUp(ctx context.Context, view string, receipt onboarding.Receipt, asker string, own onboarding.Words) {
	for receipt.State.Outcome == "" && !f.views.awaited(view) {
		now, known, err := f.requests.Find(ctx, receipt.Request.Key)
		if err != nil || !known || now.State.Phase == receipt.State.Phase && now.State.Outcome == receipt.State.Outcome {
			return
		}
		if now.State.Outcome == onboarding.Denied && now.Request.By.ID != asker {
			return // a no to somebody else; asker's own request follows
		}
		receipt.State = now.State
		if _, err := f.views.update(ctx, view, "", f.teller.viewNow(receipt, asker, own)); err != nil {
			return // closed, or the teller gets through later
		}
	}
}
