package halo

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"halobot/internal/draft"
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
}

// Connection is one Halo tenant's API.
type Connection struct{}

// New makes a connection; it calls nothing yet.
func New(s Settings, hc *http.Client, log *slog.Logger) *Connection { panic("skeleton") }

// Name is the connection's name.
func (c *Connection) Name() string { panic("skeleton") }

// NewClient is what Create sends.
type NewClient struct {
	Draft draft.Draft
	Key   string // the request's key: into ref and into the notes' last line
	Asked string // who asked, where, and a link: the rest of that line
}

// Outcome says what a failed call means for a create.
type Outcome string

// The three outcomes that are not success.
const (
	NotDone Outcome = "not done" // safe to send again
	Refused Outcome = "refused"  // sending again gets the same answer
	Unknown Outcome = "unknown"  // it may have happened
)

// Error is a call that Halo did not carry out as asked, or may not have.
type Error struct {
	Outcome    Outcome
	Status     int           // HTTP status; 0 when there was no answer
	Message    string        // a sentence for the technician, never HTML, never a secret
	RetryAfter time.Duration // 0 = not said
	Ceiling    bool          // the bot's own request ceiling, not Halo
	Err        error
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }

// Turn waits for, and sets aside, n requests of the connection's ceiling; the calls made
// with the returned context spend them before asking for more.
func (c *Connection) Turn(ctx context.Context, n int) (context.Context, error) { panic("skeleton") }

// Create writes one client. ctx's deadline is the POST's.
func (c *Connection) Create(ctx context.Context, n NewClient) (Client, error) { panic("skeleton") }

// Look returns every client with the same name or website as d, inactive ones too, and any
// client that carries key; names and the newest clients are read live.
func (c *Connection) Look(ctx context.Context, d draft.Draft, key string) (Found, error) {
	panic("skeleton")
}

// Found is what a look saw.
type Found struct {
	Same []Client // same host or same name, confirmed by id
	Own  *Client  // carries the request's own key
}

// FindByKey looks for the client that carries key in ref or in its notes' last line.
func (c *Connection) FindByKey(ctx context.Context, key, name string) (*Client, error) {
	panic("skeleton")
}

// Client reads one client. An Error with status 404 when there is none (any more).
func (c *Connection) Client(ctx context.Context, id int) (Client, error) { panic("skeleton") }

// Sender is whom a mail address belongs to in Halo.
type Sender struct {
	Client Client
	User   string // the user's name, when a user has exactly this address; "" when the client's website matched
}

// FindSender does what "Find Halo User and Client by Email" does; nil when nobody is found.
func (c *Connection) FindSender(ctx context.Context, email string) (*Sender, error) {
	panic("skeleton")
}

// Freshen reads the newest clients into the directory, at most once a minute.
func (c *Connection) Freshen(ctx context.Context) { panic("skeleton") }

// Run keeps the directory until ctx ends.
func (c *Connection) Run(ctx context.Context) { panic("skeleton") }

// ClientURL is the link to a client in Halo.
func (c *Connection) ClientURL(id int) string { panic("skeleton") }

// TicketURL is the link to a ticket in Halo; "" for an id that is none.
func (c *Connection) TicketURL(id string) string { panic("skeleton") }
