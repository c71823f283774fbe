package halo

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"halobot/internal/draft"
)

// Sender is whom a mail address belongs to in Halo.
type Sender struct {
	Client Client
	User   string // the user's name, when a user has exactly this address; "" when the client's website matched
}

// user is what is read of a row of GET /api/Users.
type user struct {
	ID       number   `json:"id"`
	Name     jsonText `json:"name"`
	Email    jsonText `json:"emailaddress"`
	ClientID number   `json:"client_id"`
}

// FindSender does what "Find Halo User and Client by Email" does: a user who has exactly this
// address, case aside, and the client of that user; else a client whose website is the
// address's domain, or the part of it that was registered, unless that gives mailboxes to
// anybody. nil when nobody is found. The catch-all clients are never a find.
func (c *Connection) FindSender(ctx context.Context, email string) (*Sender, error) {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at <= 0 || at == len(email)-1 {
		return nil, nil //nolint:nilnil // nobody found is an answer of its own
	}
	users, err := c.users(ctx, email)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if !strings.EqualFold(strings.TrimSpace(u.Email.s), email) || u.ClientID <= 0 || c.catchAll(int(u.ClientID)) {
			continue
		}
		client, err := c.Client(ctx, int(u.ClientID))
		if status(err) == http.StatusNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimSpace(u.Name.s)
		if name == "" {
			name = email
		}
		return &Sender{Client: client, User: name}, nil
	}
	return c.byDomain(ctx, email[at+1:])
}

func (c *Connection) catchAll(id int) bool { return slices.Contains(c.settings.CatchAll, id) }

// users searches for an address; Halo's search covers more than the address, so the rows are
// only candidates.
func (c *Connection) users(ctx context.Context, email string) (users []user, err error) {
	q := url.Values{
		"search":          {email},
		"pageinate":       {"true"},
		"page_no":         {"1"},
		"page_size":       {"100"},
		"includeactive":   {"true"},
		"includeinactive": {"true"},
	}
	err = c.do(ctx, call{endpoint: "users", path: "Users", query: q, fare: fare{urgency: forForm}}, func(r *http.Response) error {
		users, _, err = readList[user](r, "users")
		return err
	})
	return users, err
}

// byDomain finds the client whose website is domain, before one whose website is what of it was
// registered.
func (c *Connection) byDomain(ctx context.Context, domain string) (*Sender, error) {
	if draft.NobodyOf(domain) != "" {
		return nil, nil //nolint:nilnil // nobody found is an answer of its own
	}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	if _, err := c.newest(ctx, fare{urgency: forForm}); err != nil {
		return nil, err
	}
	hosts := slices.Compact([]string{draft.HostKey(domain), draft.HostKey(draft.RegistrableDomain(domain))})
	for _, host := range hosts {
		if host == "" {
			continue
		}
		ids := c.directory.ids(func(e entry) bool { return e.host == host })
		ids = slices.DeleteFunc(ids, c.catchAll)
		slices.Sort(ids)
		confirmed, err := c.confirm(ctx, fare{urgency: forForm}, ids)
		if err != nil {
			return nil, err
		}
		confirmed = slices.DeleteFunc(confirmed, func(a area) bool { return draft.HostKey(a.Website.s) != host })
		// An inactive client only where there is no other.
		slices.SortStableFunc(confirmed, func(a, b area) int {
			switch {
			case a.Inactive == b.Inactive:
				return 0
			case bool(a.Inactive):
				return 1
			default:
				return -1
			}
		})
		if len(confirmed) > 0 {
			return &Sender{Client: confirmed[0].client()}, nil
		}
	}
	return nil, nil //nolint:nilnil // nobody found is an answer of its own
}
