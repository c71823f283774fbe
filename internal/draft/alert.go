package draft

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"halobot/internal/text"
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
	Verified    Verdict `json:"verified,omitempty"`
	// Other holds the button's other values, by their keys: for templates.
	Other map[string]string `json:"other,omitempty"`
}

// maxValue is what Slack takes as a button's value
// (docs.slack.dev/reference/block-kit/block-elements/button-element).
const maxValue = 2000

// Limits of what only an alert has, in characters.
const (
	maxSenderName = 250
	maxSubject    = 300
	maxTicketID   = 64
	maxConnection = 100
	maxOther      = 50 // values
	maxOtherKey   = 64
	maxOtherValue = 1000
)

// freeText is one of an alert's values that are free text.
type freeText struct {
	key   string
	value *string
	max   int
}

// texts lists an alert's free texts by their keys in a button's value.
func (a *Alert) texts() []freeText {
	all := []freeText{
		{"email", &a.Email, maxAddress},
		{"sender_name", &a.SenderName, maxSenderName},
		{"subject", &a.Subject, maxSubject},
		{"ticket_id", &a.TicketID, maxTicketID},
		{"connection", &a.Connection, maxConnection},
	}
	for _, in := range Fields {
		all = append(all, freeText{string(in.Field), in.said(a), in.Max})
	}
	return all
}

// scalar is a JSON value as text: true for strings, numbers and booleans.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return strings.TrimSuffix(v.String(), ".0"), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// tidy returns the alert with every value within its limits, and without those that
// cannot be used. What it returns is tidy already.
func (a Alert) tidy() Alert {
	name, address := parseSender(a.Email)
	a.Email = address
	if strings.TrimSpace(a.SenderName) == "" {
		a.SenderName = name
	}
	for _, t := range a.texts() {
		if t.key == "notes" {
			*t.value = tidyNotes(*t.value, t.max)
		} else if t.key != "email" {
			*t.value = tidyText(*t.value, t.max)
		}
	}
	a.TicketID = ticketNumber(a.TicketID)
	a.OnError, _ = ParseOnError(string(a.OnError))
	a.Verified = parseVerdict(string(a.Verified))

	other := make(map[string]string)
	for _, key := range slices.Sorted(maps.Keys(a.Other)) {
		k, v := tidyText(key, maxOtherKey), tidyText(a.Other[key], maxOtherValue)
		if k != "" && v != "" && len(other) < maxOther {
			other[k] = v
		}
	}
	a.Other = other
	if len(other) == 0 {
		a.Other = nil
	}
	return a
}

// How flows write a ticket's number: [ID:0000881], IN-0009499, the ticket's address, and what
// no ticket has.
var (
	taggedTicket = regexp.MustCompile(`^\[?\s*\pL{1,10}\s*[:#-][:#\s]*0*([1-9]\d{0,11})\s*\]?$`)
	linkedTicket = regexp.MustCompile(`^https?://[^\s#]*[?&]id=0*([1-9]\d{0,11})(?:[&#]|$)`)
	noTicket     = regexp.MustCompile(`^(?:0*|-\d.*)$`)
)

// ticketNumber is the number in s; what has none that is known stays as it is.
func ticketNumber(s string) string {
	s = strings.TrimLeft(s, "# ")
	for _, form := range []*regexp.Regexp{taggedTicket, linkedTicket} {
		if m := form.FindStringSubmatch(s); m != nil {
			return m[1]
		}
	}
	if noTicket.MatchString(s) {
		return ""
	}
	return s
}

// tidyText is repeated until nothing changes: what an entity or an encoded word held may
// hold another.
func tidyText(s string, max int) string {
	for {
		t := text.Cut(text.Line(unescape(decodeWords(s))), max)
		if t == s {
			return s
		}
		s = t
	}
}

func tidyNotes(s string, max int) string {
	for {
		t := text.Cut(strings.TrimSpace(text.Lines(unescape(s))), max)
		if t == s {
			return s
		}
		s = t
	}
}

// Under is the alert with what over says in place of its own values, as the button's value has it:
// what is posted and what is clicked are one.
func (a Alert) Under(over Alert) Alert {
	theirs := over.texts()
	for i, t := range a.texts() {
		*t.value = cmp.Or(*theirs[i].value, *t.value)
	}
	a.OnError = cmp.Or(over.OnError, a.OnError)
	return ParseAlert(a.Value())
}

// Empty reports whether the alert says nothing at all.
func (a Alert) Empty() bool { return a.Value() == "{}" }

// Domain is the domain of the sender's address in lower-case ASCII (IDN in punycode);
// "" without an address.
func (a Alert) Domain() string { return domainOf(a.Email) }

// Value is the alert as a button's value, at most 2,000 characters: notes, then
// subject, are cut until it fits, and only then Other and the longer names. [ParseAlert] gives the
// same alert back.
func (a Alert) Value() string {
	a = a.tidy()
	value := a.json()
	shorten := func(s *string, excess int) { *s = text.Cut(*s, max(0, utf8.RuneCountInString(*s)-excess)) }
	// What is not in this list has fewer than 2,000 characters, even with each escaped.
	for _, drop := range []func(excess int){
		func(excess int) { shorten(&a.Notes, excess) },
		func(excess int) { shorten(&a.Subject, excess) },
		func(int) { a.Other = nil },
		func(excess int) { shorten(&a.TradingName, excess) },
		func(excess int) { shorten(&a.SenderName, excess) },
		func(excess int) { shorten(&a.Website, excess) },
	} {
		excess := utf8.RuneCountInString(value) - maxValue
		if excess <= 0 {
			break
		}
		drop(excess)
		value = a.json()
	}
	return value
}

func (a Alert) json() string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		panic(err) // strings alone: it cannot be
	}
	return strings.TrimSuffix(b.String(), "\n")
}
