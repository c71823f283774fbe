package slackbot

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// The ways in which a request comes about (onboarding.Request.Via).
const (
	viaCommand  = "command"
	viaAlert    = "alert"
	viaShortcut = "shortcut"
	viaHome     = "home"
	viaStep     = "step"
	viaButton   = "button" // a person's answer to what a step or the command line left open
)

// person is whoever did something in Slack, as the payload tells it.
type person struct {
	ID   string
	Name string
	Team string // "" when the payload does not say
}

// place is a channel.
type place struct{ ID, Name string }

// origin is where a request came from and where its answers go. It travels in the modal's
// private_metadata and is kept with the request as its Reply; it holds no secret but the
// response_url, which is good for 30 minutes.
type origin struct {
	Key         string        `json:"k,omitempty"`
	Via         string        `json:"v,omitempty"`
	User        string        `json:"u,omitempty"`
	Channel     string        `json:"c,omitempty"`
	ChannelName string        `json:"n,omitempty"`
	Thread      string        `json:"t,omitempty"` // ts of the message that answers go under
	Message     string        `json:"s,omitempty"` // ts of the message that it is about
	Alert       string        `json:"a,omitempty"` // key of the alert to settle
	URL         string        `json:"r,omitempty"` // response_url
	URLAt       time.Time     `json:"w,omitzero"`
	Email       string        `json:"e,omitempty"` // of the alert's sender
	Ticket      string        `json:"i,omitempty"`
	OnError     draft.OnError `json:"o,omitempty"`
	Connection  string        `json:"h,omitempty"` // the alert's own, where its ticket is
	View        string        `json:"m,omitempty"` // the modal to update; only in a Reply
	Step        string        `json:"x,omitempty"` // workflow step's execution id; only in a Reply
}

// maxMetadata is Slack's limit for private_metadata, in characters.
const maxMetadata = 3000

// metadata is o as a modal's private_metadata. What cannot fit is left out, the least needed
// first: the request itself never depends on it.
func (o origin) metadata() string {
	o.View, o.Step = "", ""
	for _, drop := range []func(){
		func() {},
		func() {
			o.Email, o.Ticket, o.ChannelName = text.Cut(o.Email, 254), text.Cut(o.Ticket, 100), text.Cut(o.ChannelName, 80)
		},
		func() { o.URL = "" },
		func() { o.Email, o.Ticket = "", "" },
	} {
		drop()
		if s := o.json(); len(s) <= maxMetadata {
			return s
		}
	}
	return origin{Key: o.Key, Via: o.Via}.json()
}

func (o origin) json() string {
	s, err := json.Marshal(o)
	if err != nil {
		panic(err) // strings and times only
	}
	return string(s)
}

// readOrigin reads a private_metadata or a Reply; false when it is none.
func readOrigin[T string | json.RawMessage](s T) (origin, bool) {
	var o origin
	if len(s) == 0 || decode([]byte(s), &o) != nil {
		return origin{}, false
	}
	return o, o.Key != ""
}

// formOrigin reads a form's private_metadata; false when it is none of a form that the bot opened
// for a person. A workflow step or the command line has no form, and whoever submits one is
// checked.
func formOrigin(metadata string) (origin, bool) {
	o, ok := readOrigin(metadata)
	o.Step = ""
	return o, ok && slices.Contains([]string{viaCommand, viaAlert, viaShortcut, viaHome, viaButton}, o.Via)
}

// ticketKey tells the tickets of several Halos apart: each counts its own.
func (o origin) ticketKey() string {
	if o.Ticket == "" || o.Connection == "" {
		return o.Ticket
	}
	return o.Connection + "/" + o.Ticket
}

// asksChannel reports whether it happened in no channel, so that the form must ask for one.
func (o origin) asksChannel() bool {
	return o.Via == viaHome || o.Via == viaShortcut && o.Message == ""
}

// fresh reports whether the response_url still answers: it does for 30 minutes.
func (o origin) fresh() bool { return o.URL != "" && time.Since(o.URLAt) < 29*time.Minute }

// newKey is a key for a request without an alert.
func newKey() string { return strings.ToLower(rand.Text()) }

// messageKey is the key of a request about a message: everybody who works on that message
// shares it.
func messageKey(team, channel, ts string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return -1
	}, team+"-"+channel+"-"+ts)
}

// The words that mark a request that follows another one.
const (
	wordAnyway = "anyway"
	wordLook   = "look"
	wordAgain  = "again"
)

// follow is the key of the request that a person asks for with word after the one with key. It
// is the same however often, and by however many people, the same button is pressed.
func follow(key, word string) string {
	if word == wordAgain {
		// Creating again follows the last creation, not the looks in between.
		key, _ = unfollow(key, wordLook)
	}
	base, n := unfollow(key, word)
	if n == 0 {
		return key + "-" + word
	}
	return fmt.Sprintf("%s-%s%d", base, word, n+1)
}

// unfollow splits "…-word" and "…-word7" into what was followed, and how often; 0 when key does
// not follow anything with word.
func unfollow(key, word string) (string, int) {
	i := strings.LastIndex(key, "-"+word)
	if i < 0 {
		return key, 0
	}
	rest := key[i+1+len(word):]
	if rest == "" {
		return key[:i], 1
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 2 {
		return key, 0
	}
	return key[:i], n
}

// followed is the key of the request that the one with key follows; "" when it follows none.
func followed(key string) string {
	for _, word := range []string{wordAnyway, wordLook, wordAgain} {
		switch base, n := unfollow(key, word); n {
		case 0:
		case 1:
			return base
		case 2:
			return base + "-" + word
		default:
			return fmt.Sprintf("%s-%s%d", base, word, n-1)
		}
	}
	return ""
}

// request is what o and d ask for.
func (b *Bot) request(o origin, d draft.Draft, who person) onboarding.Request {
	if d.Connection == "" {
		d.Connection = b.connections()[0]
	}
	o.User = who.ID
	return onboarding.Request{
		Key:      o.Key,
		Draft:    d,
		By:       onboarding.Person{ID: who.ID, Name: who.Name},
		Via:      o.Via,
		Place:    onboarding.Place{ID: o.Channel, Name: o.ChannelName, Link: b.link(o)},
		OnError:  o.OnError,
		IfExists: onboarding.Ask,
		Reply:    json.RawMessage(o.json()),
		At:       time.Now(),
	}
}

// link is the address of what o is about: the message, else the channel. It is made up from
// the workspace's own address, without a call.
func (b *Bot) link(o origin) string {
	base := b.me().URL
	if base == "" || o.Channel == "" {
		return ""
	}
	link := strings.TrimSuffix(base, "/") + "/archives/" + o.Channel
	if o.Message == "" {
		return link
	}
	link += "/p" + strings.ReplaceAll(o.Message, ".", "")
	if o.Thread != "" && o.Thread != o.Message {
		link += "?thread_ts=" + o.Thread + "&cid=" + o.Channel
	}
	return link
}
