package onboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Phase is what a request that has not ended is doing.
type Phase string

// The phases.
const (
	Waiting  Phase = "waiting"  // for another request for the same company
	Working  Phase = "working"  // looking, creating
	Queued   Phase = "queued"   // behind others, below the bot's own request ceiling; Problem says why
	Checking Phase = "checking" // sent and not answered: being looked for
	Outage   Phase = "outage"   // somebody who has to be asked does not answer (Away says who); nothing was sent
)

// Away is who does not answer during an [Outage].
type Away string

// Who may be away.
const (
	AwayHalo  Away = ""      // as earlier versions have it
	AwaySlack Away = "slack" // it does not say whether the requester may
)

// State is how far a request has come.
type State struct {
	Outcome Outcome       `json:"outcome,omitempty"`
	Phase   Phase         `json:"phase,omitempty"`
	Client  *halo.Client  `json:"client,omitempty"`  // created or used
	Found   []halo.Client `json:"found,omitempty"`   // exists; of a filing, who has the client's number today
	At      string        `json:"at,omitempty"`      // the address of the Halo that has those
	Dropped []draft.Field `json:"dropped,omitempty"` // typed, but not in Halo's answer
	Problem string        `json:"problem,omitempty"` // a sentence for the requester
	// Away is who was not answering, in an outage and when one has ended the request.
	Away Away `json:"away,omitempty"`
	// Configuration says that the problem needs an administrator: credentials, permissions.
	Configuration bool    `json:"configuration,omitempty"`
	Ahead         *Person `json:"ahead,omitempty"` // whose request this one waits for
	Sends         int     `json:"sends,omitempty"` // POSTs that may have reached Halo
	// SentTo is the address of the Halo that they were sent to; "" in an earlier version's state.
	SentTo string `json:"sent_to,omitempty"`
	// Moved is the connection's address today, where the request was sent to another one and is
	// therefore a person's question.
	Moved string `json:"moved,omitempty"`
	// Said is what was heard of the last POST that was not answered as it should be: a sentence,
	// with Halo's own words where it said something.
	Said string `json:"said,omitempty"`
	// Twins are further clients that carry the request's key: something to merge.
	Twins []halo.Client `json:"twins,omitempty"`
	// LookedAgain says that they, and what may have turned up late, were looked for when the last POST
	// had settled.
	LookedAgain bool `json:"looked_again,omitempty"`
	// Deadline is when the last POST ended at the latest: settling counts from it. Zero when no
	// POST is unaccounted for. It is committed before the POST is sent, so that after a crash
	// the request is taken for sent.
	Deadline time.Time `json:"deadline,omitzero"`
	// Clock is the process by whose clock Deadline is.
	Clock string `json:"clock,omitempty"`
	// Doubt is an older version's: Halo answered a POST with 503, and its key is looked for before
	// another.
	Doubt bool `json:"doubt,omitempty"`
	// Asked says that what is to be filed after the client has been asked for.
	Asked bool `json:"asked,omitempty"`
	// Filed is what a filing that has ended did, and NotFiled why it did nothing, beside the
	// outcome. User, Ticket and Site are as Halo had them then.
	Filed    Filed        `json:"filed,omitempty"`
	NotFiled NotFiled     `json:"not_filed,omitempty"`
	User     *halo.User   `json:"user,omitempty"`
	Ticket   *halo.Ticket `json:"ticket,omitempty"`
	Site     *halo.Site   `json:"site,omitempty"`
	// Since is when the phase began; an outage's lasts over all of its attempts.
	Since time.Time `json:"since,omitzero"`
	// Lasts says that the requester was told a second time, because the request stays Queued for
	// long.
	Lasts bool `json:"lasts,omitempty"`
	// NotBefore is until when Halo is left alone.
	NotBefore time.Time `json:"not_before,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	// Marks are the places that have been told, and what to remember of each.
	Marks map[string]string `json:"marks,omitempty"`
	// Again is when those are tried again that could not be told.
	Again map[Surface]time.Time `json:"again,omitempty"`
	// Tried is since when telling is tried.
	Tried time.Time `json:"tried,omitzero"`
}

// Where is the address of the Halo that has the state's clients; "" in an earlier version's state.
func (s State) Where() string { return cmp.Or(s.At, s.SentTo) }

// Sent reports whether a POST may have reached Halo and nothing is known of it.
func (s State) Sent() bool { return s.Outcome == "" && !s.Deadline.IsZero() }

// enter sets the phase and reports whether it changed.
func (s *State) enter(p Phase, now time.Time) bool {
	if s.Phase == p {
		return false
	}
	s.Phase, s.Since = p, now
	return true
}

// Telling is one occasion to tell.
type Telling struct {
	Request Request
	State   State
	// Now is the time by the clock that State's times are by.
	Now time.Time
	// Joiner is somebody else who asked for the same thing: only they are told, nothing is posted
	// or closed again. Nil for the request's own person.
	Joiner *Joiner
}

// Joiner is somebody whose request joined another one with the same key.
type Joiner struct {
	By    Person
	Reply json.RawMessage
	Draft *draft.Draft // what they typed, nil when that is not known
	Then  *Filing      // what they ticked
	At    time.Time
}

// Once runs do unless step is already marked done for this request, and marks it with what do
// returns. It is for [Announcer.Progress]: the mark is kept with the request.
func (t *Telling) Once(ctx context.Context, step string, do func(context.Context) (string, error)) (string, error) {
	if v, ok := t.State.Marks[step]; ok {
		return v, nil
	}
	v, err := do(ctx)
	if err != nil {
		return "", err
	}
	if t.State.Marks == nil {
		t.State.Marks = map[string]string{}
	}
	t.State.Marks[step] = v
	return v, nil
}
