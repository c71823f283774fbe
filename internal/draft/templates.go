package draft

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mailgun/raymond/v2"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

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

// Templates fill in a draft from an alert. They are Handlebars templates without HTML
// escaping: {{x}} and {{{x}}} are the same. They may be used from several goroutines.
//
// The variables are sender.email, sender.name, sender.domain (of the address, IDN in
// punycode), subject, ticket.id, ticket.url, user.id, user.name, channel.id, channel.name,
// alert.permalink, now, and each value of the alert by its own key (email, sender_name, …,
// and whatever else the button's value holds, unless its key is one of these). What is not
// known is empty.
//
// The helpers, besides Handlebars' own:
//
//	company x      a company's name from its domain or an address; empty for free mail
//	domain x       the registrable domain of a host or an address; empty for free mail
//	host x         the bare host of a website; empty when x is none
//	title x        each word with a capital
//	lower x        all in small letters
//	default x y …  the first that is not empty
type Templates struct{ name, website, tradingName, notes *raymond.Template }

// Sources are the templates' texts; an empty one means the built-in default.
type Sources struct{ Name, Website, TradingName, Notes string }

// defaults say what a technician would type. A website that the alert names goes before
// the sender's domain; a sender with free mail has no company that could be guessed.
var defaults = Sources{
	Name:        `{{default name (company (host website)) (company sender.domain)}}`,
	Website:     `{{default (host website) (domain sender.domain)}}`,
	TradingName: `{{trading_name}}`,
	Notes: `{{#if email}}
Sender: {{#if sender_name}}{{sender_name}} <{{email}}>{{else}}{{email}}{{/if}}
{{else}}
{{#if sender_name}}
Sender: {{sender_name}}
{{/if}}
{{/if}}
{{#if subject}}
Subject: {{subject}}
{{/if}}
{{#if ticket_id}}
Ticket: {{ticket_id}} {{ticket.url}}
{{/if}}
{{#if alert.permalink}}
Alert: {{alert.permalink}}
{{/if}}
{{#if notes}}

{{notes}}
{{/if}}`,
}

// ParseTemplates compiles the templates. The error names every template that does not
// parse by its variable (PREFILL_NAME, …), joined.
func ParseTemplates(s Sources) (*Templates, error) {
	var t Templates
	var errs []error
	for _, template := range []struct {
		variable, source, fallback string
		into                       **raymond.Template
	}{
		{"PREFILL_NAME", s.Name, defaults.Name, &t.name},
		{"PREFILL_WEBSITE", s.Website, defaults.Website, &t.website},
		{"PREFILL_TRADING_NAME", s.TradingName, defaults.TradingName, &t.tradingName},
		{"PREFILL_NOTES", s.Notes, defaults.Notes, &t.notes},
	} {
		source := template.source
		if source == "" {
			source = template.fallback
		}
		parsed, err := parseTemplate(source)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", template.variable, err))
		}
		*template.into = parsed
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &t, nil
}

func parseTemplate(source string) (t *raymond.Template, err error) {
	defer recovered(&err)
	t, err = raymond.Parse(source)
	if err != nil {
		return nil, onOneLine(err)
	}
	t.RegisterHelpers(helpers)
	return t, nil
}

// Prefill fills in a draft within the modal's limits. A template that fails on these
// values leaves its field empty and adds to the errors, which are for the log. A website
// that cannot be one is left empty.
func (t *Templates) Prefill(c Context) (Draft, []error) {
	c.Alert = c.Alert.tidy()
	values := c.values()
	var errs []error
	render := func(variable string, template *raymond.Template) string {
		out, err := exec(template, values)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", variable, err))
			return ""
		}
		return out
	}
	d := Draft{
		Connection:  c.Alert.Connection,
		Name:        cut(oneLine(render("PREFILL_NAME", t.name)), MaxName),
		TradingName: cut(oneLine(render("PREFILL_TRADING_NAME", t.tradingName)), MaxTradingName),
		Notes:       cut(lines(render("PREFILL_NOTES", t.notes)), MaxNotes),
	}
	d.Website, _ = ParseWebsite(render("PREFILL_WEBSITE", t.website))
	return d, errs
}

func exec(t *raymond.Template, values map[string]any) (out string, err error) {
	defer recovered(&err)
	out, err = t.Exec(values)
	if err != nil {
		return "", onOneLine(err)
	}
	return out, nil
}

// recovered turns a panic into an error: raymond lets out those of package runtime, and
// some of its own.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = onOneLine(fmt.Errorf("template: %v", r))
	}
}

// onOneLine is err as a line of a log; raymond's go over several.
func onOneLine(err error) error { return errors.New(oneLine(err.Error())) }

// values is the context as raymond reads it. Every text is a SafeString, which is raymond's
// word for text that must come out as it is.
func (c Context) values() map[string]any {
	values := make(map[string]any)
	for key, value := range c.Alert.Other {
		values[key] = raymond.SafeString(value)
	}
	for _, t := range c.Alert.texts() {
		values[t.key] = raymond.SafeString(*t.value)
	}
	values["on_error"] = raymond.SafeString(c.Alert.OnError)
	values["sender"] = group("email", c.Alert.Email, "name", c.Alert.SenderName, "domain", c.Alert.Domain())
	values["ticket"] = group("id", c.Alert.TicketID, "url", c.TicketURL)
	values["user"] = group("id", c.UserID, "name", c.UserName)
	values["channel"] = group("id", c.ChannelID, "name", c.ChannelName)
	values["alert"] = group("permalink", c.Permalink)
	now := ""
	if !c.Now.IsZero() {
		now = c.Now.Format("2006-01-02 15:04 MST")
	}
	values["now"] = raymond.SafeString(now)
	return values
}

func group(pairs ...string) map[string]any {
	g := make(map[string]any)
	for i := 0; i < len(pairs); i += 2 {
		g[pairs[i]] = raymond.SafeString(pairs[i+1])
	}
	return g
}

// helpers are registered with each template, never for all of raymond. lookup replaces
// raymond's own, whose result would be escaped.
var helpers = map[string]any{
	"company": onText(CompanyName),
	"domain": onText(func(s string) string {
		if domain := RegistrableDomain(s); !IsFreeMail(domain) {
			return domain
		}
		return ""
	}),
	"host": onText(func(s string) string {
		host, _ := ParseWebsite(s)
		return host
	}),
	"title": onText(func(s string) string { return cases.Title(language.Und).String(s) }),
	"lower": onText(strings.ToLower),
	"default": func(values ...any) raymond.SafeString {
		for _, value := range values {
			if s := strings.TrimSpace(raymond.Str(value)); s != "" {
				return raymond.SafeString(s)
			}
		}
		return ""
	},
	"lookup": func(object any, key string, options *raymond.Options) raymond.SafeString {
		return raymond.SafeString(raymond.Str(options.Eval(object, key)))
	},
}

// onText makes a helper of f. Its parameter is a string, which raymond turns any value
// into; for one of type any it would take the lack of a value for its own options.
func onText(f func(string) string) func(string) raymond.SafeString {
	return func(s string) raymond.SafeString { return raymond.SafeString(f(s)) }
}
