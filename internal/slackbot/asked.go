package slackbot

import (
	"encoding/json"
	"slices"
	"time"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// wayBack is what it takes to answer a request, beyond what the request itself says. It is kept as
// the request's Reply, and holds no secret but the response_url, which is good for 30 minutes.
type wayBack struct {
	Thread     string    `json:"t,omitempty"` // ts of the message that answers go under
	Message    string    `json:"s,omitempty"` // ts of the message that it is about
	Alert      string    `json:"a,omitempty"` // key of the alert to mark
	URL        string    `json:"r,omitempty"` // response_url
	URLAt      time.Time `json:"w,omitzero"`
	Email      string    `json:"e,omitempty"` // of the alert's sender
	Ticket     string    `json:"i,omitempty"`
	Connection string    `json:"h,omitempty"` // the alert's own, where its ticket is
	Sender     string    `json:"q,omitempty"` // the sender's name, as the alert has it
	// Verdict is the mail's, and Sure that a person wants a client for a forged one all the same.
	Verdict   draft.Verdict `json:"f,omitempty"`
	Sure      bool          `json:"y,omitempty"`
	View      string        `json:"m,omitempty"` // the modal to update; only in a Reply
	Step      string        `json:"x,omitempty"` // workflow step's execution id; only in a Reply
	Workspace string        `json:"g,omitempty"` // in which it was asked for
	Beside    []beside      `json:"b,omitempty"` // the clients that another one is wanted beside; only in a Reply
}

// beside is a client that was there already.
type beside struct {
	ID   int    `json:"i"`
	Name string `json:"n"`
}

// readWayBack reads a Reply; false when it is none of this package's: the command line's requests
// have none.
func readWayBack(reply json.RawMessage) (wayBack, bool) {
	var b wayBack
	return b, len(reply) > 0 && decode(reply, &b) == nil
}

func (b wayBack) reply() json.RawMessage { return mustJSON(b) }

// clicked is b with the response_url of a click just made, if it brought one.
func (b wayBack) clicked(url string) wayBack {
	if url != "" {
		b.URL, b.URLAt = url, time.Now().UTC().Truncate(time.Second)
	}
	return b
}

// ticketKey tells the tickets of several Halos apart: each counts its own.
func (b wayBack) ticketKey() string {
	if b.Ticket == "" || b.Connection == "" {
		return b.Ticket
	}
	return b.Connection + "/" + b.Ticket
}

// asked is what is known of a request before anything is typed: how and where it is made. It
// travels in a form's private_metadata.
type asked struct {
	Key         string         `json:"k,omitempty"`
	Via         onboarding.Via `json:"v,omitempty"`
	Channel     string         `json:"c,omitempty"`
	ChannelName string         `json:"n,omitempty"`
	OnError     draft.OnError  `json:"o,omitempty"`
	// Use is a client that Halo has, which was chosen in the form, with its name, website and connection.
	Use     int    `json:"u,omitempty"`
	UseName string `json:"d,omitempty"`
	UseSite string `json:"p,omitempty"`
	UseIn   string `json:"l,omitempty"`
	UseAt   string `json:"j,omitempty"` // its Halo's address
	wayBack
}

// askedAgain is what was known of r before its words; false for a request without a way back.
func askedAgain(r onboarding.Request) (asked, bool) {
	back, ok := readWayBack(r.Reply)
	back.View, back.Beside = "", nil
	return asked{Key: r.Key, Via: r.Via, Channel: r.Place.ID, ChannelName: r.Place.Name, OnError: r.OnError, wayBack: back}, ok
}

// maxMetadata is Slack's limit for private_metadata, in characters.
const maxMetadata = 3000

// metadata is a as a modal's private_metadata. What cannot fit is left out, the least needed
// first: the request itself never depends on it.
func (a asked) metadata() string {
	a.View, a.Step, a.Beside = "", "", nil
	for _, drop := range []func(){
		func() {},
		func() {
			a.Email, a.Ticket, a.ChannelName = text.Cut(a.Email, 254), text.Cut(a.Ticket, 100), text.Cut(a.ChannelName, 80)
			a.Sender = text.Cut(a.Sender, 100)
		},
		func() { a.URL = "" },
		func() { a.Email, a.Ticket, a.Sender = "", "", "" },
	} {
		drop()
		if s := mustJSON(a); len(s) <= maxMetadata {
			return string(s)
		}
	}
	return string(mustJSON(asked{Key: a.Key, Via: a.Via, Use: a.Use, UseIn: a.UseIn, UseAt: a.UseAt, wayBack: wayBack{Workspace: a.Workspace, Verdict: a.Verdict, Sure: a.Sure}}))
}

// readAsked reads a form's private_metadata; false when it is none of a form that the bot opened
// for a person. A workflow step or the command line has no form, and whoever submits one is
// checked.
func readAsked(metadata string) (asked, bool) {
	var a asked
	err := decode([]byte(metadata), &a)
	a.Step = ""
	return a, err == nil && a.Key != "" && slices.Contains([]onboarding.Via{onboarding.ViaCommand, onboarding.ViaAlert, onboarding.ViaShortcut, onboarding.ViaHome, onboarding.ViaButton}, a.Via)
}

// asksChannel reports whether it happened in no channel, so that the form must ask for one.
func (a asked) asksChannel() bool {
	return a.Via == onboarding.ViaHome || a.Via == onboarding.ViaShortcut && a.Message == ""
}

// mustJSON writes what is made of strings, times and numbers only.
func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}
