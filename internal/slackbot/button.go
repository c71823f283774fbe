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
func (b *Bot) pressAlert(ctx context.Context, in *incoming, i interaction) {
	if b.refused(ctx, in, in.at.ID) {
		return
	}
	ts := i.Message.TS
	if ts == "" {
		ts = i.Container.MessageTS
	}
	b.openAlert(ctx, in, i, ts, draft.ParseAlert(i.Actions[0].Value))
}

// openAlert opens the form for the alert at ts, and then, with the form open, keeps what
// settling it will need, and says what is known of it already.
func (b *Bot) openAlert(ctx context.Context, in *incoming, i interaction, ts string, alert draft.Alert) {
	o := b.messageOrigin(in, i, ts, viaAlert)
	if i.Container.Ephemeral {
		o.Thread = "" // nothing can be posted under a message that only one person sees
	}
	o.Alert = o.Key
	o.Email, o.Ticket, o.OnError = alert.Email, alert.TicketID, alert.OnError
	if h, known := b.halo(alert.Connection); known {
		o.Connection = h.Name()
	}
	f := b.prefill(ctx, in, o, alert)
	v, ok := b.openForm(ctx, in, i.Trigger, o, f)

	b.saveAlert(ctx, o, ts, in.url, i.Message)
	if ok {
		b.attend(in.who, o, f, v)
	}
}

// messageOrigin is where a request about a message came from: whoever works on that message
// shares its key, and the answer goes under it.
func (b *Bot) messageOrigin(in *incoming, i interaction, ts, via string) origin {
	team := i.Team.ID
	if team == "" {
		team = b.me().Team
	}
	o := in.origin(via)
	o.Message, o.Thread = ts, ts
	if i.Message.ThreadTS != "" {
		o.Thread = i.Message.ThreadTS
	}
	if ts != "" {
		o.Key = messageKey(team, in.at.ID, ts)
	}
	return o
}

// prefill is the form as the templates fill it in.
func (b *Bot) prefill(ctx context.Context, in *incoming, o origin, alert draft.Alert) modals.Form {
	h, known := b.halo(alert.Connection)
	if !known {
		h, _ = b.halo("")
	}
	d, errs := b.cfg.Templates.Prefill(draft.Context{
		Alert:     alert,
		UserID:    in.who.ID,
		UserName:  in.who.Name,
		ChannelID: in.at.ID, ChannelName: in.at.Name,
		Permalink: b.link(o),
		TicketURL: ticketURL(h, alert.TicketID),
		Now:       time.Now(),
	})
	for _, err := range errs {
		b.log.WarnContext(ctx, "a prefill template failed; its field is left empty", "key", o.Key, "err", err)
	}
	// With several connections an unknown one stays unanswered in the select; with one there is
	// no select.
	d.Connection = h.Name()
	if !known && len(b.cfg.Halos) > 1 {
		d.Connection = alert.Connection
	}
	return modals.Form{Draft: d, Notice: b.notice(alert, known, d)}
}

func ticketURL(h Halo, id string) string {
	if id == "" {
		return ""
	}
	return h.TicketURL(id)
}

// notice is what a technician should know about what was filled in.
func (b *Bot) notice(alert draft.Alert, connectionKnown bool, d draft.Draft) string {
	if !connectionKnown {
		return sayUnknownConnection(alert.Connection, len(b.cfg.Halos) > 1)
	}
	if d.Website != "" {
		return ""
	}
	domain := domainOf(alert.Email)
	return sayNobodys(domain, draft.NobodyOf(domain))
}

// alertMessage is what is kept of an alert: its parts as Slack has them, to be put back.
type alertMessage struct {
	Text        string            `json:"text,omitempty"`
	Blocks      []json.RawMessage `json:"blocks,omitempty"`
	Attachments json.RawMessage   `json:"attachments,omitempty"`
}

