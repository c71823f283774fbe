package slackbot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// pressUse settles a request on a client that is there already. With several connections the
// button says whose client it is: a number alone would be another connection's too.
func (b *Bot) pressUse(ctx context.Context, in *incoming, i interaction) {
	key, rest, _ := strings.Cut(strings.TrimSpace(i.Actions[0].Value), " ")
	number, connection, _ := strings.Cut(strings.TrimSpace(rest), " ")
	id, err := strconv.Atoi(number)
	if err != nil || id <= 0 {
		in.ack(ctx, nil)
		b.beside(ctx, in, origin{}, sayNoPick)
		return
	}
	b.choose(ctx, in, i, key, func(first onboarding.Receipt) onboarding.Request {
		r := first.Request
		r.Use = id
		if connection != "" {
			r.Draft.Connection = connection
		}
		return r
	})
}

// pressCreateAnyway asks for another client beside those that were shown.
func (b *Bot) pressCreateAnyway(ctx context.Context, in *incoming, i interaction) {
	b.choose(ctx, in, i, i.Actions[0].Value, func(first onboarding.Receipt) onboarding.Request {
		r := first.Request
		r.Key = follow(r.Key, wordAnyway)
		r.Seen = slices.Clone(r.Seen)
		for _, c := range first.State.Found {
			r.Seen = append(r.Seen, c.ID)
		}
		return r
	})
}

// pressLookAgain looks once more for a client whose creation was never confirmed.
func (b *Bot) pressLookAgain(ctx context.Context, in *incoming, i interaction) {
	b.choose(ctx, in, i, i.Actions[0].Value, func(first onboarding.Receipt) onboarding.Request {
		r := afterDoubt(first.Request, wordLook)
		r.LookOnly = true
		return r
	})
}

// pressCreateAgain creates once more what was never confirmed, unless it is found after all.
func (b *Bot) pressCreateAgain(ctx context.Context, in *incoming, i interaction) {
	b.choose(ctx, in, i, i.Actions[0].Value, func(first onboarding.Receipt) onboarding.Request {
		r := afterDoubt(first.Request, wordAgain)
		r.LookOnly = false
		return r
	})
}

// afterDoubt follows r, whose outcome was never learned: a client that carries any of the
// earlier keys is the new request's own.
func afterDoubt(r onboarding.Request, word string) onboarding.Request {
	r.Prior = append(slices.Clone(r.Prior), r.Reference())
	r.Key = follow(r.Key, word)
	return r
}

// choose carries out what a button below a question asks for: ask makes the next request of the
// one that the question was about. Pressing it again, or by another person, joins the first
// press.
func (b *Bot) choose(ctx context.Context, in *incoming, i interaction, key string, ask func(onboarding.Receipt) onboarding.Request) {
	if b.refused(ctx, in, b.asking(in)) {
		return
	}
	in.ack(ctx, nil)
	if b.barred(ctx, in) {
		return
	}
	first, ok := b.first(ctx, in, i, key)
	if !ok {
		return
	}
	b.carryOut(ctx, in, ask(first))
}

// first is the request with key; or, for a client that was found while the form was still open,
// the request that the form would have made.
func (b *Bot) first(ctx context.Context, in *incoming, i interaction, key string) (onboarding.Receipt, bool) {
	o, inForm := formOrigin(i.View.Metadata)
	inForm = inForm && in.modal != "" && o.Key == key
	lookup, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	first, known, err := b.requests.Find(lookup, key)
	switch {
	case err != nil:
		b.log.ErrorContext(ctx, "a request could not be looked up", "key", key, "err", err)
		b.beside(ctx, in, o, sayNotKept)
		return onboarding.Receipt{}, false
	case inForm:
		// What stands in the form counts, and is only a label where a client is chosen.
		d, channel := modals.ReadForm(i.View.State.Values)
		if channel != "" {
			o.Channel, o.ChannelName = channel, ""
		}
		r := b.request(o, b.labelled(o, d), in.who)
		return onboarding.Receipt{Request: r, State: first.State}, true
	case !known:
		b.say(ctx, in, sayNotFound)
		return onboarding.Receipt{}, false
	}
	return first, true
}

// labelled is d with whatever is not valid left out, and a name.
func (b *Bot) labelled(o origin, d draft.Draft) draft.Draft {
	checked, problems := b.validate(o, d)
	for field := range problems {
		switch field {
		case draft.Connection:
			checked.Connection = b.connections()[0]
		case draft.Website:
			checked.Website = ""
		case draft.TradingName:
			checked.TradingName = ""
		case draft.Notes:
			checked.Notes = ""
		case draft.Name:
			checked.Name = "The sender's company"
		}
	}
	return checked
}

