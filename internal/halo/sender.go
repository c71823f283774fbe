package halo

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Standing says what it means that Halo has a sender.
type Standing string

// How a sender stands in Halo.
const (
	// Known: an active user of an active client, or one whose website or site's e-mail domain is
	// the address's. Nobody has to do anything.
	Known Standing = "known"
	// UnderCatchAll: a user of a client that unknown senders are filed under.
	UnderCatchAll Standing = "catch-all"
	// InactiveUser and InactiveClient: Halo has them, and does not use them.
	InactiveUser   Standing = "inactive user"
	InactiveClient Standing = "inactive client"
)

// Sender is whom a mail address belongs to in Halo.
type Sender struct {
	Standing Standing
	Client   Client
	User     string // the user's name, when a user has exactly this address; "" when the domain matched
	UserID   int
	// Site says that the domain is a site's e-mail domain, and not the client's website.
	Site bool
}

// FindSender says whom Halo has by this address, and how they stand: a user who has exactly this
// address, the first, second or third, case aside; else a client of which a website, or a site's
// e-mail domain, is the address's domain, or the part of it that was registered, unless that
// gives mailboxes to anybody. A known one goes before every other, and is an answer also where
// Halo does not give its users; nil when nobody is found.
//
// It informs and decides nothing: what it needs waits no more than three seconds for the bot's
// own ceiling, and less when ctx ends. Then the Error is Own.
func (c *Connection) FindSender(ctx context.Context, email string) (*Sender, error) {
	return c.findSender(ctx, fare{urgency: forForm}, email)
}

// GlanceSender is FindSender with a bound on the requests that it may make to Halo, for who runs
// beside the bot: it uses the list of clients that the bot has kept, or, without one, a list that
// Halo gives in one answer. What cannot be found out within the bound is an Own Error.
func (c *Connection) GlanceSender(ctx context.Context, email string, requests int) (*Sender, error) {
	turn := new(Turn)
	turn.left.Store(int64(requests))
	return c.findSender(ctx, fare{forForm, turn, true}, email)
}

func (c *Connection) findSender(ctx context.Context, f fare, email string) (*Sender, error) {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at <= 0 || at == len(email)-1 {
		return nil, nil //nolint:nilnil // nobody found is an answer of its own
	}
	byUser, err := c.byUser(ctx, f, email)
	if byUser != nil && byUser.Standing == Known {
		return byUser, nil
	}
	byDomain, also := c.byDomain(ctx, f, email[at+1:])
	if byDomain != nil && byDomain.Standing == Known {
		return byDomain, nil
	}
	switch {
	case err != nil:
		return nil, err
	case also != nil:
		return nil, also
	}
	return better(byUser, byDomain), nil
}

// byUser finds the client of the user who stands best among those with this address.
func (c *Connection) byUser(ctx context.Context, f fare, email string) (best *Sender, err error) {
	users, err := c.findUsers(ctx, f, 0, email)
	if err != nil {
		return nil, err
	}
	for _, u := range users[:min(len(users), maxConfirmed)] {
		if u.ClientID <= 0 {
			continue
		}
		a, err := c.area(ctx, f, u.ClientID)
		if status(err) == http.StatusNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		best = better(best, &Sender{
			Standing: c.standing(a.client(), u.Inactive), Client: a.client(), User: cmp.Or(u.Name, email), UserID: u.ID,
		})
	}
	return best, nil
}

// better is the sender that stands better, the first where both stand the same.
func better(a, b *Sender) *Sender {
	order := []Standing{Known, UnderCatchAll, InactiveUser, InactiveClient}
	switch {
	case a == nil:
		return b
	case b == nil, slices.Index(order, a.Standing) <= slices.Index(order, b.Standing):
		return a
	}
	return b
}

func (c *Connection) standing(client Client, inactiveUser bool) Standing {
	switch {
	case c.IsCatchAll(client):
		return UnderCatchAll
	case client.Inactive:
		return InactiveClient
	case inactiveUser:
		return InactiveUser
	}
	return Known
}