// saveAlert keeps what settling the alert will need: the submission carries none of it, and
// may reach another process. Without it the alert is answered in its thread only.
func (b *Bot) saveAlert(ctx context.Context, o origin, ts, url string, m message) {
	raw, err := json.Marshal(alertMessage{Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments})
	if err == nil {
		err = b.requests.SaveAlert(ctx, onboarding.Alert{
			Key: o.Alert, Channel: o.Channel, TS: ts, Email: o.Email, TicketID: o.ticketKey(),
			Message: raw, ResponseURL: url, ClickedAt: time.Now(),
		})
	}
	if err != nil {
		b.log.ErrorContext(ctx, "an alert could not be kept; it will be answered in its thread only", "key", o.Key, "err", err)
	}
}

// asideTime bounds what goes on beside an open form.
const asideTime = 10 * time.Minute

// inform updates a form that was just opened for a message with what is known of it: somebody
// is on it, it is done, or the sender is a client already. A form that was submitted or closed
// meanwhile is left alone, and what is being typed is kept.
func (b *Bot) inform(ctx context.Context, o origin, f modals.Form, v opened) {
	receipt, known, err := b.newest(ctx, o.Key)
	if err != nil {
		b.log.WarnContext(ctx, "a request could not be looked up", "key", o.Key, "err", err)
	}
	s := receipt.State
	switch {
	case known && s.Outcome == "", known && s.Client != nil, known && s.Outcome == onboarding.Unconfirmed:
		b.watch(ctx, o, receipt, v)
		return
	case known && s.Outcome == onboarding.Exists:
		for _, c := range s.Found {
			f.Known = append(f.Known, b.client(receipt.Request.Draft.Connection, c))
		}
	default:
		f.Known, f.User = b.foundAfterAll(ctx, o, f.Draft.Connection)
	}
	if len(f.Known) == 0 {
		return
	}
	if _, err := b.refreshView(ctx, v.id, v.hash, f.View()); err != nil && err != errMovedOn {
		b.log.WarnContext(ctx, "an open form could not be updated", "key", o.Key, "err", explain(err))
	}
}

// foundAfterAll looks for the sender as "Find Halo User and Client by Email" does. user is the
// address where a user of the client has it.
func (b *Bot) foundAfterAll(ctx context.Context, o origin, connection string) (known []modals.Client, user string) {
	h, ok := b.halo(connection)
	if !ok || o.Email == "" {
		return nil, ""
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	found, err := h.FindSender(ctx, o.Email)
	if err != nil {
		b.log.InfoContext(ctx, "the sender could not be looked up while the form is open", "key", o.Key, "err", err)
		return nil, ""
	}
	if found == nil {
		return nil, ""
	}
	if found.User != "" {
		user = o.Email
	}
	return []modals.Client{b.client(h.Name(), found.Client)}, user
}

// newest is the request that a message came to, its "Create anyway" included.
func (b *Bot) newest(ctx context.Context, key string) (onboarding.Receipt, bool, error) {
	receipt, known, err := b.requests.Find(ctx, key)
	if err != nil || !known || receipt.State.Outcome != onboarding.Exists {
		return receipt, known, err
	}
	if next, ok, err := b.requests.Find(ctx, follow(key, wordAnyway)); err == nil && ok && next.State.Outcome != onboarding.Exists {
		return next, true, nil
	}
	return receipt, known, nil
}

// watch shows somebody who has opened a form how the request in hand for the same message
// goes, until it has ended.
func (b *Bot) watch(ctx context.Context, o origin, receipt onboarding.Receipt, v opened) {
	hash, shown := v.hash, false
	for wait := time.Second; ; wait = min(wait*3/2, 10*time.Second) {
		ended := receipt.State.Outcome != ""
		if ended || !shown {
			next := modals.Creating(receipt.Request.Draft, sayInHand(receipt.Request))
			if ended {
				next = b.outcomeView(o, receipt.Request, receipt.State)
			}
			h, err := b.refreshView(ctx, v.id, hash, next)
			if err == errMovedOn || err == nil && ended {
				return
			}
			if err == nil {
				hash, shown = h, true
			}
		}
		if !sleep(ctx, wait) {
			return
		}
		if next, known, err := b.newest(ctx, o.Key); err == nil && known {
			receipt = next
		}
	}
}
