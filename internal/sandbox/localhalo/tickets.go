package localhalo

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Ticket is a ticket of the service desk.
type Ticket struct {
	ID         int
	Summary    string
	Details    string
	ClientID   int
	SiteID     int
	UserID     int
	ReportedBy string // the address that it came from
	StatusID   int    // 1 is new, 9 is closed
	MergedInto int    // the ticket that went on with it
	Children   int
	Closed     bool
	Deleted    bool
	Locked     bool // as tickets of the catch-all client may be: it has to be moved before anything else
	ReadOnly   bool // this agent may not change it
	Mailed     bool // a change mailed its user: it was made without sendack:false
	Created    time.Time
}

// Halo's numbers of a ticket's status.
const (
	StatusNew    = 1
	StatusClosed = 9
)

// invalidPlace is what Halo says of a client, a site and a user that do not belong together, and
// of ids that are not numbers.
const invalidPlace = "Please select a valid Client/Site/User"

type ticketRow struct {
	ID         id     `json:"id"`
	Summary    string `json:"summary"`
	ClientID   id     `json:"client_id"`
	ClientName string `json:"client_name"`
	SiteID     id     `json:"site_id"`
	SiteName   string `json:"site_name"`
	UserID     id     `json:"user_id"`
	UserName   string `json:"user_name"`
	StatusID   int    `json:"status_id"`
	SLAID      int    `json:"sla_id"`
	Created    string `json:"dateoccurred"`
	Closed     bool   `json:"hasbeenclosed"`
	MergedInto int    `json:"merged_into_id"`
	Deleted    bool   `json:"deleted"`
	Locked     bool   `json:"locked"`
	Children   int    `json:"child_count"`
	Use        string `json:"use"`
}

type ticketDetail struct {
	ticketRow
	Details    string `json:"details"`
	ReportedBy string `json:"reportedby"`
	UserEmail  string `json:"user_email"`
	CanUpdate  bool   `json:"_canupdate"`
}

func (s *Server) ticketRow(t *Ticket) ticketRow {
	q := s.opts.Answer.IDsAsStrings
	r := ticketRow{
		ID: id{t.ID, q}, Summary: t.Summary, ClientID: id{t.ClientID, q}, ClientName: s.clientName(t.ClientID), SiteID: id{t.SiteID, q}, SiteName: s.siteName(t.SiteID),
		UserID: id{t.UserID, q}, StatusID: t.StatusID, SLAID: 1, Created: t.Created.UTC().Format(halofmt), Closed: t.Closed,
		MergedInto: t.MergedInto, Deleted: t.Deleted, Locked: t.Locked, Children: t.Children, Use: "ticket",
	}
	if u := s.users.find(t.UserID); u != nil {
		r.UserName = u.row.Name
	}
	return r
}

func (s *Server) ticketOwn(t *Ticket) json.RawMessage {
	d := ticketDetail{ticketRow: s.ticketRow(t), Details: t.Details, ReportedBy: t.ReportedBy, CanUpdate: !t.ReadOnly && !t.Closed && !t.Deleted}
	if u := s.users.find(t.UserID); u != nil {
		d.UserEmail = u.row.Email
	}
	return s.render("ticket", d)
}

// listTickets is GET /api/Tickets.
func (s *Server) listTickets(q query) *answer {
	term, client, open := strings.ToLower(q.Get("search")), q.int("client_id"), q.isTrue("open_only")
	return listOf(s, "tickets", s.tickets, q, func(t *Ticket) bool {
		return !t.Deleted && (client == 0 || t.ClientID == client) && !(open && t.Closed) && strings.Contains(strings.ToLower(t.Summary), term)
	}, func(t *Ticket) json.RawMessage { return s.render("tickets", s.ticketRow(t)) })
}

// getTicket is GET /api/Tickets/{id}. Who reported it is among the details.
func (s *Server) getTicket(in *request) *answer {
	render := s.ticketOwn
	if !in.query.isTrue("includedetails") {
		render = func(t *Ticket) json.RawMessage { return s.render("ticket", s.ticketRow(t)) }
	}
	return getOf(s, in, s.tickets, "ticket", render)
}

// tickets are what POST /api/Tickets takes.
var tickets = resource{one: "ticket", many: "tickets", types: func() map[string]string { return ticketTypes }, apply: (*Server).applyTicket}

// reference is the type of an id of a client, a site or a user in a ticket: digits in quotation
// marks are bound, and are then no valid one.
const reference = "reference"

