package draft

// Draft is a client that does not exist in Halo yet: what a person typed or a
// template filled in.
type Draft struct {
	Connection  string `json:"connection,omitempty"`
	Name        string `json:"name"`
	Website     string `json:"website,omitempty"`
	TradingName string `json:"trading_name,omitempty"`
	Notes       string `json:"notes,omitempty"`
}

// Field names one input of a draft.
type Field string

// The fields of a draft, in the order in which a person meets them.
const (
	Connection  Field = "connection"
	Name        Field = "name"
	Website     Field = "website"
	TradingName Field = "trading_name"
	Notes       Field = "notes"
)

// Problems holds one sentence per field that cannot be accepted.
type Problems map[Field]string

// Validate returns the draft as it is to be stored, and what is wrong with it;
// Problems is nil when nothing is.
func (d Draft) Validate() (Draft, Problems) { panic("skeleton") }

// Limits in characters.
const (
	MaxName        = 250
	MaxWebsite     = 250
	MaxTradingName = 250
	MaxNotes       = 3000
)

// ParseWebsite reads what people paste as a website and returns its bare host.
// The error's text is a sentence for the person who typed it.
func ParseWebsite(s string) (host string, err error) { panic("skeleton") }

// HostKey is what two websites must share to be the same; "" when s holds no host.
// It is lenient: for what Halo has stored over the years.
func HostKey(s string) string { panic("skeleton") }

// NameKey is what two names must share to be the same: case and white space aside.
func NameKey(s string) string { panic("skeleton") }

// RegistrableDomain is the part of host that somebody registered
// (mail.initech.co.uk → initech.co.uk), or "".
func RegistrableDomain(host string) string { panic("skeleton") }

// IsFreeMail reports whether domain, or the domain that it belongs to, gives mailboxes to anybody.
func IsFreeMail(domain string) bool { panic("skeleton") }

// CompanyName guesses a company's name from its domain (acme-rockets.co.uk → Acme Rockets).
func CompanyName(domain string) string { panic("skeleton") }
