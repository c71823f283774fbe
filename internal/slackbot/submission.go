package slackbot

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// storeTimeout bounds the store before an acknowledgement: the person's three seconds include
// the way here and back.
const storeTimeout = 2 * time.Second

// submit takes a submitted form: checked, stored, and only then acknowledged.
func (b *Bot) submit(ctx context.Context, in *incoming, i interaction) {
	// The form itself, not a modal that it was opened from.
	in.modal = i.View.ID
	o, ok := formOrigin(i.View.Metadata)
	if !ok {
		in.ackErrors(ctx, map[string]string{modals.BlockName: sayBrokenForm})
		return
	}
	d, channel := modals.ReadForm(i.View.State.Values)
	if channel != "" {
		o.Channel, o.ChannelName = channel, ""
	}
	if denied := b.people.cheap(in.who, ""); denied != nil {
		in.ackView(ctx, notAllowed(denied))
		return
	}
	// What was typed stays when only the channel was wrong.
	if denied := b.people.channel(o.Channel); denied != nil {
		in.ackErrors(ctx, map[string]string{modals.BlockName: denied.Reason})
		return
	}
	d, problems := b.validate(o, d)
	if problems != nil {
		in.ackErrors(ctx, modals.InlineErrors(problems))
		return
	}
	o.User, o.View = in.who.ID, i.View.ID

	release := b.views.begin(ctx, o.View)
	defer release()
	r := b.request(o, d, in.who)
	receipt, err := b.store(ctx, r)
	if err != nil {
		in.ackErrors(ctx, map[string]string{modals.BlockName: sayNotStored})
		return
	}
	in.ackView(ctx, b.viewNow(receipt, in.who.ID))
	b.accepted(ctx, r, receipt.Joined)
	// Whatever is drawn next goes by HTTP, and must not overtake the acknowledgement.
	written, cancel := context.WithTimeout(ctx, viewTurn)
	defer cancel()
	in.sock.Written(written)
	asker := in.who.ID // no more of in, which is large: this is kept for some seconds
	again := func(ctx context.Context) { b.catchUp(ctx, o.View, receipt, asker) }
	in.sock.IfAgain(in.ID, again)
	again(ctx)
}

// catchUp draws a modal anew whose request has come further than receipt, which was just shown
// in it: another bot on the same database may have drawn that already, and been overtaken; so
// may this one, where the acknowledgement was lost and sent again. It looks again after each
// drawing, since its own may overtake the other bot's next. Where this bot has the request in
// hand, its announcer waits for its turn and draws the latest itself.
func (b *Bot) catchUp(ctx context.Context, view string, receipt onboarding.Receipt, asker string) {
	for receipt.State.Outcome == "" && !b.views.awaited(view) {
		now, known, err := b.requests.Find(ctx, receipt.Request.Key)
		if err != nil || !known || now.State.Phase == receipt.State.Phase && now.State.Outcome == receipt.State.Outcome {
			return
		}
		receipt.State = now.State
		if err := b.updateView(ctx, view, "", b.viewNow(receipt, asker)); err != nil {
			return // closed, or the announcer gets through later
		}
	}
}

// validate checks d; with one connection there is no select, and the origin says which.
func (b *Bot) validate(o origin, d draft.Draft) (draft.Draft, draft.Problems) {
	if d.Connection == "" {
		d.Connection = o.Connection
	}
	if d.Connection == "" {
		d.Connection = b.connections()[0]
	}
	d, problems := d.Validate()
	if _, ok := b.halos[d.Connection]; !ok {
		if problems == nil {
			problems = draft.Problems{}
		}
		problems[draft.Connection] = sayNoConnection(d.Connection)
	}
	return d, problems
}

// store submits r within storeTimeout.
func (b *Bot) store(ctx context.Context, r onboarding.Request) (onboarding.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	receipt, err := b.requests.Submit(ctx, r)
	if err != nil {
		b.log.ErrorContext(ctx, "a request could not be stored", "key", r.Key, "err", err)
		return onboarding.Receipt{}, err
	}
	return receipt, nil
}

// accepted logs what was stored, once its person has been answered.
func (b *Bot) accepted(ctx context.Context, r onboarding.Request, joined bool) {
	b.log.InfoContext(ctx, "request accepted", "key", r.Key, "via", r.Via, "by", r.By.ID, "joined", joined)
}

// viewNow is the modal of somebody whose request has just been stored, or joined another.
func (b *Bot) viewNow(receipt onboarding.Receipt, asker string) slack.ModalViewRequest {
	r, s := receipt.Request, receipt.State
	o, _ := readOrigin(r.Reply)
	switch {
	case s.Outcome != "":
		return b.outcomeView(o, r, s)
	case receipt.Joined && r.By.ID != asker:
		return modals.Creating(r.Draft, sayInHand(r))
	}
	return modals.Creating(r.Draft, sayProgress(r, s))
}
