package onboarding

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// cabinet is a Halo in which a sender and a ticket are filed: the ticket is on the catch-all client,
// and nobody knows the sender yet.
type cabinet struct {
	*tenant
	catchAll []int
	noScope  bool
	users    []halo.User
	unlisted []int // clients whose users no list of theirs shows
	ticket   halo.Ticket
	main     halo.MainSite
	behind   int    // the client that the ticket's user still belongs to
	keeps    string // the domain that a site has after it was set, instead of what was asked for
	calls    []string
	// fail fails the n-th call, from 1; lost has the answer to a write fail that is carried out.
	fail func(n int, call string) error
	lost bool
}

const (
	acmeID   = 31
	acmeSite = 301
)

func newCabinet() *cabinet {
	return &cabinet{
		tenant: &tenant{clients: []halo.Client{{ID: acmeID, Name: "Acme Ltd", Website: "acme.com"}}}, catchAll: []int{unknownID},
		ticket: halo.Ticket{ID: 881, ClientID: unknownID, From: []string{sender}},
		main:   halo.MainSite{Site: halo.Site{ID: acmeSite, ClientID: acmeID}},
	}
}

func jane(id, client, site int) halo.User {
	return halo.User{ID: id, Name: "Jane", Emails: []string{sender}, ClientID: client, SiteID: site}
}

func (c *cabinet) call(what string) error {
	c.calls = append(c.calls, what)
	if c.fail == nil {
		return nil
	}
	return c.fail(len(c.calls), what)
}

// wrote is how a write that was carried out is answered.
func (c *cabinet) wrote() error {
	if c.lost {
		c.lost = false
		return unknown()
	}
	return nil
}

func (c *cabinet) Client(ctx context.Context, id int) (halo.Client, error) {
	if err := c.call("client"); err != nil {
		return halo.Client{}, err
	}
	return c.tenant.Client(ctx, id)
}

func (c *cabinet) CatchAll() []int { return c.catchAll }

func (c *cabinet) CanMoveTickets(context.Context) (bool, error) { return !c.noScope, c.call("scope") }

func (c *cabinet) FindUsers(_ context.Context, client int, email string) (found []halo.User, err error) {
	for _, u := range c.users {
		if u.Has(email) && (client == 0 || client == u.ClientID && !slices.Contains(c.unlisted, client)) {
			found = append(found, u)
		}
	}
	return found, c.call(map[bool]string{true: "find everywhere", false: "find"}[client == 0])
}

func (c *cabinet) user(id int) *halo.User {
	i := slices.IndexFunc(c.users, func(u halo.User) bool { return u.ID == id })
	if i < 0 {
		return nil
	}
	return &c.users[i]
}

func (c *cabinet) User(_ context.Context, id int) (halo.User, error) {
	if err := c.call("user"); err != nil {
		return halo.User{}, err
	}
	if u := c.user(id); u != nil {
		return *u, nil
	}
	return halo.User{}, &halo.Error{Outcome: halo.Refused, Status: 404, Message: "Halo has no such user."}
}

func (c *cabinet) CreateUser(_ context.Context, n halo.NewUser) (halo.User, error) {
	if err := c.call("create user"); err != nil {
		return halo.User{}, err
	}
	u := halo.User{ID: 50, Name: n.Name, Emails: []string{n.Email}, ClientID: n.ClientID, SiteID: n.SiteID}
	c.users = append(c.users, u)
	return u, c.wrote()
}

func (c *cabinet) MoveUser(_ context.Context, id, client, site int) (halo.User, error) {
	if err := c.call("move user"); err != nil {
		return halo.User{}, err
	}
	u := c.user(id)
	u.ClientID, u.SiteID = client, site
	return *u, c.wrote()
}

func (c *cabinet) MainSite(context.Context, int) (halo.MainSite, error) {
	return c.main, c.call("main site")
}

func (c *cabinet) Ticket(_ context.Context, id int) (halo.Ticket, error) {
	if err := c.call("ticket"); err != nil {
		return halo.Ticket{}, err
	}
	if id != c.ticket.ID {
		return halo.Ticket{}, &halo.Error{Outcome: halo.Refused, Status: 404, Message: "Halo has no such ticket."}
	}
	return c.ticket, nil
}

func (c *cabinet) Behind(context.Context, halo.Ticket) (int, error) {
	return c.behind, c.call("behind")
}

func (c *cabinet) MoveTicket(_ context.Context, m halo.TicketMove) (halo.Ticket, error) {
	if err := c.call("move ticket"); err != nil {
		return halo.Ticket{}, err
	}
	c.ticket.ClientID, c.ticket.SiteID, c.ticket.UserID, c.behind = m.ClientID, m.SiteID, m.UserID, 0
	return c.ticket, c.wrote()
}

func (c *cabinet) SetSiteDomain(_ context.Context, site halo.Site, domain string) (halo.Site, error) {
	if err := c.call("set domain"); err != nil {
		return halo.Site{}, err
	}
	c.main.Site.EmailDomain = cmp.Or(c.keeps, domain)
	site.EmailDomain = c.main.Site.EmailDomain
	if c.keeps == "nothing" {
		site.EmailDomain, c.main.Site.EmailDomain = "", ""
	}
	return site, c.wrote()
}

// writes are the calls that change something.
func (c *cabinet) writes() (writes []string) {
	for _, call := range c.calls {
		if slices.Contains([]string{"create user", "move user", "move ticket", "set domain"}, call) {
			writes = append(writes, call)
		}
	}
	return writes
}

// filingOf is a request for one filing of acme's.
func filingOf(what draft.Filing) Request {
	r := acme()
	r.Key = FilingKey(acme().Key, what)
	r.File = &File{
		What: what, Of: acme().Key, Client: halo.Client{ID: acmeID, Name: "Acme Ltd"},
		Filing: Filing{What: []draft.Filing{what}, Email: sender, Name: "Jane Doe", Ticket: "881", Domain: "acme.com"},
	}
	return r
}

// filingIn is a world in simulated time whose one request is a filing in a cabinet.
func filingIn(t *testing.T, r Request, c *cabinet, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r.At = time.Now()
		w := newWorld(t, r)
		w.tenant, w.cfg.Halos["halo"] = c.tenant, c
		test(t, w)
	})
}

// aheadOf has job 2 be another filing, as it stands.
func (w *world) aheadOf(t *testing.T, r Request, s State) {
	t.Helper()
	w.disk.args[2] = r
	if err := w.disk.save(t.Context(), &rivertype.JobRow{ID: 2}, s); err != nil {
		t.Fatal(err)
	}
}
