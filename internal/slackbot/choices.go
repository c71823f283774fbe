package slackbot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// choices answer the questions that the bot asks: each makes a request that follows the one in
// question. Pressing the same button again, or by another person, joins the first press.
type choices struct{ *forms }

// pressUse ends a request with a client that is there already. With several connections the
// button says whose client it is: a number alone would be another connection's too.
func (c *choices) pressUse(ctx context.Context, in *incoming, i interaction) {
	key, rest, _ := strings.Cut(strings.TrimSpace(i.Actions[0].Value), " ")
	number, connection, _ := strings.Cut(strings.TrimSpace(rest), " ")
	id, err := strconv.Atoi(number)
	if err != nil || id <= 0 {
		in.ack(ctx, nil)
		in.beside(ctx, sayNoPick)
		return
	}
	c.choose(ctx, in, i, key, func(first onboarding.Receipt) onboarding.Request {
		r := first.Request
		r.Use = id
		if connection != "" {
			r.Draft.Connection = connection
		}
		return r
	})
}

// pressCreateAnyway asks for another client beside those that were shown.
func (c *choices) pressCreateAnyway(ctx context.Context, in *incoming, i interaction) {
	c.choose(ctx, in, i, i.Actions[0].Value, func(first onboarding.Receipt) onboarding.Request {
		r := first.Request
		r.Key = follow(r.Key, wordAnyway)
		r.Seen = slices.Clone(r.Seen)
		back, _ := readWayBack(r.Reply)
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
	c.choose(ctx, in, i, i.Actions[0].Value, afterDoubt(wordLook))
}

// pressCreateAgain creates once more what was never confirmed, unless it is found after all.
func (c *choices) pressCreateAgain(ctx context.Context, in *incoming, i interaction) {
	c.choose(ctx, in, i, i.Actions[0].Value, afterDoubt(wordAgain))
}

// afterDoubt follows a request whose outcome was never learned: a client that carries any of the
// earlier keys is the new request's own.
func afterDoubt(word string) func(onboarding.Receipt) onboarding.Request {
	return func(first onboarding.Receipt) onboarding.Request {
		r := first.Request
		r.Prior = append(slices.Clone(r.Prior), r.Reference())
		r.Key, r.LookOnly = follow(r.Key, word), word == wordLook
		return r
	}
}

// choose carries out what a button below a question asks for: next makes the request that follows
// the one that the question was about.
func (c *choices) choose(ctx context.Context, in *incoming, i interaction, key string, next func(onboarding.Receipt) onboarding.Request) {
	if c.gate.refused(ctx, in, c.gate.asking(in)) {
		return
	}
	in.ack(ctx, nil)
	if c.gate.barred(ctx, in) {
		return
	}
	if first, ok := c.first(ctx, in, i, key); ok {
		c.carryOut(ctx, in, next(first))
	}
}

// first is the request with key; or, for a client that was found while the form was still open,
// the request that the form would have made.
func (c *choices) first(ctx context.Context, in *incoming, i interaction, key string) (onboarding.Receipt, bool) {
	a, inForm := readAsked(i.View.Metadata)
	first, known, err := c.intake.find(ctx, key)
	switch {
	case err != nil:
		in.beside(ctx, sayNotKept)
		return onboarding.Receipt{}, false
	case inForm && in.modal != "" && a.Key == key:
		// The fields count as they are now. Where an existing client is chosen, they only name the
		// request.
		d, channel := modals.ReadForm(i.View.State.Values)
		if channel != "" {
			a.Channel, a.ChannelName = channel, ""
		}
		r := c.intake.request(a, c.intake.labelled(a, d), in.who)
		r.Then = c.wish(a.wayBack, r.Draft.Connection, modals.ReadTicked(i.View.State.Values))
		return onboarding.Receipt{Request: r, State: first.State}, true
	case !known:
		in.say(ctx, sayNotFound)
	}
	return first, known
}

// carryOut stores r for the person of in, and shows them that it is in hand.
func (c *choices) carryOut(ctx context.Context, in *incoming, r onboarding.Request) {
	back, ok := readWayBack(r.Reply)
	if !ok || r.Via == viaStep || r.Via == onboarding.ViaShell {
		// Nobody asked for it in Slack: the answer goes where the question was put.
		r.Via, r.Place = viaButton, onboarding.Place{ID: in.at.ID, Name: in.at.Name, Link: c.self.link(in.at.ID, "", "")}
		back = wayBack{
			Email: back.Email, Ticket: back.Ticket, Connection: back.Connection, Sender: back.Sender, Verdict: back.Verdict, Beside: back.Beside,
		}
	}
	back.Step, back.View = "", in.modal
	r.Reply = back.clicked(in.url).reply()
	r.By, r.At = onboarding.Person{ID: in.who.ID, Name: in.who.Name}, time.Time{}
	r.IfExists, r.Once, r.After = onboarding.Ask, false, nil
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
		_, err := c.views.update(ctx, in.modal, "", c.teller.viewNow(receipt, in.who.ID, r.Draft))
		if err == nil {
			c.catchUp(ctx, in.modal, receipt, in.who.ID, r.Draft)
			return
		}
		if !gone(err) {
			c.log.WarnContext(ctx, "a modal could not be updated", "key", r.Key, "err", explain(err))
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
	m := modals.Note(sayTaken(receipt.Request, in.who))
	err := c.web.respond(ctx, in.url, response{Replace: true, Text: m.Text, Blocks: m.Blocks})
	if err != nil {
		c.log.InfoContext(ctx, "a question could not be taken back", "key", receipt.Request.Key, "err", err)
	}
}
