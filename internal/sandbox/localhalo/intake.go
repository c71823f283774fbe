package localhalo

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Mail is a mail that came in at the service desk's address.
type Mail struct {
	Name, Address string // of the sender
	Subject, Body string
}

// Unknown is what the client, and its site, are called that mails of unknown senders are filed
// under, where Options.CatchAll names none.
const Unknown = "Unknown"

// Receive makes a ticket of a mail, as Halo's intake does: on the client of the user with the
// sender's address; else on the site whose e-mail domain is the sender's; else on the catch-all
// client. A sender who is no user becomes one of that site, unless SetIntake says otherwise:
// then the ticket is the site's general user's.
func (s *Server) Receive(m Mail) Ticket {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	address := strings.ToLower(m.Address)
	u := s.users.first(func(u *User) bool { return slices.Contains(u.addresses(), address) })
	if u == nil {
		u = s.stranger(m, s.siteFor(address))
	}
	t := Ticket{
		Summary: cmp.Or(m.Subject, "(no subject)"), Details: m.Body, ReportedBy: m.Address, StatusID: StatusNew, Created: s.opts.Now(),
		ClientID: u.ClientID, SiteID: u.SiteID, UserID: u.ID,
		Locked: s.opts.LocksUnknown && u.ClientID == s.opts.CatchAll,
	}
	return s.tickets.put(t, time.Time{}).row
}

// siteFor is where the intake puts a sender that is no user.
func (s *Server) siteFor(address string) *Site {
	_, domain, _ := strings.Cut(address, "@")
	if site := s.sites.first(func(site *Site) bool { return domain != "" && strings.EqualFold(site.EmailDomain, domain) }); site != nil {
		return site
	}
	c := s.byID[s.opts.CatchAll]
	if c == nil {
		c = &stored{Client: Client{Name: Unknown, MainSite: Unknown, TopLevelID: s.opts.DefaultTopLevel}}
		s.number(c)
		s.put(c)
		s.opts.CatchAll = c.ID
	}
	return &s.sites.find(c.MainSiteID).row
}

// stranger is the user that a ticket of a stranger gets.
func (s *Server) stranger(m Mail, site *Site) *User {
	u := User{Name: cmp.Or(m.Name, m.Address), Email: m.Address, SiteID: site.ID, ClientID: site.ClientID}
	if s.opts.IntakeMakesNoUsers {
		u.Name, u.Email = "General User", ""
		if general := s.users.first(func(g *User) bool { return g.SiteID == site.ID && g.Name == u.Name }); general != nil {
			return general
		}
	}
	return &s.users.put(u, time.Time{}).row
}

// SetIntake says whether the intake makes users of strangers; at first it is as the options say.
func (s *Server) SetIntake(makesUsers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.IntakeMakesNoUsers = !makesUsers
}
