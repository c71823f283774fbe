package modals

import (
	"encoding/json"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// Client is a client in Halo, as it is shown.
type Client struct {
	ID          int
	Name        string
	Website     string
	TradingName string
	TopLevelID  int
	TopLevel    string
	URL         string
	Connection  string // "" when there is only one connection
	Inactive    bool
}

// Identifiers (DESIGN section 2 for the first four; the others are the bot's own).
const (
	CallbackModal      = "halo_new_client"
	ActionNewClient    = "halo_new_client" // an alert's button
	ActionUse          = "halo_use_client"
	ActionCreateAnyway = "halo_create_anyway"
	ActionTryAgain     = "halo_try_again"
	ActionLookAgain    = "halo_look_again"
	ActionCreateAgain  = "halo_create_again"
	ActionOpen         = "halo_open_client" // link button: only acknowledged
	ActionReopen       = "halo_reopen"      // after a modal that could not be opened
	ActionHomeNew      = "halo_home_new"
	EventCreated       = "halo_client_created"
	EventAlert         = "halo_unknown_sender"
)

// Form is the modal in which a client is described.
type Form struct {
	Draft       draft.Draft
	Connections []string // a select when there are several; the first is the default
	AskChannel  bool     // ask where to answer
	Notice      string   // a sentence above the fields
	Problem     string   // why the last attempt failed: the form is then "Could not create", its submit button "Try again"
	Known       []Client // found after all: each with "Use this client"
	Key         string   // the request's key: the value of the buttons
	Metadata    string   // private_metadata
}

// View draws the form.
func (f Form) View() slack.ModalViewRequest { panic("skeleton") }

// Values is view.state.values of a submission: block_id → action_id → value.
type Values map[string]map[string]json.RawMessage

// ReadForm reads a submission's values, and the channel to answer in where it was asked.
// A value of an unexpected type is read as empty.
func ReadForm(v Values) (d draft.Draft, channel string) { panic("skeleton") }

// InlineErrors keys problems by the form's block ids, for response_action errors.
func InlineErrors(p draft.Problems) map[string]string { panic("skeleton") }

// BlockName is the block id of the name input: where an error about the whole form is shown.
const BlockName = "name"

// Stage is a modal without inputs: a title of at most 24 characters and a sentence or two.
func Notice(title, text string) slack.ModalViewRequest { panic("skeleton") }

// Creating is the modal while a request is in hand; text says what is being done.
func Creating(d draft.Draft, text string) slack.ModalViewRequest { panic("skeleton") }

// Result is what a request came to, for the modal and the messages.
type Result struct {
	Key        string // the request's key, for buttons
	RequestID  string // Reference, for metadata
	Draft      draft.Draft
	Client     Client   // created or used
	Existing   bool     // Client was there before
	Dropped    []string // labels of fields that Halo did not keep
	Found      []Client // it exists: to choose from
	Problem    string   // why there is no client
	CanRetry   bool
	By         string // the requester's Slack user id
	TicketID   string
	TicketURL  string // "" without a ticket
	SenderMail string // of the alert
}

// Created is the modal of a request that has a client (created or used).
func Created(r Result) slack.ModalViewRequest { panic("skeleton") }

// AlreadyThere is the modal that asks whether to use an existing client.
func AlreadyThere(r Result) slack.ModalViewRequest { panic("skeleton") }

// Unconfirmed is the modal that asks what to do about a create that was never found.
func Unconfirmed(r Result) slack.ModalViewRequest { panic("skeleton") }

// Message is a Slack message.
type Message struct {
	Text     string // fallback and notification
	Blocks   []slack.Block
	Metadata *slack.SlackMetadata
}

// Announcement is the channel message (or thread reply) of a created or used client.
func Announcement(r Result) Message { panic("skeleton") }

// Question is "it exists" for somebody whose modal is gone, with both choices.
func Question(r Result) Message { panic("skeleton") }

// Failure tells the requester why there is no client, with "Try again" when r.CanRetry.
func Failure(r Result) Message { panic("skeleton") }

// Returned is a bounce: the error and everything typed.
func Returned(r Result) Message { panic("skeleton") }

// Report is what SLACK_ERROR_CHANNEL is told of a failure.
func Report(r Result) Message { panic("skeleton") }

// AskAgain is the question about a create that was never found: "Look again", "Create again".
func AskAgain(r Result) Message { panic("skeleton") }

// Note is a plain sentence, for progress and refusals.
func Note(text string) Message { panic("skeleton") }

// Reopen says that a modal could not be opened, with a button that opens it; value is the
// button's value.
func Reopen(text, value string) Message { panic("skeleton") }

// UnknownSender is an alert: the mail's sender and subject, and the "Create client" button.
func UnknownSender(a draft.Alert) Message { panic("skeleton") }

// MoreMail is the thread reply for another mail of an alert's domain.
func MoreMail(a draft.Alert) Message { panic("skeleton") }

// SettledAlert is an alert's blocks (raw, as Slack has them) with a status line below; the
// button goes unless keepButton. An alert without blocks gets a section of its text first.
func SettledAlert(blocks []json.RawMessage, text, line string, keepButton bool) []slack.Block {
	panic("skeleton")
}

// The status lines of an alert, in mrkdwn, escaped.
func LineCreated(r Result) string          { panic("skeleton") }
func LineReturned(r Result) string         { panic("skeleton") }
func LineNoClient(r Result) string         { panic("skeleton") }
func LineClosed(r Result) string           { panic("skeleton") }

// HomeEntry is one of a person's recent requests.
type HomeEntry struct {
	At       time.Time
	Name     string
	State    string // a few words: "created", "already in Halo", …
	URL      string // "" without a client
	RetryKey string // "" unless it can be tried again
}

// Home is a person's home tab; mayCreate shows the "New client" button.
func Home(entries []HomeEntry, mayCreate bool) slack.HomeTabViewRequest { panic("skeleton") }
