package localhalo

import (
	"net/http"
	"time"
)

// Options say what kind of tenant it is. The zero value is an ordinary one with no clients,
// whose API application is DefaultClientID with DefaultClientSecret.
type Options struct {
	Addr string // where Start listens; "127.0.0.1:0" when empty

	// The API application.
	ClientID, ClientSecret string
	Granted                []string      // scopes that it may ask for; read:customers and edit:customers when nil
	ExpiresIn              time.Duration // of a token, in whole seconds; an hour when 0
	CredentialStatus       int           // answer to wrong credentials: 400 (when 0) or 401
	Tenant                 string        // when set, the token call must carry ?tenant= with it
	NoAuthInfo             bool          // /api/authinfo answers 404, as an older Halo's may

	// What is in the tenant.
	Clients         []Client // ids are given where 0
	Users           []User
	TopLevels       []TopLevel
	DefaultTopLevel int // of a client created without one; 0 is Halo's own default
	FirstID         int // of the clients it makes; 1 when 0

	// How it treats what is created.
	AutoRef bool     // numbers ref itself, whatever was sent (Halo's autocreatecustomerreference)
	Drops   []string // fields that are accepted and not kept: "website", "trading_name", "notes", "ref"
	Answer  Answer

	TopLevelShape string // "array" (when empty), "toplevels" or "tree": the sources disagree
	Logo          string // what stands in each row's and client's logo; a small picture when empty

	// Pages serves what is neither API nor token endpoint: the agent's portal. 404 when nil.
	Pages http.Handler
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
	setIfZero(&o.Addr, "127.0.0.1:0")
	setIfZero(&o.ClientID, DefaultClientID)
	setIfZero(&o.ClientSecret, DefaultClientSecret)
	setIfZero(&o.ExpiresIn, time.Hour)
	setIfZero(&o.CredentialStatus, http.StatusBadRequest)
	setIfZero(&o.FirstID, 1)
	setIfZero(&o.Answer.Status, http.StatusCreated)
	setIfZero(&o.Answer.Shape, Object)
	setIfZero(&o.TopLevelShape, "array")
	setIfZero(&o.Logo, smallLogo)
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
