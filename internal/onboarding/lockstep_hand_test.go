package onboarding

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/sandbox/localhalo"
)

var companies = []string{"Acme", "Borealis"}

func (l *lockstep) company(t *rapid.T) string {
	return l.called(rapid.SampledFrom(companies).Draw(t, "company"))
}

func (l *lockstep) called(name string) string { return fmt.Sprintf("%d-%s", l.check, name) }

func domainOf(company string) string { return strings.ToLower(company) + ".example" }

// mailOf is the mail of a company's sender.
func mailOf(company string) localhalo.Mail {
	return localhalo.Mail{Name: "Jane Roe", Address: "jane@" + domainOf(company), Subject: "Printer"}
}

// ticketOf is the number of its ticket.
func ticketOf(company string) int {
	return 1 + slices.IndexFunc(companies, func(name string) bool { return strings.HasSuffix(company, "-"+name) })
}

// receive has the mails come in, whose senders Halo makes users or does not.
func (l *lockstep) receive() {
	for _, name := range companies {
		company, known := l.called(name), rapid.Bool().Draw(l.T, "known")
		if l.oracle.tickets[company] = catchAll; known {
			l.oracle.users = append(l.oracle.users, haloUser{company: company, client: catchAll})
		}
		for _, lane := range l.lanes {
			lane.halo.SetIntake(known)
			lane.halo.Receive(mailOf(company))
		}
	}
}

// byHand is somebody at Halo's own screens: they create a company, a namesake, which proves nothing;
// they make its sender a user; they move its ticket.
func (l *lockstep) byHand(t *rapid.T) {
	what := rapid.IntRange(0, 5).Draw(t, "what")
	company := l.company(t)
	to := rapid.SampledFrom([]int{catchAll, otherID, len(l.oracle.found)}).Draw(t, "to")
	switch what {
	case 0:
		l.oracle.found = append(l.oracle.found, found{company: company, shown: l.oracle.now})
	case 1:
		l.oracle.users = append(l.oracle.users, haloUser{company: company, client: to})
	case 2:
		l.oracle.tickets[company] = to
	default:
		t.Skip("not now")
	}
	for _, lane := range l.lanes {
		switch what {
		case 0:
			lane.halo.Add(localhalo.Client{Name: company})
		case 1:
			lane.halo.AddUser(localhalo.User{Name: "Jane", Email: mailOf(company).Address, ClientID: to})
		case 2:
			lane.halo.ChangeTicket(ticketOf(company), func(t *localhalo.Ticket) { t.ClientID, t.SiteID, t.UserID = to, 0, 0 })
		}
	}
}

// file is somebody who has the sender filed: with the client that was made, or with one that Halo
// had, as if they had chosen that.
func (l *lockstep) file(t *rapid.T) {
	w := l.oracle.newest(l.key(keysAsked.Draw(t, "key")))
	what := rapid.SampledFrom([][]draft.Filing{
		{draft.FileUser}, {draft.FileTicket}, {draft.FileUser, draft.FileTicket}, {draft.FileUser, draft.FileTicket, draft.FileDomain},
	}).Draw(t, "what")
	if w == nil || w.outcome != Created && w.outcome != Exists {
		t.Skip("no client")
	}
	client := w.client
	if client == 0 {
		client = 1 + slices.IndexFunc(l.oracle.found, func(f found) bool { return f.company == w.company })
	}
	r := FileRequest{
		Of:     Request{Key: fmt.Sprintf("%s-%d", w.key, client), Draft: draft.Draft{Connection: "halo", Name: w.company}},
		Client: halo.Client{ID: client, Name: w.company}, By: Person{ID: w.by}, Via: "button",
		Filing: Filing{
			What: what, Email: mailOf(w.company).Address, Name: "Jane Roe", Ticket: strconv.Itoa(ticketOf(w.company)), Domain: domainOf(w.company),
		},
	}
	l.oracle.ask(r.Of.Key, w.company, client, w.by, what)
	for _, lane := range l.lanes {
		if _, err := lane.service().File(l.Context(), r); err != nil {
			l.Fatalf("%s: %v", lane.name, err)
		}
	}
}
