package slackbot

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// What the home tab lists: so many of a person's requests, and alerts, of the last month.
const (
	homeEntries = 20
	homeAlerts  = 11 // one more than are shown
	homeAge     = 30 * 24 * time.Hour
)

// home is the home tab.
type home struct {
	*parts
	gate *gate
}

// open draws the home tab of the person who opened it: their own recent requests, and for
// whoever may, a button for a new client.
func (h *home) open(ctx context.Context, in *incoming, e event) {
	in.ack(ctx, nil)
	if e.Event.Tab == "home" && e.Event.User != "" {
		h.draw(ctx, person{ID: e.Event.User, Workspace: workspace(e.Team)})
	}
}

// draw draws somebody's home tab.
func (h *home) draw(ctx context.Context, who person) {
	receipts, err := h.requests.History(ctx, onboarding.Query{By: who.ID, Since: time.Now().Add(-homeAge), Limit: 2 * homeEntries})
	if err != nil {
		h.log.ErrorContext(ctx, "a home tab could not be drawn: no history", "error", err)
		return
	}
	barred := ""
	if err := h.gate.member(ctx, who, remembered); err != nil {
		barred = sayUnverified.home()
		if no := new(deniedError); errors.As(err, no) {
			barred = no.home()
		}
	}
	may := barred == ""
	var entries []modals.HomeEntry
	for _, r := range unfollowed(receipts) {
		if len(entries) < homeEntries {
			entries = append(entries, h.entry(r, may))
		}
	}
	_, err = h.web.do(func(api *slack.Client) error {
		_, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{
			UserID: who.ID, View: modals.Home(entries, h.waiting(ctx, may), barred),
		})
		return err
	})
	if err != nil {
		h.log.WarnContext(ctx, "a home tab could not be drawn", "error", explain(err))
	}
}

// waiting are the alerts that wait for somebody, for whoever may answer them, in the channels where
// that is allowed.
func (h *home) waiting(ctx context.Context, may bool) (list []modals.HomeAlert) {
	if !may {
		return nil
	}
	alerts, err := h.requests.WaitingAlerts(ctx, time.Now().Add(-homeAge), h.cfg.AllowedChannels, homeAlerts)
	if err != nil {
		h.log.WarnContext(ctx, "a home tab goes without the alerts that wait", "error", err)
	}
	for _, a := range alerts {
		list = append(list, modals.HomeAlert{At: a.Posted(), Sender: a.Email, URL: h.self.link(a.Channel, a.TS, "")})
	}
	return list
}

// unfollowed leaves out what was tried again or answered since; receipts are newest first.
func unfollowed(receipts []onboarding.Receipt) []onboarding.Receipt {
	later := map[string]bool{}
	var list []onboarding.Receipt
	for _, r := range receipts {
		if !later[r.Request.Key] {
			list = append(list, r)
		}
		for key := r.Request.Key; key != ""; key = onboarding.Followed(key) {
			later[key] = true
		}
	}
	return list
}

// outcomeWords are the home tab's few words for each outcome.
var outcomeWords = map[onboarding.Outcome]string{
	"":                     "being created",
	onboarding.Created:     "created",
	onboarding.Used:        "already in Halo",
	onboarding.Exists:      "already in Halo: waiting for a choice",
	onboarding.Refused:     "not created: Halo refused",
	onboarding.Unreachable: "not created: Halo did not answer",
	onboarding.Unconfirmed: "not confirmed: please look in Halo",
	onboarding.Denied:      "not allowed",
}

func (h *home) entry(r onboarding.Receipt, may bool) modals.HomeEntry {
	s := r.State
	e := modals.HomeEntry{At: r.Request.At, Name: r.Request.Draft.Name, State: outcomeWords[s.Outcome]}
	if s.Outcome == onboarding.Unreachable && s.Away == onboarding.AwaySlack {
		e.State = "not created: Slack did not say who may"
	}
	if s.Client != nil {
		e.ID, e.URL = s.Client.ID, h.halos.had(r.Request.Draft.Connection, s, *s.Client).URL
	}
	if may && opensAgain(r.Request.Ending(s.Outcome, h.cfg.OnError).Asker) {
		e.RetryKey = r.Request.Key
	}
	if may && s.Outcome == onboarding.Unconfirmed {
		e.DoubtKey = r.Request.Key
	}
	if may && s.Outcome == onboarding.Exists {
		e.ChoiceKey = r.Request.Key
		for _, c := range s.Found {
			e.Found = append(e.Found, h.halos.match(r.Request.Draft, s, c))
		}
	}
	return e
}
