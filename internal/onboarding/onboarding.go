package onboarding

import (
	"context"
	"encoding/json"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Person is somebody who asked for a client.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Place is where somebody asked, and where the answer goes.
type Place struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Link string `json:"link,omitempty"` // to the alert, else to the channel
}

// IfExists is what to do when Halo already has such a client.
type IfExists string

// The answers to "it exists".
const (
	Ask           IfExists = "ask" // a person chooses
	UseExisting   IfExists = "use"
	CreateAnother IfExists = "create"
	Fail          IfExists = "fail"
)

// Request is one wish for one client. At most one client is ever made for a key.
type Request struct {
	Key      string        `json:"key" river:"unique"`
	Draft    draft.Draft   `json:"draft"` // valid, and its Connection named
	By       Person        `json:"by"`
	Via      string        `json:"via"` // command, alert, shortcut, home, step, shell
	Place    Place         `json:"place"`
	OnError  draft.OnError `json:"on_error,omitempty"`
	IfExists IfExists      `json:"if_exists,omitempty"`
	// Seen are clients that the requester was shown and wants another one beside.
	Seen []int `json:"seen,omitempty"`
	// Use is an existing client to settle on instead of creating one.
	Use int `json:"use,omitempty"`
	// Prior are the keys of earlier requests whose outcome was never learned: a client
	// that carries one of them is this request's.
	Prior []string `json:"prior,omitempty"`
	// LookOnly looks for the client of Prior and never creates.
	LookOnly bool `json:"look_only,omitempty"`
	// Reply is how the announcer finds its way back; opaque here.
	Reply json.RawMessage `json:"reply,omitempty"`
	At    time.Time       `json:"at"`

	// Set by Submit.
	Host  string   `json:"host,omitempty"`
	Title string   `json:"title,omitempty"`
	After []string `json:"after,omitempty"` // keys in flight for the same company when this was stored
}

// Reference is the key as Halo and the outside see it: the connection's name and the key.
func (r Request) Reference() string { return r.Draft.Connection + "/" + r.Key }

// Outcome is how a request ended; "" while it has not.
type Outcome string

// The ends of a request.
const (
	Created     Outcome = "created"
	Used        Outcome = "used"        // an existing client was chosen
	Exists      Outcome = "exists"      // a person must choose
	Refused     Outcome = "refused"     // by Halo, in its words
	Unreachable Outcome = "unreachable" // an outage outlasted its 15 minutes; nothing was created
	Unconfirmed Outcome = "unconfirmed" // sent, never found: a person is asked
	Denied      Outcome = "denied"      // the requester may not
)

// Phase is what a request that has not ended is doing.
type Phase string

// The phases.
const (
	Waiting  Phase = "waiting"  // for another request for the same company
	Working  Phase = "working"  // looking, creating
	Checking Phase = "checking" // sent and not answered: being looked for
	Outage   Phase = "outage"   // Halo does not answer, nothing was sent
)

// State is how far a request has come.
type State struct {
	Outcome Outcome       `json:"outcome,omitempty"`
	Phase   Phase         `json:"phase,omitempty"`
	Client  *halo.Client  `json:"client,omitempty"`  // created or used
	Found   []halo.Client `json:"found,omitempty"`   // exists
	Dropped []draft.Field `json:"dropped,omitempty"` // typed, but not in Halo's answer
	Problem string        `json:"problem,omitempty"` // a sentence for the requester
	Ahead   *Person       `json:"ahead,omitempty"`   // whose request this one waits for
	Sends   int           `json:"sends,omitempty"`
	// Deadline is when the last POST ended at the latest: settling counts from it.
	Deadline time.Time `json:"deadline,omitzero"`
	// Since is when the phase began.
	Since time.Time `json:"since,omitzero"`
	Ended time.Time `json:"ended,omitzero"`
	// Marks are the announcer's finished steps.
	Marks map[string]string `json:"marks,omitempty"`
}

