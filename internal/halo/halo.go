package halo

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/patrickmn/go-cache"

	"halobot/internal/draft"
	"halobot/internal/outage"
)

// Client is a client as Halo has it.
type Client struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	TopLevelID  int    `json:"toplevel_id"`
	TopLevel    string `json:"toplevel_name,omitempty"`
	Website     string `json:"website,omitempty"`
	TradingName string `json:"trading_name,omitempty"`
	Ref         string `json:"ref,omitempty"`
	Inactive    bool   `json:"inactive,omitempty"`
	// Marked is the key of the request that made it, from the last line of its notes, where those
	// were read.
	Marked string `json:"-"`

	// Partial says that the answer left out the name, the website or the trading name, or had
	// null for it: what is empty here may have a value in Halo. Connection.Client tells.
	Partial bool `json:"-"`
}

// Settings are one connection's.
type Settings struct {
	Name              string // as in HALO_CONNECTIONS; "halo" when there is only one
	URL               string // https://tenant.halopsa.com, without /api
	AuthURL           string // "" = discover
	Tenant            string
	ClientID          string
	ClientSecret      string
	Scope             string
	TopLevelID        int   // 0 = leave it to Halo
	CatchAll          []int // clients that unknown senders are filed under
	RequestsPerMinute int   // 0 = no ceiling

	ClientFields *draft.ClientFields // what each new client gets besides a draft's own fields; nil = nothing
	NoFiling     bool                // filing the sender and the ticket is not offered
	Filing       []draft.Filing      // ticked from the start, where it is

	// VarPrefix is what the connection's variables begin with, for sentences that name one;
	// "" means HALO_.
	VarPrefix string
	// Beside is how many connections share the process, this one included; 0 = one.
	Beside int
	// Version is the bot's, for the User-Agent.
	Version string
	// Observe is told of every request that was sent: the endpoint (one of Endpoints), the class of its
	// end (one of Classes) and the time from sending to the end of the answer's head. nil = nobody.
	Observe func(endpoint, class string, d time.Duration)
}

// LogValue keeps the secret out of logs.
func (s Settings) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", s.Name), slog.String("url", s.URL))
}

// String keeps the secret out of everything printed.
func (s Settings) String() string { return s.Name + " at " + s.URL }

// GoString keeps the secret out of %#v.
func (s Settings) GoString() string { return "halo.Settings{" + s.String() + "}" }

// DefaultScope is asked for where Settings say none. Clients, sites and users all lie under
// customers.
const DefaultScope = "read:customers edit:customers"

// readTimeout is how long one reading call may take.
const readTimeout = 8 * time.Second

// Connection is one Halo tenant's API. It is safe for use by many goroutines at once.
type Connection struct {
	settings  Settings
	http      *http.Client
	log       *slog.Logger
	outage    *outage.Outage
	tokens    tokens
	ceiling   *ceiling
	share     share
	directory directory
	habits    habits
	topLevels topLevels
	mains     *cache.Cache // which site is a client's main one, by the client's id
}

// New makes a connection; it calls nothing yet. hc nil means a client that keeps connections
// open between calls; a given one is copied, since redirects are never followed. log, which may
// be nil, should name the connection.
func New(s Settings, hc *http.Client, log *slog.Logger) *Connection {
	if u, err := NormaliseURL(s.URL); err == nil {
		s.URL = u
	}
	if s.Scope == "" {
		s.Scope = DefaultScope
	}
	if s.VarPrefix == "" {
		s.VarPrefix = "HALO_"
	}
	if s.Version == "" {
		s.Version = "dev"
	}
	if s.Observe == nil {
		s.Observe = func(string, string, time.Duration) {}
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if hc == nil {
		hc = &http.Client{Transport: newTransport()}
	}
	own := *hc
	// A POST that is redirected would be sent twice, and a token may go to another host.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	held := shareOf(s.Beside)
	c := &Connection{
		settings:  s,
		http:      &own,
		log:       log,
		outage:    outage.New(log, slog.LevelWarn, "Halo"),
		ceiling:   newCeiling(s.RequestsPerMinute),
		share:     held,
		directory: newDirectory(held.directory),
		mains:     cache.New(mainFor, 0),
	}
	c.tokens.connection = c
	return c
}

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 64
	t.MaxIdleConnsPerHost = 32
	// Shorter than the minute or two after which servers and load balancers close an idle
	// connection, so that a create seldom meets one that is just being closed.
	t.IdleConnTimeout = 45 * time.Second
	// A dead connection is noticed, instead of failing call after call.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second}
	return t
}

// ClientFields are what each new client gets besides a draft's own fields, as configured; nil is
// nothing.
func (c *Connection) ClientFields() *draft.ClientFields { return c.settings.ClientFields }

// Name is the connection's name.
func (c *Connection) Name() string { return c.settings.Name }

// variable is the full name of one of the connection's variables.
func (c *Connection) variable(suffix string) string { return c.settings.VarPrefix + suffix }

// Address says which tenant the connection writes to: Halo's address and, where one is set, the
// tenant. What was sent under another address went to another Halo.
func (c *Connection) Address() string {
	if c.settings.Tenant == "" {
		return c.settings.URL
	}
	return c.settings.URL + "?" + url.Values{"tenant": {c.settings.Tenant}}.Encode()
}

// Client reads one client. An Error with status 404 when there is none (any more).
func (c *Connection) Client(ctx context.Context, id int) (Client, error) {
	a, err := c.area(ctx, fare{urgency: forCreate}, id)
	if err != nil {
		return Client{}, err
	}
	return a.client(), nil
}
