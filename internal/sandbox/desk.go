package sandbox

import (
	"slices"
	"time"

	"halobot/internal/sandbox/localhalo"
)

// tenantState is a local Halo as the page shows it: a service desk.
type tenantState struct {
	Name    string        `json:"name"`
	Title   string        `json:"title"`
	URL     string        `json:"url"`
	Count   int           `json:"count"` // of all clients
	Clients []clientState `json:"clients"`
	Users   []userState   `json:"users"`
	Tickets []ticketState `json:"tickets"`
}

type clientState struct {
	ID       int         `json:"id"`
	Name     string      `json:"name"`
	Website  string      `json:"website"`
	Trading  string      `json:"trading"`
	Notes    string      `json:"notes"`
	Ref      string      `json:"ref"`
	TopLevel string      `json:"toplevel"`
	Sites    []siteState `json:"sites"` // the main one first
	CatchAll bool        `json:"catchall,omitempty"`
	Inactive bool        `json:"inactive"`
	Created  time.Time   `json:"created"`
}

type siteState struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	Domain string `json:"domain"`
}

type userState struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	Emails   []string `json:"emails"`
	Client   int      `json:"client"`
	Site     string   `json:"site"`
	Notes    string   `json:"notes"`
	Inactive bool     `json:"inactive"`
}

type ticketState struct {
	ID      int       `json:"id"`
	Summary string    `json:"summary"`
	Details string    `json:"details"`
	From    string    `json:"from"`
	Client  int       `json:"client"`
	User    int       `json:"user"`
	Status  string    `json:"status"`
	Opened  time.Time `json:"opened"`
}

// rowsKept are how many of a tenant's clients, users and tickets the page gets, the newest ones.
const rowsKept = 500

func (t *tenant) state() tenantState {
	v := tenantState{Name: t.name, Title: t.title, URL: t.url, Count: t.halo.Len(), Clients: []clientState{}, Users: []userState{}, Tickets: []ticketState{}}
	sites := make(map[int][]localhalo.Site)
	for _, site := range t.halo.Sites(0) {
		sites[site.ClientID] = append(sites[site.ClientID], site)
	}
	for _, c := range t.halo.Newest(rowsKept) {
		state := clientState{
			ID: c.ID, Name: c.Name, Website: c.Website, Trading: c.TradingName, Notes: c.Notes, Ref: c.Ref,
			TopLevel: t.halo.TopLevelName(c.TopLevelID), Sites: []siteState{}, CatchAll: c.ID == catchAll, Inactive: c.Inactive, Created: c.Created,
		}
		for _, site := range sites[c.ID] {
			one := siteState{site.ID, site.Name, site.EmailDomain}
			if site.ID == c.MainSiteID {
				state.Sites = slices.Insert(state.Sites, 0, one)
			} else {
				state.Sites = append(state.Sites, one)
			}
		}
		v.Clients = append(v.Clients, state)
	}
	for _, u := range newest(t.halo.Users(0)) {
		state := userState{ID: u.ID, Name: u.Name, Emails: []string{}, Client: u.ClientID, Notes: u.Notes, Inactive: u.Inactive}
		for _, address := range []string{u.Email, u.Email2, u.Email3} {
			if address != "" {
				state.Emails = append(state.Emails, address)
			}
		}
		for _, site := range sites[u.ClientID] {
			if site.ID == u.SiteID {
				state.Site = site.Name
			}
		}
		v.Users = append(v.Users, state)
	}
	for _, one := range newest(t.halo.Tickets(0)) {
		v.Tickets = append(v.Tickets, ticketState{one.ID, one.Summary, one.Details, one.ReportedBy, one.ClientID, one.UserID, statusOf(one), one.Created})
	}
	return v
}

// newest are the last of the rows, the newest first.
func newest[T any](rows []T) []T {
	rows = rows[max(0, len(rows)-rowsKept):]
	slices.Reverse(rows)
	return rows
}

// statusOf is a ticket's status in a word.
func statusOf(t localhalo.Ticket) string {
	switch {
	case t.Deleted:
		return "Deleted"
	case t.MergedInto > 0:
		return "Merged"
	case t.Closed:
		return "Closed"
	case t.Locked:
		return "Locked"
	}
	return "New"
}