// Halo is what a request needs of a Halo connection.
type Halo interface {
	Turn(ctx context.Context, n int) (context.Context, error)
	Look(ctx context.Context, d draft.Draft, key string) (halo.Found, error)
	Create(ctx context.Context, n halo.NewClient) (halo.Client, error)
	FindByKey(ctx context.Context, key, name string) (*halo.Client, error)
	Client(ctx context.Context, id int) (halo.Client, error)
}

// Gate says who may.
type Gate interface {
	// Permit returns nil, a *DeniedError with the reason, or another error when it could not be
	// found out.
	Permit(ctx context.Context, r Request) error
}

// DeniedError says why a request's person may not have a client created.
type DeniedError struct{ Reason string }

func (e *DeniedError) Error() string { return e.Reason }

// Announcer tells people how a request stands.
type Announcer interface {
	// Announce tells whoever must know of t.State. It is called at each change of phase (a
	// failure then is only logged) and, once the request has an outcome, again and again
	// until it returns nil. A *LaterError says how long to wait.
	Announce(ctx context.Context, t *Telling) error
}

// LaterError asks for another call after a pause.
type LaterError struct {
	After time.Duration
	Err   error
}

func (e *LaterError) Error() string { return e.Err.Error() }
func (e *LaterError) Unwrap() error { return e.Err }

// Telling is one occasion to tell.
type Telling struct {
	Request Request // its Reply is the one of the person to be told
	State   State
	// Joined says that Reply belongs to somebody who asked for the same thing while it was in
	// hand: only that person is told, nothing is posted or settled again.
	Joined bool
}

// Once runs do unless step is already marked done for this request, and marks it with what do
// returns (a message's ts, say). The mark is kept on disk if the announcement has to be
// repeated.
func (t *Telling) Once(ctx context.Context, step string, do func(context.Context) (string, error)) (string, error) {
	if v, ok := t.State.Marks[step]; ok {
		return v, nil
	}
	v, err := do(ctx)
	if err != nil {
		return "", err
	}
	if t.State.Marks == nil {
		t.State.Marks = map[string]string{}
	}
	t.State.Marks[step] = v
	return v, nil
}

// Receipt is what a submission came to.
type Receipt struct {
	Request Request // as stored: the first one's when Joined
	State   State
	Joined  bool // the key was already in hand or done
}

// Service keeps requests and works on them.
type Service struct{}

// Submit stores r durably; with an error nothing was stored. A key already known joins the
// first: when that one has not ended, r's Reply is told too when it does.
func (s *Service) Submit(ctx context.Context, r Request) (Receipt, error) { panic("skeleton") }

// Find returns the newest request with key.
func (s *Service) Find(ctx context.Context, key string) (Receipt, bool, error) { panic("skeleton") }

// Query selects history.
type Query struct {
	Since time.Time
	By    string // a person's id; "" = everybody's
	Limit int
}

// History lists requests, newest first.
func (s *Service) History(ctx context.Context, q Query) ([]Receipt, error) { panic("skeleton") }

// Ready reports whether the database answers.
func (s *Service) Ready(ctx context.Context) error { panic("skeleton") }

// Alert is an alert message that the bot knows of.
type Alert struct {
	Key         string // as in Request.Key
	Channel     string
	TS          string
	Email       string
	TicketID    string
	Message     json.RawMessage // text and blocks as clicked, opaque here
	ResponseURL string
	ClickedAt   time.Time
	Settled     bool
}

// SaveAlert stores what a click told of an alert, over what was known; Settled is left as it is.
func (s *Service) SaveAlert(ctx context.Context, a Alert) error { panic("skeleton") }

// Alert returns an alert by its key.
func (s *Service) Alert(ctx context.Context, key string) (Alert, bool, error) { panic("skeleton") }

// SettleAlert marks an alert as settled (its button is gone).
func (s *Service) SettleAlert(ctx context.Context, key string) error { panic("skeleton") }

// OpenAlerts lists the unsettled alerts with the same ticket or address.
func (s *Service) OpenAlerts(ctx context.Context, email, ticketID string) ([]Alert, error) {
	panic("skeleton")
}
