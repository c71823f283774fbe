package halo

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"halobot/internal/draft"
)

// Ticket is a ticket as far as filing needs it.
type Ticket struct {
	ID       int
	Subject  string
	ClientID int
	Client   string
	SiteID   int
	UserID   int
	// From are the addresses that Halo names as the sender's: whom the ticket was reported by,
	// and its user.
	From   []string
	Closed bool
	// MergedInto is the ticket that this one was merged into; 0 = none.
	MergedInto int
	Deleted    bool
	Locked     bool // or one that the bot's agent may not change
	Warning    string
}

// ticketRow is what is read of a ticket.
type ticketRow struct {
	ID         number   `json:"id"`
	Summary    jsonText `json:"summary"`
	ClientID   number   `json:"client_id"`
	Client     jsonText `json:"client_name"`
	SiteID     number   `json:"site_id"`
	UserID     number   `json:"user_id"`
	ReportedBy jsonText `json:"reportedby"`
	UserEmail  jsonText `json:"user_email"`
	Closed     truth    `json:"hasbeenclosed"`
	MergedInto number   `json:"merged_into_id"`
	Deleted    truth    `json:"deleted"`
	Locked     truth    `json:"locked"`
	CanUpdate  jsonBool `json:"_canupdate"`
	Warning    jsonText `json:"_warning"`
}

// jsonBool is a truth that may be absent.
type jsonBool struct{ value, said bool }

func (b *jsonBool) UnmarshalJSON(data []byte) error {
	var t truth
	_ = t.UnmarshalJSON(data) // never fails
	*b = jsonBool{bool(t), string(data) != "null"}
	return nil
}

func (t ticketRow) number() int { return int(t.ID) }

func (c *Connection) ticket(t ticketRow) Ticket {
	ticket := Ticket{
		ID: int(t.ID), Subject: t.Summary.s, ClientID: int(t.ClientID), Client: t.Client.s,
		SiteID: int(t.SiteID), UserID: int(t.UserID), Closed: bool(t.Closed), MergedInto: max(0, int(t.MergedInto)),
		Deleted: bool(t.Deleted), Locked: bool(t.Locked) || t.CanUpdate.said && !t.CanUpdate.value, Warning: c.said(t.Warning.s),
	}
	for _, from := range []string{t.ReportedBy.s, t.UserEmail.s} {
		if from = strings.TrimSpace(from); strings.Contains(from, "@") && !slices.Contains(ticket.From, from) {
			ticket.From = append(ticket.From, from)
		}
	}
	return ticket
}

// IsFrom reports whether Halo names this address as the ticket's sender.
func (t Ticket) IsFrom(email string) bool {
	return slices.ContainsFunc(t.From, func(from string) bool { return strings.EqualFold(from, strings.TrimSpace(email)) })
}

// Ticket reads one ticket. An Error with status 404 when there is none.
func (c *Connection) Ticket(ctx context.Context, id int) (Ticket, error) {
	row, err := record[ticketRow](ctx, c, fare{urgency: forCreate}, "ticket_get", "Tickets", "tickets", id)
	return c.ticket(row), err
}

// TicketMove says where a ticket is to go.
type TicketMove struct{ TicketID, ClientID, SiteID, UserID int }

// MoveTicket moves a ticket, all three in one write, and reads it back: whether it may be moved
// is for the caller to know. It can be repeated. The error is nil only when Halo has the ticket
// at that client, site and user; the ticket is returned as it is then, also beside an error where
// it could be read.
func (c *Connection) MoveTicket(ctx context.Context, m TicketMove) (Ticket, error) {
	fields := map[string]any{
		"id": m.TicketID, "client_id": m.ClientID, "site_id": m.SiteID, "user_id": m.UserID, "sendack": false,
	}
	q := call{endpoint: "ticket_update", path: "Tickets", effect: "the ticket was moved"}
	row, wrote := write[ticketRow](ctx, c, fare{urgency: forCreate}, q, "tickets", fields, func(ticketRow) error { return nil })
	if refusedOrNotDone(wrote) {
		return Ticket{}, wrote
	}
	// The write may have used the deadline up.
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	ticket, err := c.Ticket(reading, m.TicketID)
	if err != nil {
		return Ticket{}, err
	}
	ticket.Warning = c.said(row.Warning.s)
	if ticket.ClientID == m.ClientID && ticket.SiteID == m.SiteID && ticket.UserID == m.UserID {
		return ticket, nil
	}
	if ticket.ClientID == m.ClientID {
		return ticket, notKept(wrote, "Halo moved the ticket to the client, and left its site or its user as it was.", ticket.Warning)
	}
	return ticket, notKept(wrote, "Halo said that it did move the ticket, and has not.", ticket.Warning)
}

// Behind is the client that a ticket's user or site still belongs to where that is not the ticket's own,
// as after a move that Halo took by half; 0 = none.
func (c *Connection) Behind(ctx context.Context, t Ticket) (int, error) {
	of := func(id int, read func(context.Context, int) (int, error)) (int, error) {
		if id <= 0 {
			return 0, nil
		}
		client, err := read(ctx, id)
		if status(err) == http.StatusNotFound || client == t.ClientID {
			return 0, nil
		}
		return client, err
	}
	client, err := of(t.UserID, func(ctx context.Context, id int) (int, error) {
		u, err := c.User(ctx, id)
		return u.ClientID, err
	})
	if client > 0 || err != nil {
		return client, err
	}
	return of(t.SiteID, func(ctx context.Context, id int) (int, error) {
		row, err := record[siteRow](ctx, c, fare{urgency: forCreate}, "site_get", "Site", "sites", id)
		return int(row.ClientID), err
	})
}

// Granted is the scope that the bot's token has, as single words. Where Halo does not say, it is
// what was asked for (RFC 6749, section 5.1).
func (c *Connection) Granted(ctx context.Context) ([]string, error) {
	t, err := c.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	return c.grantedBy(t), nil
}

func (c *Connection) grantedBy(t token) []string {
	if scope := strings.Fields(t.scope); len(scope) > 0 {
		return scope
	}
	return strings.Fields(c.settings.Scope)
}

// covers reports whether a granted scope holds what is wanted. An edit scope includes the reading,
// as it does for tickets on a live Halo.
func covers(granted []string, want string) bool {
	for _, all := range []string{want, "edit:" + strings.TrimPrefix(want, "read:"), "all", "all:standard"} {
		if slices.Contains(granted, all) {
			return true
		}
	}
	return false
}

// Offers are what can be filed once a client is there, and what of it is ticked from the start. It
// calls nobody: the scope is that of the last token, and before the first one what is asked for.
// Tickets are moved from the catch-all clients alone, so that these have to be configured.
func (c *Connection) Offers() (offered, ticked []draft.Filing) {
	if c.settings.NoFiling {
		return nil, nil
	}
	offered = []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain}
	if len(c.settings.CatchAll) == 0 || !covers(c.grantedBy(c.tokens.last()), "edit:tickets") {
		offered = []draft.Filing{draft.FileUser, draft.FileDomain}
	}
	for _, what := range c.settings.Filing {
		if slices.Contains(offered, what) {
			ticked = append(ticked, what)
		}
	}
	return offered, ticked
}

// CanMoveTickets reports whether the token's scope allows writing tickets.
func (c *Connection) CanMoveTickets(ctx context.Context) (bool, error) {
	granted, err := c.Granted(ctx)
	return covers(granted, "edit:tickets"), err
}
