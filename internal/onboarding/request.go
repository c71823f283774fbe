package onboarding

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Person is somebody who asked for a client.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Place is where somebody asked, and where the answer goes.
type Place struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Link string `json:"link,omitempty"` // to the alert, else to the channel
}

// IfExists is what to do when Halo already has such a client.
type IfExists string

// The answers to "it exists". The empty word means Ask.
const (
	Ask           IfExists = "ask" // a person chooses
	UseExisting   IfExists = "use" // when exactly one matches; else as Ask
	CreateAnother IfExists = "create"
	Fail          IfExists = "fail"
)

// Via is the way in which a request comes about.
type Via string

// The ways. Requests from the command line have a queue of their own, which a command can work on
// without taking what belongs to Slack.
const (
	ViaCommand  Via = "command"
	ViaAlert    Via = "alert"
	ViaShortcut Via = "shortcut"
	ViaHome     Via = "home"
	ViaButton   Via = "button" // a person's answer to what a workflow or the command line left open
	ViaStep     Via = "step"
	ViaShell    Via = "shell"
)

var vias = []Via{ViaCommand, ViaAlert, ViaShortcut, ViaHome, ViaButton, ViaStep, ViaShell}

// Unattended reports whether no person in Slack asked, but a workflow or a script.
func (v Via) Unattended() bool { return v == ViaStep || v == ViaShell }

// Request is one wish for one client. At most one client is ever made for a key.
type Request struct {
	Key      string        `json:"key" river:"unique"`
	Draft    draft.Draft   `json:"draft"` // valid, and its Connection named
	By       Person        `json:"by"`
	Via      Via           `json:"via"`
	Place    Place         `json:"place"`
	OnError  draft.OnError `json:"on_error,omitempty"`
	IfExists IfExists      `json:"if_exists,omitempty"`
	// Seen are clients that the requester was shown and wants another one beside.
	Seen []int `json:"seen,omitempty"`
	// Use is the id of an existing client that was chosen: nothing is created then.
	Use int `json:"use,omitempty"`
	// UseAt is the address of the Halo that has it; "" where that is not known.
	UseAt string `json:"use_at,omitempty"`
	// UseWas is that client as whoever chose it was shown it; zero where that is not known.
	UseWas halo.Client `json:"use_was,omitzero"`
	// Prior are the references of earlier requests whose outcome was never learned: a client
	// that carries one of them is this request's.
	Prior []string `json:"prior,omitempty"`
	// LookOnly looks for the client of Prior and never creates.
	LookOnly bool `json:"look_only,omitempty"`
	// Once says that the key is taken for good, however an earlier request with it ended: who
	// asked has had the one answer that they can be given.
	Once bool `json:"once,omitempty"`
	// Fields are what the connection's clients get besides the draft's own fields, by their keys in
	// Halo: filled in when the request is made, so that it sends the same whenever it does.
	Fields map[string]any `json:"fields,omitempty"`
	// Then is what is to be filed once there is a client; nil for nothing.
	Then *Filing `json:"then,omitempty"`
	// File makes this the request for one filing of a client that is there: no client is created.
	File *File `json:"file,omitempty"`
	// Alert is the key of the alert that the request is about, whatever its own key; "" without one,
	// and in requests of earlier versions.
	Alert string `json:"alert,omitempty"`
	// Answer makes this a person's answer to that alert: no client is created.
	Answer *AlertAnswer `json:"answer,omitempty"`
	// Press tells one press of a form's button from the next; "" for what has none. What comes again
	// of the same press, late, is answered with what that came to.
	Press string `json:"press,omitempty"`
	// Reply is how the announcer finds its way back; opaque here.
	Reply json.RawMessage `json:"reply,omitempty"`
	At    time.Time       `json:"at"`

	// Set by Submit.

	// Round numbers the requests with this key. One that ended without a client frees the key for
	// the next.
	Round int    `json:"round" river:"unique"`
	Host  string `json:"host,omitempty"`
	Title string `json:"title,omitempty"`
	// After are the jobs that were in hand for the same company when this one was stored, and
	// those that had created its client lately. They have lower ids, so waiting never goes in a
	// circle.
	After []int64 `json:"after,omitempty"`
}

// Reference is the key as Halo and the outside see it: the connection's name and the key.
func (r Request) Reference() string { return r.Draft.Connection + "/" + r.Key }

// Asked says who asked, where, and links the place unless the notes do: for their last line.
func (r Request) Asked() string {
	who := cmp.Or(r.By.Name, r.By.ID)
	if r.Place.Name != "" {
		who += " in #" + r.Place.Name
	}
	if r.Place.Link != "" && !strings.Contains(r.Draft.Notes, r.Place.Link) {
		who += ", " + r.Place.Link
	}
	return who
}

// creates reports whether the request may create a client.
func (r Request) creates() bool { return r.Use == 0 && !r.LookOnly && r.File == nil && r.Answer == nil }

// The queues. River's own default serves what came through Slack.
const (
	queueSlack = river.QueueDefault
	queueShell = "shell"
)

// Kind names the job; part of what is stored.
func (Request) Kind() string { return "create_client" }

// The kinds of job that are asked for together.
var (
	requests = []string{Request{}.Kind()}
	joiners  = []string{joiner{}.Kind()}
)

// InsertOpts makes the key unique in every state: Round is what frees it.
func (r Request) InsertOpts() river.InsertOpts {
	queue := queueSlack
	if r.Via == ViaShell {
		queue = queueShell
	}
	return river.InsertOpts{
		Queue:       queue,
		MaxAttempts: maxAttempts,
		UniqueOpts:  river.UniqueOpts{ByArgs: true, ByState: rivertype.JobStates()},
	}
}

// joiner waits for a request that somebody else has in hand, to tell one more person of its
// end.
type joiner struct {
	Job   int64           `json:"job" river:"unique"`
	By    Person          `json:"by" river:"unique"`
	Reply json.RawMessage `json:"reply" river:"unique"`
	Draft *draft.Draft    `json:"draft,omitempty" river:"unique"` // nil in old databases
	// Then is what this person wants filed, beside what the first one wants.
	Then *Filing   `json:"then,omitempty"`
	At   time.Time `json:"at,omitzero"`
}

func (joiner) Kind() string { return "tell_joiner" }

func (joiner) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue:       queueSlack,
		MaxAttempts: maxAttempts,
		UniqueOpts:  river.UniqueOpts{ByArgs: true, ByState: rivertype.JobStates()},
	}
}

// maxAttempts is as good as for ever: a job that River gave up would be a lost request.
// Attempts are counted for failures of the database and for crashes only; waiting is snoozing.
const maxAttempts = 30_000
