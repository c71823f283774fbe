package slackbot

import (
	"context"
	"encoding/json"
	"time"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// answers take what people say of an alert without a form: that it is of no client, and that it
// waits for an answer after all.
type answers struct{ *forms }

// press handles a button that says word. The answer is stored before it is acknowledged; whether its
// person may is found out after that, and then the alert shows it.
func (a *answers) press(word onboarding.Word) press {
	return func(ctx context.Context, in *incoming, i interaction) {
		asked, ok := a.about(in, i)
		if !ok {
			in.ack(ctx, nil)
			in.beside(ctx, sayNoAlert)
			return
		}
		if a.gate.refused(ctx, in, asked.Channel) {
			return
		}
		d, _ := modals.ReadForm(i.View.State.Values)
		if h, known := a.halos.named(asked.Connection); known && d.Connection == "" {
			d.Connection = h.Name()
		}
		r := a.intake.request(asked, d, a.gate.called(in.who))
		r.Key = asked.Alert
		r.Then = a.wish(asked.wayBack, d.Connection, modals.ReadTicked(i.View.State.Values)) // for the form again
		r.Answer = &onboarding.AlertAnswer{Word: word, Email: asked.Email, TS: asked.Message}
		alert := onboarding.Alert{
			Key: asked.Alert, Channel: asked.Channel, TS: asked.Message, Email: asked.Email, TicketID: asked.ticketKey(),
			ResponseURL: asked.URL, ClickedAt: time.Now(),
		}
		if word == onboarding.Dismiss {
			alert.Message = keptMessage(i.Message)
		}
		receipt, err := a.intake.answer(ctx, r, alert)
		in.ack(ctx, nil)
		if err != nil {
			says := sayNotKept
			if inDoubt(err) {
				says = sayPressInDoubt
			}
			in.beside(ctx, says)
			return
		}
		a.log.InfoContext(ctx, "an alert was answered", "request", r.Key, "answer", string(word), "by", r.By.ID, "joined", receipt.Joined)
		if receipt.Joined {
			in.show(ctx, a.answered(receipt))
		}
	}
}

// about is the alert whose button was pressed: on the alert itself, in its thread, or in a form that
// was opened for it.
func (a *answers) about(in *incoming, i interaction) (asked, bool) {
	if in.modal != "" {
		about, ok := readAsked(i.View.Metadata)
		about.View = in.modal
		return about, ok && about.Alert != "" && about.Message != ""
	}
	ts := i.Message.TS
	if ts == "" {
		ts = i.Container.MessageTS
	}
	about := a.askedAbout(in, i, ts, onboarding.ViaAlert)
	about.Alert = about.Key
	if key, ok := modals.ReopensAlert(i.Actions[0].Block); ok && key != about.Key && i.Message.ThreadTS != "" {
		// It stands in the thread of an alert that the bot may not change.
		about.Key, about.Alert, about.Message = key, key, i.Message.ThreadTS
		about.URL = "" // of the reply
	}
	alert := draft.ParseAlert(i.Actions[0].Value)
	about.Email, about.Ticket, about.OnError = alert.Email, alert.TicketID, alert.OnError
	if h, known := a.halos.named(alert.Connection); known {
		about.Connection = h.Name()
	}
	return about, ts != "" && !i.Container.Ephemeral
}

// keptMessage is m as it is kept in the database, to be put back with its buttons; nil where it has
// none.
func keptMessage(m message) json.RawMessage {
	if _, waits := modals.AlertValue(m.Blocks, m.Attachments); !waits {
		return nil
	}
	return mustJSON(alertMessage{Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments})
}

// answered tells whoever would answer an alert what it was answered with before.
func (a *answers) answered(first onboarding.Receipt) modals.Message {
	r, s := first.Request, first.State
	switch {
	case r.Answer != nil && s.Outcome == "":
		return modals.Say(sayAnswering(r))
	case r.Answer != nil && r.Answer.Word == onboarding.Dismiss:
		return modals.AlreadyDismissed(*dismissal(r), false)
	case r.Answer != nil:
		return modals.AlreadyReopened(*dismissal(r))
	case r.Key == "":
		return modals.Note(sayNothingToReopen)
	case s.Outcome == "":
		return modals.Say(sayInHandInstead(r))
	case s.Client != nil:
		return modals.NotDismissed(a.teller.result(r, s))
	}
	return a.teller.told(r, s, a.teller.result(r, s))
}

// dismissal is an answer as modals shows it.
func dismissal(r onboarding.Request) *modals.Dismissal {
	return &modals.Dismissal{By: r.By.ID, Name: r.By.Name, At: r.At}
}