// IsCatchAll reports whether a client is one that unknown senders are filed under: as configured,
// or, where nothing is, by its name.
func (c *Connection) IsCatchAll(client Client) bool {
	return c.catchesAll(client.ID, text.Key(client.Name))
}

func (c *Connection) catchesAll(id int, key string) bool {
	if len(c.settings.CatchAll) > 0 {
		return slices.Contains(c.settings.CatchAll, id)
	}
	return slices.Contains(catchAllNames, key)
}

// CatchAll are the ids of the catch-all clients, as configured.
func (c *Connection) CatchAll() []int { return slices.Clone(c.settings.CatchAll) }

// catchAllNames are what the clients are called that tickets of strangers are filed under, as
// text.Key has them. Halo's own is Unknown.
var catchAllNames = []string{
	"unknown", "unknown client", "unknown clients", "unknown customer", "unknown customers", "unknown sender", "unknown senders",
	"default", "default client", "default customer", "catch all", "catch-all", "catchall", "unassigned", "unmatched",
	"unbekannt", "inconnu", "onbekend", "desconocido", "sconosciuto",
}

// catchAllWords are what has to be searched for to find all of them.
func catchAllWords() (words []string) {
	for _, name := range catchAllNames {
		if !slices.ContainsFunc(words, func(w string) bool { return holds(name, w) }) {
			word, _, _ := strings.Cut(strings.ReplaceAll(name, "-", " "), " ")
			words = append(words, strings.ToUpper(word[:1])+word[1:])
		}
	}
	return words
}

func calledCatchAll(name string) bool { return slices.Contains(catchAllNames, text.Key(name)) }

// byDomain finds the client whose website, or a site's e-mail domain, is domain, before one whose
// is what of it was registered.
func (c *Connection) byDomain(ctx context.Context, f fare, domain string) (*Sender, error) {
	if draft.NobodyOf(domain) != "" {
		return nil, nil //nolint:nilnil // nobody found is an answer of its own
	}
	if err := c.upToDate(ctx, f); err != nil {
		return nil, err
	}
	var best *Sender
	hosts := slices.Compact([]string{draft.HostKey(domain), draft.HostKey(draft.RegistrableDomain(domain))})
	for _, host := range hosts {
		mailed := c.directory.mailed(host)
		confirmed, err := c.confirm(ctx, f, slices.Concat(c.directory.ids(func(e entry) bool { return e.at(host) }), mailed), nil)
		if err != nil {
			return nil, err
		}
		for _, a := range confirmed {
			client := a.client()
			site := slices.Contains(mailed, client.ID)
			if website := slices.Contains(draft.Hosts(client.Website), host); host != "" && (website || site) {
				best = better(best, &Sender{Standing: c.standing(client, false), Client: client, Site: !website})
			}
		}
		if best != nil && best.Standing == Known {
			break
		}
	}
	return best, nil
}

// upToDate sees to it that the directory has the newest clients too, as far as the lists prove it.
func (c *Connection) upToDate(ctx context.Context, f fare) error {
	if f.only {
		c.restore(ctx)
		if _, kept := c.directory.complete(); !kept {
			return c.readShort(ctx, f)
		}
	} else if err := c.ready(ctx, f.urgency); err != nil {
		return err
	}
	if c.listsAreNoProof() {
		return nil
	}
	_, _, err := c.newest(ctx, f)
	return err
}

// readShort reads a list of clients that is no longer than a page.
func (c *Connection) readShort(ctx context.Context, f fare) error {
	w, err := c.walk(ctx, list{size: wholePage, max: 1, old: true, fare: f}, nil)
	switch {
	case err != nil:
		return err
	case !w.ended:
		return &Error{Outcome: NotDone, Own: true, Message: "Halo's list of clients is too long to be read here."}
	case len(w.clients) > 0 && !w.clients[0].Website.there:
		return &Error{Outcome: NotDone, Own: true, Message: "Halo lists its clients without their websites, and reading them one by one takes too long here."}
	}
	d := &c.directory
	d.mu.Lock()
	d.known = roll{}
	d.mu.Unlock()
	d.merge(w.clients)
	return nil
}
