package slackbot

import (
	"context"
	"errors"
	"fmt"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// Read implements onboarding.Poster: the MSP's rules are the configured ones with the e-mail
// domains that Slack knows of the workspace. Without an answer of Slack's a colleague's mail would
// be taken for a stranger's.
func (b *Bot) Read(ctx context.Context, m onboarding.Mail) (onboarding.Reading, error) {
	own := b.router.forms.own
	if err := own.learn(ctx, ""); err != nil {
		return onboarding.Reading{}, toMend(problemOf(err, "", botTokenFix))
	}
	rules := own.rules()
	alert := m.Mail.Alert(rules).Under(m.Said)
	return onboarding.Reading{Alert: alert, Own: rules.Own(alert.Email)}, nil
}

// toMend tells what may pass by itself from what takes a person.
func toMend(p *Problem) error {
	if p.Passing {
		return p
	}
	return &onboarding.MendError{Err: p}
}

// Sender implements onboarding.Poster.
func (b *Bot) Sender(ctx context.Context, r onboarding.Reading) (sender *halo.Sender, known bool, err error) {
	connection, ok := b.halos.named(r.Alert.Connection)
	if !ok {
		return nil, false, &halo.Error{Outcome: halo.Refused, Message: fmt.Sprintf("No Halo connection is called %q here.", r.Alert.Connection)}
	}
	sender, err = connection.FindSender(ctx, r.Alert.Email)
	if err != nil || sender == nil {
		return nil, false, err
	}
	return sender, sender.Standing == halo.Known && !draft.IsRelay(r.Alert.Email), nil
}

// whyNotKnown ends the alert's sentence on whom Halo has.
var whyNotKnown = map[halo.Standing]string{
	halo.Known:          "but behind this address others write too",
	halo.UnderCatchAll:  "which unknown senders are filed under",
	halo.InactiveUser:   "where the user is inactive",
	halo.InactiveClient: "which is inactive",
}

// arrival is a reading as its alert tells of it.
func (b *Bot) arrival(r onboarding.Reading) modals.Arrival {
	in := modals.Arrival{
		Alert: r.Alert, Own: r.Own, Unasked: r.Unasked != "",
		TicketURL: b.halos.ticketURL(r.Alert.Connection, r.Alert.TicketID),
	}
	if r.Has != nil {
		in.Has = &modals.Found{User: r.Has.User, Why: whyNotKnown[r.Has.Standing], Client: b.halos.client(r.Alert.Connection, r.Has.Client)}
	}
	return in
}

// Post implements onboarding.Poster. It does not wait where Slack asks for a pause.
func (b *Bot) Post(ctx context.Context, m onboarding.Mail, r onboarding.Reading) (onboarding.Posted, error) {
	in := b.arrival(r)
	in.Mail = m.Key
	posted, err := b.postAlert(ctx, m.Channel, m.At, in)
	if err != nil {
		return onboarding.Posted{}, toMend(problemOf(err, m.Channel, botTokenFix))
	}
	return posted, nil
}

// PostNow posts an alert that nobody has stored: where Slack asks for a pause, it is kept as long
// as ctx allows. The error is a *[Problem]; nothing was posted then.
func (b *Bot) PostNow(ctx context.Context, channel string, r onboarding.Reading) (onboarding.Posted, error) {
	return b.PostAlert(ctx, channel, b.arrival(r))
}

// Payload is an alert as chat.postMessage and incoming webhooks take it; the latter have a channel
// of their own, "".
func (b *Bot) Payload(channel string, r onboarding.Reading) any {
	return AlertPayload(channel, b.arrival(r))
}

// NotPosted reports whether what kept an alert from being posted may pass by itself.
func NotPosted(err error) (passing bool) {
	p := (*Problem)(nil)
	return errors.As(err, &p) && p.Passing
}
