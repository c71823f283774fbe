package slackbot

import (
	"context"
	"encoding/json"
	"time"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// pressAlert opens the form for an alert, filled in from the button's value.
func (f *forms) pressAlert(ctx context.Context, in *incoming, i interaction) {
	if f.gate.refused(ctx, in, in.at.ID) {
		return
	}
	ts := i.Message.TS
	if ts == "" {
		ts = i.Container.MessageTS
	}
	f.openAlert(ctx, in, i, ts, draft.ParseAlert(i.Actions[0].Value))
}

// keepFirst is how long a form waits for what marking its alert will need to be kept.
const keepFirst = 200 * time.Millisecond

// openAlert opens the form for the alert at ts. What marking the alert will need is kept first, so that
// no form is open whose answer could not be shown there; where the database does not take it at once,
// the trigger does not wait, and it is kept after. Then the open form says what is known of the alert
// already.
func (f *forms) openAlert(ctx context.Context, in *incoming, i interaction, ts string, alert draft.Alert) {
	a := f.askedAbout(in, i, ts, onboarding.ViaAlert)
	if i.Container.Ephemeral {
		a.Thread = "" // nothing can be posted under a message that only one person sees
	}
	a.Alert = a.Key
	a.Email, a.Ticket, a.OnError = alert.Email, alert.TicketID, alert.OnError
	a.Sender, a.Verdict = alert.SenderName, alert.Verified
	if f.own.rules().Own(a.Email) {
		a.Email = "" // the MSP is no client to be found, and alerts with its address are of anybody's mails
	}
	if h, known := f.halos.named(alert.Connection); known {
		a.Connection = h.Name()
	}
	form := f.prefill(ctx, in, a, alert)
	first, cancel := context.WithTimeout(ctx, keepFirst)
	defer cancel()
	early := f.saveAlert(first, a, ts, i.Message)
	v, ok := f.open(ctx, in, i.Trigger, a, form)
	if early != nil {
		if err := f.saveAlert(ctx, a, ts, i.Message); err != nil {
			f.log.ErrorContext(ctx, "an alert could not be kept; it will be answered in its thread only", "request", a.Key, "error", err)
		}
	}
	if ok {
		f.attend(in.who, a, form, v)
	}
}

// askedAbout is what a form about a message needs to know. The key is the message's, which
// everybody who works on that message shares, and the answer goes into the message's thread.
func (f *forms) askedAbout(in *incoming, i interaction, ts string, via onboarding.Via) asked {
	a := in.asked(via)
	a.Message, a.Thread = ts, ts
	if i.Message.ThreadTS != "" {
		a.Thread = i.Message.ThreadTS
	}
	if team := i.Team.ID; ts != "" {
		if team == "" {
			team = f.self.known().Team
		}
		a.Key = messageKey(team, in.at.ID, ts)
	}
	return a
}

// prefill is the form as the templates fill it in.
func (f *forms) prefill(ctx context.Context, in *incoming, a asked, alert draft.Alert) modals.Form {
	h, known := f.halos.named(alert.Connection)
	if !known {
		h, _ = f.halos.named("")
	}
	d, errs := f.cfg.Templates.Prefill(draft.Context{
		Alert:     alert,
		UserID:    in.who.ID,
		UserName:  in.who.Name,
		ChannelID: in.at.ID, ChannelName: in.at.Name,
		Permalink: f.self.link(a.Channel, a.Message, a.Thread),
		TicketURL: f.halos.ticketURL(h.Name(), alert.TicketID),
		Now:       time.Now(),
		Rules:     f.own.rules(),
	})
	for _, err := range errs {
		f.log.WarnContext(ctx, "a prefill template failed; its field is left empty", "request", a.Key, "error", err)
	}
	// With several connections an unknown one stays unanswered in the select; with one there is
	// no select.
	d.Connection = h.Name()
	if !known && len(f.halos) > 1 {
		d.Connection = alert.Connection
	}
	return modals.Form{Draft: d, Notice: f.notice(a, alert, known, d)}
}

// notice is what a technician should know about how the form was filled in.
func (f *forms) notice(a asked, alert draft.Alert, connectionKnown bool, d draft.Draft) string {
	if !connectionKnown {
		return sayUnknownConnection(alert.Connection, len(f.halos) > 1)
	}
	if alert.Other = nil; a.Alert != "" && alert.Empty() && d.Name == "" && d.Website == "" {
		return sayNothingUsable
	}
	if alert.Verified == draft.Failed {
		return sayForged
	}
	if d.Website != "" {
		return ""
	}
	if f.own.rules().Own(alert.Email) {
		return sayOwn(alert.Email)
	}
	return sayNobodys("The sender writes from", domainOf(alert.Email))
}

// alertMessage is what is kept of an alert: its parts as Slack has them, to be put back.
type alertMessage struct {
	Text        string            `json:"text,omitempty"`
	Blocks      []json.RawMessage `json:"blocks,omitempty"`
	Attachments json.RawMessage   `json:"attachments,omitempty"`
}

// saveAlert keeps what marking the alert will need: the submission carries none of it, and may
// reach another process.
func (f *forms) saveAlert(ctx context.Context, a asked, ts string, m message) error {
	return f.requests.SaveAlert(ctx, onboarding.Alert{
		Key: a.Alert, Channel: a.Channel, TS: ts, Email: a.Email, TicketID: a.ticketKey(),
		Message: keptMessage(m), ResponseURL: a.URL, ClickedAt: time.Now(),
	})
}
