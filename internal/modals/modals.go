package modals

import (
	"cmp"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// Identifiers. Those of an alert's buttons and the events are what others' flows rely on
// (docs/alerts.md, docs/flows.md); the rest are the bot's own.
const (
	CallbackModal      = "halo_new_client"
	ActionNewClient    = "halo_new_client"    // an alert's buttons
	ActionDismiss      = "halo_dismiss_alert" // with the same value
	ActionReopenAlert  = "halo_reopen_alert"  // on a dismissed one
	ActionUse          = "halo_use_client"
	ActionCreateAnyway = "halo_create_anyway"
	ActionTryAgain     = "halo_try_again"
	ActionLookAgain    = "halo_look_again"
	ActionCreateAgain  = "halo_create_again"
	ActionOpen         = "halo_open_client" // link button: only acknowledged
	ActionReopen       = "halo_reopen"      // after a modal that could not be opened
	ActionHomeNew      = "halo_home_new"
	ActionFiling       = "halo_filing"          // a form's checkboxes
	ActionExisting     = "halo_existing_client" // a form's "Find a client…"
	ActionConnection   = inputAction            // a form's select: no other input is told of as it changes
	ActionInstead      = "halo_create_instead"
	ActionFileSender   = "halo_file_sender"
	ActionFileAgain    = "halo_file_again"
	ActionMoveAnyway   = "halo_move_anyway"
	CallbackFile       = "halo_file_sender"
	EventCreated       = "halo_client_created"
	EventAlert         = "halo_unknown_sender"
)

// Client is a client in Halo, as it is shown.
type Client struct {
	ID          int
	Name        string
	Website     string
	TradingName string
	TopLevelID  int
	TopLevel    string // "" where it goes without saying
	URL         string
	Address     string // its Halo's; "" where it is not known
	Connection  string // "" when there is only one connection
	Inactive    bool
}

// Result is what a request came to, for the modal and the messages.
type Result struct {
	Key        string      // the request's key, for buttons
	RequestID  string      // Reference, for metadata
	Connection string      // for metadata
	Draft      draft.Draft // its Connection is shown when set: leave it out when there is only one
	Client     Client      // created or used
	Existing   bool        // Client was there before
	Dropped    []string    // labels of fields that Halo did not keep
	Found      []Match     // it exists: to choose from
	Problem    string      // why there is no client
	Denied     bool        // Problem says by itself that nothing was created
	Chosen     bool        // a client that Halo has was to be used, and none to be created
	CanRetry   bool        // with "Try again"
	Next       string      // without it: a sentence on what can be done; "" for none
	By         string      // the requester's Slack user id
	TicketID   string
	TicketURL  string   // "" without a ticket
	SenderMail string   // of the alert
	Beside     []Client // those that another client was wanted beside
	Twins      []Client // further clients that Halo has for this one request
	// Steps are what was filed with the client, and what was not. CanFile says that something can
	// be that nobody asked for, and Follows that something is on its way.
	Steps   []Step
	CanFile bool
	Follows bool
	// Joined says that it is shown to somebody else than By, who joined this request.
	Joined bool
	// Typed is what somebody typed who joined this request with other words; nil otherwise.
	Typed *draft.Draft
}

// clientName is the name of the client that there is now.
func (r Result) clientName() string {
	return shownName(cmp.Or(r.Client.Name, r.Draft.Name))
}

// draftName is the name that was typed.
func (r Result) draftName() string { return shownName(r.Draft.Name) }

// Message is a Slack message.
type Message struct {
	Text     string // fallback and notification
	Blocks   []slack.Block
	Metadata *slack.SlackMetadata
}
