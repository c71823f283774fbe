package slackbot

import (
	"cmp"
	"fmt"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// halos are the configured connections, the default first.
type halos []Halo

// named returns a connection; "" is the default one, where there is any. A name that is not configured (any more) has
// none.
func (hs halos) named(name string) (Halo, bool) {
	if name == "" && len(hs) > 0 {
		return hs[0], true
	}
	for _, h := range hs {
		if h.Name() == name {
			return h, true
		}
	}
	return nil, false
}

// names are the connections to choose from.
func (hs halos) names() []string {
	names := make([]string, len(hs))
	for i, h := range hs {
		names[i] = h.Name()
	}
	return names
}

// client is a client of a connection as it is shown.
func (hs halos) client(connection string, c halo.Client) modals.Client {
	shown := modals.Client{
		ID: c.ID, Name: c.Name, Website: c.Website, TradingName: c.TradingName,
		TopLevelID: c.TopLevelID, Inactive: c.Inactive,
	}
	if h, ok := hs.named(connection); ok {
		shown.URL, shown.Address = h.ClientURL(c.ID), h.Address()
		if h.SeveralTopLevels() && c.TopLevelID > 0 {
			shown.TopLevel = cmp.Or(c.TopLevel, fmt.Sprintf("#%d", c.TopLevelID))
		}
	}
	if len(hs) > 1 {
		shown.Connection = connection
	}
	return shown
}

// match is a client that a request has found in a draft's way, and by what.
func (hs halos) match(d draft.Draft, s onboarding.State, c halo.Client) modals.Match {
	m := modals.Match{Client: hs.had(d.Connection, s, c), Why: saySame(halo.Same(d, c))}
	if h, ok := hs.named(d.Connection); ok && h.IsCatchAll(c) {
		m.Why, m.Unusable = m.Why+sayCatchAll, true
	}
	return m
}

// had is a client that a request has or has found, as it is shown: its link leads to where it was,
// though the connection may lead elsewhere today.
func (hs halos) had(connection string, s onboarding.State, c halo.Client) modals.Client {
	shown := hs.client(connection, c)
	if at := s.Where(); at != "" {
		shown.URL, shown.Address = halo.ClientURL(at, c.ID), at
	}
	return shown
}

// ticketURL is a ticket's address; "" without a ticket or its connection.
func (hs halos) ticketURL(connection, ticket string) string {
	h, ok := hs.named(connection)
	if !ok || ticket == "" {
		return ""
	}
	return h.TicketURL(ticket)
}
