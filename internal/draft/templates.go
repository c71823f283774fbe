package draft

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Context is what templates can speak of. The variables are sender.email, sender.name,
// sender.domain (of the address, IDN in punycode), subject, ticket.id, ticket.url, user.id,
// user.name, channel.id, channel.name, alert.permalink, now, and each value of the alert by
// its own key (email, sender_name, …, and whatever else the button's value holds, unless its
// key is one of these or a section's). What is not known is empty.
type Context struct {
	Alert       Alert
	UserID      string
	UserName    string
	ChannelID   string
	ChannelName string
	Permalink   string // of the alert
	TicketURL   string
	Now         time.Time
	// Rules name the MSP's own domains: a sender at one of them is left out, since the MSP
	// is no client of its own.
	Rules Rules
}

// Of is c with a client's own values as they were typed, in place of what the alert says of it.
func (c Context) Of(d Draft) Context {
	c.Alert.Name, c.Alert.Website, c.Alert.TradingName, c.Alert.Notes = d.Name, d.Website, d.TradingName, d.Notes
	c.Alert.Connection = d.Connection
	return c
}

// tidy is c without what no template may see.
func (c Context) tidy() Context {
	c.Alert = c.Alert.tidy()
	if c.Rules.Own(c.Alert.Email) {
		c.Alert.Email, c.Alert.SenderName = "", ""
	}
	if c.Rules.Own(HostKey(c.Alert.Website)) {
		c.Alert.Website = ""
	}
	return c
}

// Templates fill in a draft from an alert. They may be used from several goroutines.
type Templates struct{ parsed []*Template } // as Fields has them

// Sources are the templates' texts, each in its field's place; an empty one means the built-in
// default.
type Sources Draft

// ParseTemplates reads the templates. The error has a line for every template that cannot be
// used, which begins with its variable (PREFILL_NAME, …) and a colon.
func ParseTemplates(s Sources) (*Templates, error) {
	var t Templates
	var errs []error
	for _, in := range Fields {
		parsed, err := ParseTemplate(cmp.Or(*in.Of((*Draft)(&s)), in.Template))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", in.Variable, err))
		}
		t.parsed = append(t.parsed, parsed)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &t, nil
}

// Prefill fills in a draft within the modal's limits. A template that fails on these
// values leaves its field empty and adds to the errors, which are for the log. A website
// that cannot be one is left empty.
func (t *Templates) Prefill(c Context) (Draft, []error) {
	c = c.tidy()
	values := c.values()
	var errs []error
	d := Draft{Connection: c.Alert.Connection}
	for i, in := range Fields {
		out, err := t.parsed[i].render(values)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", in.Variable, err))
		}
		*in.Of(&d) = in.filled(out)
	}
	return d, errs
}

// parts are values by their names; written as a value of its own it is nothing.
type parts map[string]any

func (parts) String() string { return "" }

// values is the context by the names of its variables. What the bot knows wins over a flow's
// own key of the same name.
func (c Context) values() parts {
	values := make(parts)
	for _, key := range slices.Sorted(maps.Keys(c.Alert.Other)) {
		values.set(key, c.Alert.Other[key])
	}
	for _, t := range c.Alert.texts() {
		values[t.key] = *t.value
	}
	if _, err := ParseWebsite(c.Alert.Website); err != nil {
		values["website"] = "" // so that a template can fall back on the sender's domain
	}
	values["on_error"] = string(c.Alert.OnError)
	values["verified"] = string(c.Alert.Verified)
	values["sender"] = group("email", c.Alert.Email, "name", c.Alert.SenderName, "domain", c.Alert.Domain())
	values["ticket"] = group("id", c.Alert.TicketID, "url", c.TicketURL)
	values["user"] = group("id", c.UserID, "name", c.UserName)
	values["channel"] = group("id", c.ChannelID, "name", c.ChannelName)
	values["alert"] = group("permalink", c.Permalink)
	values["now"] = ""
	if !c.Now.IsZero() {
		values["now"] = c.Now.Format("2006-01-02 15:04 MST")
	}
	for name, change := range sections {
		values[name] = lambda(change)
	}
	return values
}

// set stores a flow's own value. Mustache takes a dot in a name for a part of a value; a
// value that stands there itself wins.
func (p parts) set(key, value string) {
	head, rest, dotted := strings.Cut(key, ".")
	if !dotted {
		p[key] = value
		return
	}
	if p[head] == nil {
		p[head] = make(parts)
	}
	if inner, ok := p[head].(parts); ok {
		inner.set(rest, value)
	}
}

// group is nil, which is an empty section, when nothing of it is known.
func group(pairs ...string) parts {
	var g parts
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if g == nil {
			g = make(parts)
		}
		g[pairs[i]] = pairs[i+1]
	}
	return g
}
