package localhalo

import (
	"net/http"
	"time"
)

// Options say what kind of tenant it is. The zero value is an ordinary one with no clients,
// whose API application is DefaultClientID with DefaultClientSecret.
type Options struct {
	// The API application.
	ClientID, ClientSecret string
	Granted                []string      // scopes that it may ask for; read:customers and edit:customers when nil
	ExpiresIn              time.Duration // of a token, in whole seconds; an hour when 0
	CredentialStatus       int           // answer to wrong credentials: 400 (when 0) or 401
	Tenant                 string        // when set, the token call must carry ?tenant= with it
	NoAuthInfo             bool          // /api/authinfo answers 404, as an older Halo's may

	// What is in the tenant.
	Clients         []Client // ids are given where 0
	Sites           []Site   // beside the clients' main ones, or some of these
	Users           []User
	Tickets         []Ticket
	TopLevels       []TopLevel
	DefaultTopLevel int // of a client created without one; 0 is Halo's own default
	FirstID         int // of the clients it makes; 1 when 0

	// How it treats what is created.
	AutoRef bool     // numbers ref itself, whatever was sent (Halo's autocreatecustomerreference)
	Drops   []string // fields that are accepted and not kept: "website", "users.notes", "tickets.user_id", "sites.emaildomain"
	Answer  Answer

	// What becomes of mails: see Receive.
	CatchAll           int  // the client of unknown senders; made when a mail needs it, when 0
	IntakeMakesNoUsers bool // their tickets are then the general user's
	LocksUnknown       bool // tickets of the catch-all client have to be moved before anything else
	FirstTicket        int  // the id of the first ticket; 1 when 0

	// How it answers.
	Lists         Lists
	Lacks         []string // properties that its version has not: "client.main_site_id" (of one client), "clients.main_site_id" (of lists), "users.email2"
	BareSites     bool     // the list of sites is a bare array
	TrimsScopes   bool     // a scope that was not granted is left out of the token, instead of failing it
	TopLevelShape string   // "array" (when empty), "toplevels" or "tree": the sources disagree
	AuthURL       string   // that /api/authinfo names, in place of its own
	Logo          string   // what stands in each row's and client's logo; a small picture when empty

	// Judge, if not nil, is shown every request to the API and the token endpoint before it is
	// carried out, from several goroutines at once: a test's own opinion of what is sent.
	Judge func(r *http.Request, body []byte)

	// Now is its clock; nil is the machine's. What is to take a time takes the machine's.
	Now func() time.Time

	// Pages serves what is neither API nor token endpoint: the agent's portal. 404 when nil.
	Pages http.Handler
}

// Lists is how the tenant's lists differ from what is asked of them. SetLists changes it at
// run time.
type Lists struct {
	// Ignores are the query parameters that count for nothing: of every list ("search"), or of
	// one ("users.search"). "order" is orderdesc too.
	Ignores []string
	PageCap int           // the most rows of a page, whatever page_size asks for; 100 when 0
	NoCount bool          // record_count is left out
	Lag     time.Duration // what is new is in no list for so long
}

// Answer is the form of the answer to a create; Halo's versions differ.
type Answer struct {
	Status       int      // 201 when 0
	Shape        Shape    // a bare object when empty
	IDsAsStrings bool     // here and everywhere else
	Omits        []string // left out of the answer though kept: "website", "trading_name", "notes", "id"
}

// Shape is what the created client is wrapped in.
type Shape string

// The shapes seen in the wild.
const (
	Object  Shape = "object"
	InArray Shape = "array"   // [ {…} ]
	InList  Shape = "clients" // {"clients": [ {…} ]}
)

// The credentials of a tenant that names none.
const (
	DefaultClientID     = "halo-client"
	DefaultClientSecret = "halo-secret"
)

// smallLogo is a transparent picture of one pixel.
const smallLogo = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

func (o *Options) fill() {
	setIfZero(&o.ClientID, DefaultClientID)
	setIfZero(&o.ClientSecret, DefaultClientSecret)
	setIfZero(&o.ExpiresIn, time.Hour)
	setIfZero(&o.CredentialStatus, http.StatusBadRequest)
	setIfZero(&o.FirstID, 1)
	setIfZero(&o.FirstTicket, 1)
	setIfZero(&o.Answer.Status, http.StatusCreated)
	setIfZero(&o.Answer.Shape, Object)
	setIfZero(&o.TopLevelShape, "array")
	setIfZero(&o.Logo, smallLogo)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Granted == nil {
		o.Granted = []string{"read:customers", "edit:customers"}
	}
	if o.TopLevels == nil {
		o.TopLevels = []TopLevel{{ID: 1, Name: "Customers"}, {ID: 2, Name: "Prospects"}}
	}
}

func setIfZero[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
