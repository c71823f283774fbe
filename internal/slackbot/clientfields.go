package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// fillIn gives a request that may create a client the further fields that its connection's clients
// get, unless it has them: one that follows another sends the same. The error is the database's.
func (in *intake) fillIn(ctx context.Context, r *onboarding.Request) error {
	h, ok := in.halos.named(r.Draft.Connection)
	if !ok || r.Use != 0 || r.LookOnly || r.Fields != nil || len(h.ClientFields().Names()) == 0 {
		return nil
	}
	back, _ := readWayBack(r.Reply)
	alert := draft.Alert{Email: back.Email, TicketID: back.Ticket}
	if back.Alert != "" {
		kept, known, err := in.requests.Alert(ctx, back.Alert)
		if err != nil {
			return fmt.Errorf("read the alert: %w", err)
		}
		var m alertMessage
		if known && json.Unmarshal(kept.Message, &m) == nil {
			if value, ok := modals.AlertValue(m.Blocks, m.Attachments); ok {
				alert = draft.ParseAlert(value)
			}
		}
	}
	in.fields(ctx, h, r, alert)
	return nil
}

// fields fills in the connection's further fields for r. One that cannot be is for the log: Halo
// says whether it misses anything.
func (in *intake) fields(ctx context.Context, h Halo, r *onboarding.Request, alert draft.Alert) {
	fields, err := h.ClientFields().Render(draft.Context{
		Alert:  alert,
		UserID: r.By.ID, UserName: r.By.Name,
		ChannelID: r.Place.ID, ChannelName: r.Place.Name,
		Permalink: r.Place.Link,
		TicketURL: in.halos.ticketURL(h.Name(), alert.TicketID),
		Now:       time.Now(),
		Rules:     in.own.rules(),
	}.Of(r.Draft))
	if err != nil {
		in.log.ErrorContext(ctx, "the further fields of a client cannot be filled in; it is created without them", "request", r.Key, "error", err)
	}
	r.Fields = fields
}
