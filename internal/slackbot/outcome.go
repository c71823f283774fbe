package slackbot

import (
	"cmp"

	"github.com/slack-go/slack"

	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// result is what a request came to, as modals shows it.
func (b *Bot) result(o origin, r onboarding.Request, s onboarding.State) modals.Result {
	res := modals.Result{
		Key:        r.Key,
		RequestID:  r.Reference(),
		Draft:      r.Draft,
		Existing:   s.Outcome == onboarding.Used,
		Problem:    s.Problem,
		CanRetry:   r.Ending(s.Outcome, b.cfg.OnError).Asker == onboarding.AnswerForm,
		By:         r.By.ID,
		TicketID:   o.Ticket,
		SenderMail: o.Email,
	}
	if r.Via == onboarding.ViaShell || r.Via == viaStep {
		res.By = ""
	}
	if h, ok := b.halos[cmp.Or(o.Connection, r.Draft.Connection)]; ok && o.Ticket != "" {
		res.TicketURL = h.TicketURL(o.Ticket)
	}
	if s.Client != nil {
		res.Client = b.client(r.Draft.Connection, *s.Client)
	}
	for _, c := range s.Found {
		res.Found = append(res.Found, b.client(r.Draft.Connection, c))
	}
	for _, f := range s.Dropped {
		res.Dropped = append(res.Dropped, modals.Label(f))
	}
	return res
}

// client is a client of a connection as it is shown.
func (b *Bot) client(connection string, c halo.Client) modals.Client {
	shown := modals.Client{
		ID: c.ID, Name: c.Name, Website: c.Website, TradingName: c.TradingName,
		TopLevelID: c.TopLevelID, TopLevel: c.TopLevel, Inactive: c.Inactive,
	}
	if h, ok := b.halos[connection]; ok {
		shown.URL = h.ClientURL(c.ID)
	}
	if len(b.cfg.Halos) > 1 {
		shown.Connection = connection
	}
	return shown
}

// outcomeView is the modal of a request that has ended.
func (b *Bot) outcomeView(o origin, r onboarding.Request, s onboarding.State) slack.ModalViewRequest {
	res := b.result(o, r, s)
	switch r.Ending(s.Outcome, b.cfg.OnError).Asker {
	case onboarding.AnswerClient:
		return modals.Created(res)
	case onboarding.AnswerChoice:
		return modals.AlreadyThere(res)
	case onboarding.AnswerDoubt:
		return modals.Unconfirmed(res)
	case onboarding.AnswerForm:
		return b.retryForm(o, r, s).View()
	case onboarding.AnswerReturned:
		return modals.Notice("Returned", s.Problem+" "+sayReturned(o))
	}
	if s.Outcome == onboarding.Denied {
		return notAllowed(denied(s.Problem))
	}
	return modals.Notice("Could not create", s.Problem)
}

// retryForm is the form with everything that r asked for, to be submitted again.
func (b *Bot) retryForm(o origin, r onboarding.Request, s onboarding.State) modals.Form {
	return b.form(o, modals.Form{Draft: r.Draft, Problem: s.Problem})
}