var ticketTypes = map[string]string{
	"id": whole, "summary": "string", "details": "string", "client_id": reference, "site_id": reference, "user_id": reference,
	"status_id": "integer(int32)", "tickettype_id": "integer(int32)", "team": "string", "agent_id": "integer(int32)",
	"reportedby": "string", "sendack": "boolean", "dont_do_rules": "boolean", "_novalidate": "boolean", "_forcereassign": "boolean",
	"_dont_fire_automations": "boolean", "customfields": "array",
}

// applyTicket changes a ticket, or makes one. What is not posted stays as it is.
func (s *Server) applyTicket(fields map[string]json.RawMessage) (keeper, *answer) {
	t := Ticket{StatusID: StatusNew, Created: s.opts.Now()}
	id := intOf(fields["id"])
	if id > 0 {
		old := s.tickets.find(id)
		if old == nil {
			return nil, sentence(http.StatusNotFound, "No ticket was found with this id.")
		}
		t = old.row
	}
	before, placed := t, id <= 0
	for name, to := range map[string]*int{"client_id": &t.ClientID, "site_id": &t.SiteID, "user_id": &t.UserID} {
		value, sent := fields[name]
		if !sent {
			continue
		}
		if _, quoted := scalar(value); quoted {
			return nil, sentence(http.StatusBadRequest, invalidPlace)
		}
		placed, *to = true, intOf(value)
	}
	if refusal := s.mayChange(&before, &t); refusal != "" {
		return nil, sentence(http.StatusBadRequest, refusal)
	}
	if placed && !s.belong(&t) {
		return nil, sentence(http.StatusBadRequest, invalidPlace)
	}
	for name, place := range map[string][2]*int{
		"client_id": {&t.ClientID, &before.ClientID}, "site_id": {&t.SiteID, &before.SiteID}, "user_id": {&t.UserID, &before.UserID},
	} {
		if s.drops("tickets", name) {
			*place[0] = *place[1]
		}
	}
	if refusal := s.texts("tickets", fields, nil, map[string]*string{"summary": &t.Summary, "details": &t.Details, "reportedby": &t.ReportedBy}); refusal != nil {
		return nil, refusal
	}
	if strings.TrimSpace(t.Summary) == "" {
		return nil, sentence(http.StatusBadRequest, "A ticket needs a summary.")
	}
	if value, sent := fields["status_id"]; sent {
		t.StatusID = intOf(value)
		t.Closed = t.StatusID == StatusClosed
	}
	mails := true
	setBool(fields, "sendack", &mails)
	t.Mailed = t.Mailed || mails && t.UserID != before.UserID
	return func(hidden time.Time) written {
		if t.ClientID != before.ClientID {
			t.Locked = false
		}
		k := s.tickets.put(t, hidden)
		return written{k.row.ID, id <= 0, s.ticketOwn(&k.row), nil}
	}, nil
}

// mayChange is why a ticket cannot become another, "" when it can.
func (s *Server) mayChange(t, to *Ticket) string {
	switch {
	case t.Deleted:
		return "Record not found"
	case t.MergedInto > 0:
		return "This ticket has been merged and cannot be updated."
	case t.Closed:
		return "This ticket is closed and cannot be updated."
	case t.ReadOnly:
		return "You do not have permission to update this ticket."
	case t.Locked && to.ClientID == t.ClientID:
		return "This ticket must be moved before working on it."
	}
	return ""
}

// belong says whether the ticket's user is on its site, and its site is the client's.
func (s *Server) belong(t *Ticket) bool {
	site, u := s.sites.find(t.SiteID), s.users.find(t.UserID)
	return site != nil && u != nil && s.byID[t.ClientID] != nil && site.row.ClientID == t.ClientID && u.row.SiteID == t.SiteID
}

// AddTicket puts a ticket into the tenant, or changes the one with its id, as a person at Halo's
// own screens does.
func (s *Server) AddTicket(t Ticket) Ticket {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	if t.Created.IsZero() {
		t.Created = s.opts.Now()
	}
	setIfZero(&t.StatusID, StatusNew)
	if c := s.byID[t.ClientID]; c != nil {
		setIfZero(&t.SiteID, c.MainSiteID)
	}
	return s.tickets.put(t, time.Time{}).row
}

// ChangeTicket lets a person at Halo's own screens change a ticket; false when it is not there.
func (s *Server) ChangeTicket(id int, change func(*Ticket)) bool {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	k := s.tickets.find(id)
	if k == nil {
		return false
	}
	change(&k.row)
	k.row.ID = id
	return true
}

// Ticket is the ticket with that id.
func (s *Server) Ticket(id int) (Ticket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.tickets.find(id); k != nil {
		return k.row, true
	}
	return Ticket{}, false
}

// Tickets are a client's tickets, of all clients for 0, by id.
func (s *Server) Tickets(client int) []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tickets.all(func(t *Ticket) bool { return client == 0 || t.ClientID == client })
}
