package draft

import (
	"io"
	"time"
)

// Alert is what an alert flow said of a mail whose sender Halo does not know.
type Alert struct {
	Email       string  `json:"email,omitempty"`
	SenderName  string  `json:"sender_name,omitempty"`
	Subject     string  `json:"subject,omitempty"`
	TicketID    string  `json:"ticket_id,omitempty"`
	Name        string  `json:"name,omitempty"`
	Website     string  `json:"website,omitempty"`
	TradingName string  `json:"trading_name,omitempty"`
	Notes       string  `json:"notes,omitempty"`
	Connection  string  `json:"connection,omitempty"`
	OnError     OnError `json:"on_error,omitempty"`
	// Other holds the button's other values, by their keys: for templates.
	Other map[string]string `json:"other,omitempty"`
}

// ParseAlert reads a button's value: a bare address or a JSON object. It never
// fails: what cannot be used is left out.
func ParseAlert(value string) Alert { panic("skeleton") }

// Value is the alert as a button's value, at most 2,000 characters: notes, then
// subject, are cut until it fits.
func (a Alert) Value() string { panic("skeleton") }

// ParseMail reads a mail message's sender and subject.
func ParseMail(r io.Reader) (Alert, error) { panic("skeleton") }

// Addresses finds the e-mail addresses in a Slack message's text, in order, once each.
func Addresses(text string) []string { panic("skeleton") }

// Context is what prefill templates can speak of.
type Context struct {
	Alert       Alert
	UserID      string
	UserName    string
	ChannelID   string
	ChannelName string
	Permalink   string // of the alert
	TicketURL   string
	Now         time.Time
}

// Templates fill in a draft from an alert.
type Templates struct{}

// Sources are the templates' texts; an empty one means the built-in default.
type Sources struct{ Name, Website, TradingName, Notes string }

// ParseTemplates compiles the templates. The error names every template that does not
// parse by its variable (PREFILL_NAME, …), joined.
func ParseTemplates(s Sources) (*Templates, error) { panic("skeleton") }

// Prefill fills in a draft within the modal's limits. A template that fails on these
// values leaves its field empty and adds to the errors, which are for the log.
func (t *Templates) Prefill(c Context) (Draft, []error) { panic("skeleton") }