// carryOut stores r for the person of in, and shows them that it is in hand.
func (b *Bot) carryOut(ctx context.Context, in *incoming, r onboarding.Request) {
	o, ok := readOrigin(r.Reply)
	if !ok || r.Via == viaStep || r.Via == onboarding.ViaShell {
		// Nobody asked for it in Slack: the answer goes where the question was put.
		o = origin{Via: viaButton, Channel: in.at.ID, ChannelName: in.at.Name, Email: o.Email, Ticket: o.Ticket, Connection: o.Connection}
		r.Place = onboarding.Place{ID: in.at.ID, Name: in.at.Name, Link: b.link(o)}
	}
	o.Key, o.Step, o.User, o.View = r.Key, "", in.who.ID, in.modal
	if in.url != "" {
		o.URL, o.URLAt = in.url, time.Now().UTC().Truncate(time.Second)
	}
	r.Via, r.By, r.At = o.Via, onboarding.Person{ID: in.who.ID, Name: in.who.Name}, time.Now()
	r.IfExists, r.Once, r.After = onboarding.Ask, false, nil
	r.Reply = json.RawMessage(o.json())
	if denied := b.people.channel(o.Channel); denied != nil && !b.answers(o.Via, o.Channel) {
		b.beside(ctx, in, o, denied.Reason)
		return
	}

	release := b.views.begin(ctx, in.modal)
	defer release()
	receipt, err := b.store(ctx, r)
	if err != nil {
		// The question stays, with its buttons.
		b.beside(ctx, in, o, sayNotKept)
		return
	}
	b.accepted(ctx, r, receipt.Joined)
	if in.modal != "" {
		if err := b.updateView(ctx, in.modal, "", b.viewNow(receipt, in.who.ID)); err == nil {
			b.catchUp(ctx, in.modal, receipt, in.who.ID)
			return
		} else if !gone(err) {
			b.log.WarnContext(ctx, "a modal could not be updated", "key", r.Key, "err", explain(err))
		}
	}
	b.answerQuestion(ctx, in, o, receipt)
}

// answerQuestion takes the buttons off a question that was asked in a message, and says what
// came of it as far as it is known.
func (b *Bot) answerQuestion(ctx context.Context, in *incoming, o origin, receipt onboarding.Receipt) {
	if receipt.State.Outcome != "" {
		a := &announcement{Bot: b, t: &onboarding.Telling{Joiner: &onboarding.Joiner{}}, o: o, r: receipt.Request, s: receipt.State,
			e: receipt.Request.Ending(receipt.State.Outcome, b.cfg.OnError), log: b.log}
		if m, ok := a.instead(); ok {
			if err := b.tell(ctx, o, m); err != nil {
				b.log.WarnContext(ctx, "a person could not be told", "key", receipt.Request.Key, "err", explain(err))
			}
		}
		return
	}
	if in.url == "" || in.modal != "" {
		return
	}
	m := modals.Note(sayTaken(receipt.Request, in.who))
	err := b.web.respond(ctx, in.url, response{Replace: true, Text: m.Text, Blocks: m.Blocks})
	if err != nil {
		b.log.InfoContext(ctx, "a question could not be taken back", "key", receipt.Request.Key, "err", err)
	}
}

// beside tells the person of in a sentence without touching what they pressed in.
func (b *Bot) beside(ctx context.Context, in *incoming, o origin, text string) {
	o.User = in.who.ID
	if in.at.ID != "" {
		o.Channel = in.at.ID
	}
	if in.url != "" {
		o.URL, o.URLAt = in.url, time.Now()
	}
	if err := b.tell(ctx, o, modals.Note(text)); err != nil {
		b.log.WarnContext(ctx, "a person could not be told", "err", explain(err))
	}
}

// pressTryAgain opens the form of a request that failed, with everything still filled in. The
// form comes first, since a trigger lives three seconds; what it holds is fetched then.
func (b *Bot) pressTryAgain(ctx context.Context, in *incoming, i interaction) {
	if b.refused(ctx, in, b.asking(in)) {
		return
	}
	id := in.modal
	if id == "" {
		v, err := b.openAndAck(ctx, in, i.Trigger, loadingView())
		if err != nil {
			b.log.WarnContext(ctx, "a form could not be opened", "err", explain(err))
			b.beside(ctx, in, origin{}, sayPressAgain)
			return
		}
		id = v.id
	}
	in.ack(ctx, nil)
	v := b.viewAgain(ctx, in, i.Actions[0].Value)
	if err := b.views.draw(ctx, id, true, func() error { return b.updateView(ctx, id, "", v) }); err != nil && !gone(err) {
		b.log.WarnContext(ctx, "a form could not be filled in", "err", explain(err))
		b.beside(ctx, in, origin{}, sayPressAgain)
	}
}

// viewAgain is the modal for "Try again": the form, unless its person may not, or the request
// has come further since. A workflow step's request is not a person's to try again.
func (b *Bot) viewAgain(ctx context.Context, in *incoming, key string) slack.ModalViewRequest {
	const title = "New Halo client"
	if d := b.people.member(ctx, in.who.ID); d != nil {
		return notAllowed(d)
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	receipt, known, err := b.requests.Find(ctx, key)
	if err != nil {
		b.log.ErrorContext(ctx, "a request could not be looked up", "key", key, "err", err)
		return modals.Notice(title, sayNotKept)
	}
	o, ok := readOrigin(receipt.Request.Reply)
	if !known || !ok || o.Step != "" {
		return modals.Notice(title, sayNotFound)
	}
	o.Key, o.User = key, in.who.ID
	if in.url != "" {
		o.URL, o.URLAt = in.url, time.Now().UTC().Truncate(time.Second)
	}
	switch s := receipt.State; s.Outcome {
	case onboarding.Refused, onboarding.Unreachable, onboarding.Denied:
		return b.retryForm(o, receipt.Request, s).View()
	default:
		return b.viewNow(onboarding.Receipt{Request: receipt.Request, State: s, Joined: true}, in.who.ID)
	}
}
