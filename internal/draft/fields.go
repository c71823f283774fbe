package draft

import (
	"strings"

	"halobot/internal/text"
)

// Field names one input of a draft: as a form's block, an alert's key, a step's input and, with
// hyphens, a flag.
type Field string

// The fields of a draft. Connection says where the client goes; the others are in [Fields].
const (
	Connection  Field = "connection"
	Name        Field = "name"
	Website     Field = "website"
	TradingName Field = "trading_name"
	Notes       Field = "notes"
)

// Limits in characters. Halo's database holds 250 for a website and far more for the
// names; 250 keeps them readable.
const (
	MaxName        = 250
	MaxWebsite     = 250
	MaxTradingName = 250
	MaxNotes       = 3000
)

// Input is all that there is to say about a field that people fill in.
type Input struct {
	Field
	Halo        string                       // its key in Halo's client
	Variable    string                       // holds a template of one's own
	Template    string                       // fills it in from an alert without one
	Label       string                       // in the form and in messages
	Placeholder string                       // in the form
	Hint        string                       // below it in the form
	Max         int                          // characters
	Required    string                       // the sentence where it is empty; "": it may be
	Multiline   bool                         // its line breaks are kept
	Of          func(*Draft) *string         // where a draft has it
	said        func(*Alert) *string         // where an alert has it
	Typed       func(string) string          // as it stands in the form; nil: as it is
	Shown       func(string) string          // as people are shown it; nil: as it is
	Key         func(string) string          // what a value and what Halo kept of it have in common; nil: Halo may change it
	has         string                       // begins the sentence on its length
	tidy        func(string) string          // applied to what was typed, first
	check       func(string) (string, error) // gives what is stored, or a sentence; nil: as it is
}

// Fields are a client's fields, in the order in which a person meets them: the one list that
// rules, templates, forms, messages, Halo's record and the commands go by.
var Fields = []Input{
	{
		Field: Name, Halo: "name", Variable: "PREFILL_NAME", Label: "Client name", Placeholder: "Acme Ltd", Max: MaxName, Required: "Type the client's name.",
		Of:   func(d *Draft) *string { return &d.Name },
		said: func(a *Alert) *string { return &a.Name },
		Template: `{{#name}}{{name}}{{/name}}{{^name}}` +
			`{{#company}}{{#website}}{{website}}{{/website}}{{^website}}{{sender.domain}}{{/website}}{{/company}}{{/name}}`,
		has: "The name has", tidy: text.Line,
	},
	{
		// A website that the alert names goes before the sender's domain; a sender with free mail has
		// no company that could be guessed.
		Field: Website, Halo: "website", Variable: "PREFILL_WEBSITE", Label: "Website", Placeholder: "acme.com", Max: MaxWebsite,
		Hint:     "Strongly advised: later mails are matched to the client by it. acme.com is enough.",
		Of:       func(d *Draft) *string { return &d.Website },
		said:     func(a *Alert) *string { return &a.Website },
		Template: `{{#website}}{{website}}{{/website}}{{^website}}{{#domain}}{{sender.domain}}{{/domain}}{{/website}}`,
		Typed:    TypedHost, Shown: ShownHost, Key: HostKey, tidy: text.Line, check: ParseWebsite,
	},
	{
		Field: TradingName, Halo: "trading_name", Variable: "PREFILL_TRADING_NAME", Label: "Trading name", Placeholder: "Acme", Max: MaxTradingName,
		Hint:     "Only where it trades under another name.",
		Of:       func(d *Draft) *string { return &d.TradingName },
		said:     func(a *Alert) *string { return &a.TradingName },
		Template: `{{trading_name}}`,
		Key:      text.Key, has: "The trading name has", tidy: text.Line,
	},
	{
		Field: Notes, Halo: "notes", Variable: "PREFILL_NOTES", Label: "Notes", Placeholder: "Anything the next technician should know", Max: MaxNotes,
		Multiline: true,
		Of:        func(d *Draft) *string { return &d.Notes },
		said:      func(a *Alert) *string { return &a.Notes },
		Template: `{{#email}}
Sender: {{#sender_name}}{{sender_name}} <{{email}}>{{/sender_name}}{{^sender_name}}{{email}}{{/sender_name}}
{{/email}}
{{^email}}
{{#sender_name}}
Sender: {{sender_name}}
{{/sender_name}}
{{/email}}
{{#subject}}
Subject: {{subject}}
{{/subject}}
{{#ticket_id}}
Ticket: {{ticket_id}} {{ticket.url}}
{{/ticket_id}}
{{#alert.permalink}}
Alert: {{alert.permalink}}
{{/alert.permalink}}
{{#notes}}

{{notes}}
{{/notes}}`,
		has: "The notes have", tidy: storable,
	},
}

// storable is s without what no database holds: U+0000, and bytes that are not UTF-8.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// Label is what people know a field as.
func Label(f Field) string {
	for _, in := range Fields {
		if in.Field == f {
			return in.Label
		}
	}
	return "Halo connection"
}

// Flag is the field as an option of a command.
func (in Input) Flag() string { return "--" + strings.ReplaceAll(string(in.Field), "_", "-") }

// filled is the field's value as a template gives it: within its limit, and empty where it
// cannot be stored.
func (in Input) filled(s string) string {
	if in.Multiline {
		return text.Cut(strings.TrimSpace(text.Lines(s)), in.Max)
	}
	s = in.tidy(s)
	if in.check != nil {
		s, _ = in.check(s)
	}
	return text.Cut(s, in.Max)
}
