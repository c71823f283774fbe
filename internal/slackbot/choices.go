package slackbot

import (
	"cmp"
	"context"
	"slices"
	"time"

	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// choices handles the buttons of the questions that the bot asks. Each press makes a request that
// follows the one the question is about; a second press of the same button, by anybody, joins the
// first.
type choices struct{ *forms }

// pressUse ends a request with a client that is there already.
func (c *choices) pressUse(ctx context.Context, in *incoming, i interaction) {
	p, ok := modals.ReadPick(i.Actions[0].Value)
	if !ok {
		in.ack(ctx, nil)
		in.beside(ctx, sayNoPick)
		return
	}
	c.choose(ctx, in, i, p.Key, func(first onboarding.Receipt, own onboarding.Words) onboarding.Request {
		r := first.Request
		r.Draft, r.Then = own.Draft, own.Then
		r.Use, r.UseAt, r.Draft.Connection = p.ID, p.Address, cmp.Or(p.Connection, first.Request.Draft.Connection)
		r.UseWas = halo.Client{}
		if at := slices.IndexFunc(first.State.Found, func(c halo.Client) bool { return c.ID == p.ID }); at >= 0 && first.State.At == p.Address {
			r.UseWas = first.State.Found[at]
		}
		return r
	})
}

// pressCreateAnyway asks for another client beside those that were shown, with the words of whoever
// presses.
func (c *choices) pressCreateAnyway(ctx context.Context, in *incoming, i interaction) {
	c.choose(ctx, in, i, i.Actions[0].Value, func(first onboarding.Receipt, own onboarding.Words) onboarding.Request {
		r := first.Request
		r.Key = onboarding.Follow(r.Key, onboarding.Anyway)
		// Somebody else's choice, which came to nothing; it is then asked anew.
		r.Use, r.UseAt, r.UseWas = 0, "", halo.Client{}
		back, _ := readWayBack(r.Reply)
		if own.Draft != r.Draft {
			r.Draft, r.Fields = own.Draft, nil
		}
		r.Then = own.Then
		if r.Draft.Connection != first.Request.Draft.Connection {
			r.Seen = nil // those clients are in another tenant
			return r
		}
		r.Seen = slices.Clone(r.Seen)
		for _, found := range first.State.Found {
			r.Seen = append(r.Seen, found.ID)
			back.Beside = append(back.Beside, beside{ID: found.ID, Name: text.Cut(found.Name, 100)})
		}
		r.Reply = back.reply()
		return r
	})
}

// pressLookAgain looks once more for a client whose creation was never confirmed.
func (c *choices) pressLookAgain(ctx context.Context, in *incoming, i interaction) {
	c.choose(ctx, in, i, i.Actions[0].Value, afterDoubt(onboarding.Look))
}

// pressCreateAgain creates once more what was never confirmed, unless it is found after all.
func (c *choices) pressCreateAgain(ctx context.Context, in *incoming, i interaction) {
	c.choose(ctx, in, i, i.Actions[0].Value, afterDoubt(onboarding.Again))
}

// afterDoubt makes the request that follows one whose outcome was never learned. A client that
// carries the key of any earlier one counts as the new request's own. What was typed stays as it
// was, because the earlier create is found by its name.
func afterDoubt(word string) func(onboarding.Receipt, onboarding.Words) onboarding.Request {
	return func(first onboarding.Receipt, own onboarding.Words) onboarding.Request {
		r := first.Request
		r.Then = own.Then
		r.Prior = append(slices.Clone(r.Prior), r.Reference())
		r.Key, r.LookOnly = onboarding.Follow(r.Key, word), word == onboarding.Look
		return r
	}
}

// choose carries out what a button below a question asks for. next makes the request that follows,
// from the one that the question was about and the words of whoever presses.
func (c *choices) choose(
	ctx context.Context, in *incoming, i interaction, key string,
	next func(onboarding.Receipt, onboarding.Words) onboarding.Request,
) {
	if c.gate.refused(ctx, in, c.gate.asking(in)) {
		return
	}
	in.ack(ctx, nil)
	if c.gate.barred(ctx, in) {
		return
	}
	if first, own, ok := c.first(ctx, in, i, key); ok {
		c.carryOut(ctx, in, next(first, own))
	}
}

// first is the request with key, and what in's person typed for it. For a client that was found
// while the form was still open, it is the request that the form would have made.
func (c *choices) first(ctx context.Context, in *incoming, i interaction, key string) (onboarding.Receipt, onboarding.Words, bool) {
	a, inForm := readAsked(i.View.Metadata)
	first, known, err := c.intake.find(ctx, key)
	switch {
	case err != nil:
		in.beside(ctx, sayNotKept)
		return onboarding.Receipt{}, onboarding.Words{}, false
	case inForm && in.modal != "" && a.Key == key:
		// The fields count as they are now. Where an existing client is chosen, they only name the
		// request.
		d, channel := modals.ReadForm(i.View.State.Values)
		if channel != "" {
			a.Channel, a.ChannelName = channel, ""
		}
		r := c.intake.request(a, c.intake.labelled(a, d), c.gate.called(in.who))
		r.Then = c.wish(a.wayBack, r.Draft.Connection, modals.ReadTicked(i.View.State.Values))
		return onboarding.Receipt{Request: r, State: first.State}, r.Words(), true
	case !known:
		in.say(ctx, sayNotFound)
		return onboarding.Receipt{}, onboarding.Words{}, false
	}
	own, err := c.typed(ctx, first.Request, in.who)
	if err != nil {
		c.log.ErrorContext(ctx, "what somebody typed could not be looked up", "request", key, "error", err)
		in.beside(ctx, sayNotKept)
	}
	return first, own, err == nil
}

// carryOut stores r for the person of in, and shows them that it is in hand.
func (c *choices) carryOut(ctx context.Context, in *incoming, r onboarding.Request) {
	back, ok := readWayBack(r.Reply)
	if !ok || r.Via.Unattended() {
		// Nobody asked for it in Slack: the answer goes where the question was put.
		r.Via, r.Place = onboarding.ViaButton, onboarding.Place{ID: in.at.ID, Name: in.at.Name, Link: c.self.link(in.at.ID, "", "")}
		back = wayBack{
			Email: back.Email, Ticket: back.Ticket, Connection: back.Connection, Sender: back.Sender, Verdict: back.Verdict, Beside: back.Beside,
		}
	}
	back.Step, back.View = "", in.modal
	r.Reply = back.clicked(in.url).reply()
	r.By, r.At = c.gate.called(in.who).asker(), time.Time{}
	r.IfExists, r.Once, r.Press, r.After = onboarding.Ask, false, "", nil
	if reason, no := isDenied(c.gate.channel(r.Place.ID)); no && !c.gate.answers(r.Via, r.Place.ID) {
		in.beside(ctx, reason)
		return
	}

	release := c.views.begin(ctx, in.modal)
	defer release()
	receipt, err := c.intake.store(ctx, r)
	if err != nil {
		// The question stays, with its buttons.
		says := sayNotKept
		if inDoubt(err) {
			says = sayPressInDoubt
		}
		in.beside(ctx, says)
		return
	}
	if receipt.Dismissed != nil {
		in.show(ctx, modals.AlreadyDismissed(*dismissal(*receipt.Dismissed), true))
		return
	}
	c.intake.accepted(ctx, r, receipt.Joined)
	if in.modal != "" {
		_, err := c.views.update(ctx, in.modal, "", c.teller.viewNow(receipt, in.who.ID, r.Words()))
		if err == nil {
			c.catchUp(ctx, in.modal, receipt, in.who.ID, r.Words())
			return
		}
		if !gone(err) {
			c.log.WarnContext(ctx, "a modal could not be updated", "request", r.Key, "error", explain(err))
		}
	}
	c.answerQuestion(ctx, in, receipt)
}

// answerQuestion takes the buttons off a question that was asked in a message, and says what
// came of it as far as it is known.
func (c *choices) answerQuestion(ctx context.Context, in *incoming, receipt onboarding.Receipt) {
	if in.onHome {
		in.home.draw(ctx, in.who)
	}
	if receipt.State.Outcome != "" {
		in.show(ctx, c.teller.told(receipt.Request, receipt.State, c.teller.result(receipt.Request, receipt.State)))
		return
	}
	if in.url == "" || in.modal != "" {
		return
	}
	m := modals.Say(sayTaken(receipt.Request, in.who))
	err := c.web.respond(ctx, in.url, response{Replace: true, Text: m.Text, Blocks: m.Blocks})
	if err != nil {
		c.log.InfoContext(ctx, "a question could not be taken back", "request", receipt.Request.Key, "error", err)
	}
}
