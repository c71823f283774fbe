package halo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"halobot/internal/draft"
)

// checkFiling says whether tickets can be moved to their client, as far as reading tells: advice
// where it may be wanted, wrong where HALO_FILING names it.
func (c *Connection) checkFiling(ctx context.Context, t token) []Finding {
	if c.settings.NoFiling {
		return []Finding{{"filing", Fine, fmt.Sprintf("Filing the sender and the ticket is not offered (%s=off).", c.variable("FILING")), ""}}
	}
	grade := Advice
	if slices.Contains(c.settings.Filing, draft.FileTicket) {
		grade = Wrong
	}
	var found []Finding
	if !covers(c.grantedBy(t), "edit:tickets") {
		found = append(found, Finding{"filing", grade, "The bot's token does not allow it to move tickets, so that is not offered.",
			fmt.Sprintf("To have it, tick edit:tickets for the API application under %s, and only then set %s=%q: Halo may turn a bot away that asks for what it was not given.",
				haloAPIPage, c.variable("SCOPE"), c.settings.Scope+" edit:tickets")})
	}
	if len(c.settings.CatchAll) == 0 {
		found = append(found, Finding{"filing", grade,
			"Moving tickets is not offered: the bot moves one only away from a client that unknown senders are filed under, and does not know which those are.",
			fmt.Sprintf("Set %s to their ids.", c.variable("CATCH_ALL_CLIENTS"))})
	}
	if len(found) > 0 {
		return found
	}
	return []Finding{c.checkTicket(ctx, grade)}
}

// checkTicket looks whether the bot's agent may change tickets where unknown senders are filed, at
// one of them.
func (c *Connection) checkTicket(ctx context.Context, grade Grade) Finding {
	fix := "Let the agent that the API application logs in as see and edit the tickets of these clients, of every ticket type and team that mails come in by."
	for _, client := range c.settings.CatchAll {
		id, err := c.anyTicket(ctx, client)
		var ticket ticketRow
		if err == nil && id > 0 {
			ticket, err = record[ticketRow](ctx, c, fare{}, "ticket_get", "Tickets", "tickets", id)
		}
		switch {
		case status(err) == http.StatusForbidden || status(err) == http.StatusUnauthorized:
			return Finding{"filing", grade, "The bot's agent may not read tickets: " + err.Error(), fix}
		case err != nil:
			return Finding{"filing", Advice, "Whether tickets can be moved could not be found out: " + err.Error(), ""}
		case id == 0:
			continue
		case ticket.CanUpdate.said && !ticket.CanUpdate.value: // one that is locked may be moved all the same
			return Finding{"filing", grade, fmt.Sprintf("Halo does not let the bot's agent change ticket #%d, on client #%d.", id, client), fix}
		}
		return Finding{"filing", Fine, fmt.Sprintf("The bot can move tickets: Halo lets its agent change #%d, on client #%d.", id, client), ""}
	}
	return Finding{"filing", Fine, "The bot's token allows it to move tickets. No ticket is open where unknown senders are filed: whether its agent may shows when one is moved.", ""}
}

// anyTicket is an open ticket of a client; 0 where the bot sees none.
func (c *Connection) anyTicket(ctx context.Context, client int) (id int, err error) {
	q := call{endpoint: "ticket_list", path: "Tickets", query: url.Values{
		"client_id": {strconv.Itoa(client)}, "open_only": {"true"},
		"pageinate": {"true"}, "page_size": {"10"}, "page_no": {"1"},
	}}
	err = c.do(ctx, q, func(r *http.Response) error {
		_, err := readList(r, "tickets", func(t ticketRow) error {
			if int(t.ClientID) == client && !bool(t.Closed) {
				id = int(t.ID)
			}
			return nil
		})
		return err
	})
	return id, err
}
