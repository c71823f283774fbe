package slackbot

import "encoding/json"

// envelope is what arrives on a socket. It is read here, from its raw JSON, whether or not
// slack-go could decode it: slack-go turns a whole envelope down when it holds a block or an
// event that it does not know.
type envelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Attempt int             `json:"retry_attempt"`
}

// decode reads raw into v. A field of an unexpected type is left empty, the rest is read: only
// what is no JSON at all is an error.
func decode(raw []byte, v any) error {
	if err := json.Unmarshal(raw, v); err != nil && !isTypeError(err) {
		return err
	}
	return nil
}

// command is a slash command.
type command struct {
	Team        string `json:"team_id"`
	Enterprise  string `json:"enterprise_id"`
	Channel     string `json:"channel_id"`
	ChannelName string `json:"channel_name"`
	User        string `json:"user_id"`
	UserName    string `json:"user_name"`
	Command     string `json:"command"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	Trigger     string `json:"trigger_id"`
}

// interaction is a click, a shortcut or a submission.
type interaction struct {
	Type string `json:"type"`
	User struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Username string `json:"username"`
		Team     string `json:"team_id"`
	} `json:"user"`
	// Team is the workspace in which it happened; Slack sends null for an app that is installed
	// for a whole organisation.
	Team struct {
		ID string `json:"id"`
	} `json:"team"`
	Enterprise struct {
		ID string `json:"id"`
	} `json:"enterprise"`
	Channel struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"channel"`
	Container struct {
		Channel   string `json:"channel_id"`
		MessageTS string `json:"message_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Trigger     string   `json:"trigger_id"`
	ResponseURL string   `json:"response_url"`
	CallbackID  string   `json:"callback_id"`
	Actions     []action `json:"actions"`
	// Of what is typed into a select.
	ActionID string  `json:"action_id"`
	Typed    string  `json:"value"`
	View     view    `json:"view"`
	Message  message `json:"message"`
}

type action struct {
	ID     string `json:"action_id"`
	Block  string `json:"block_id"`
	Value  string `json:"value"`
	Option struct {
		Value string `json:"value"`
	} `json:"selected_option"`
}

type view struct {
	ID         string `json:"id"`
	Type       string `json:"type"` // "modal" or "home"
	Team       string `json:"team_id"`
	Hash       string `json:"hash"`
	Root       string `json:"root_view_id"`
	CallbackID string `json:"callback_id"`
	Metadata   string `json:"private_metadata"`
	State      struct {
		Values map[string]map[string]json.RawMessage `json:"values"`
	} `json:"state"`
}

// message is a message as it was pressed or chosen. Its blocks and attachments stay as Slack
// sent them.
type message struct {
	Text        string            `json:"text"`
	TS          string            `json:"ts"`
	ThreadTS    string            `json:"thread_ts"`
	Blocks      []json.RawMessage `json:"blocks"`
	Attachments json.RawMessage   `json:"attachments"`
	Files       json.RawMessage   `json:"files"`
}

// event is an Events API payload.
type event struct {
	Team  string `json:"team_id"`
	Event struct {
		Type     string `json:"type"`
		User     string `json:"user"`
		Tab      string `json:"tab"`
		Function struct {
			CallbackID string `json:"callback_id"`
		} `json:"function"`
		Inputs      map[string]json.RawMessage `json:"inputs"`
		ExecutionID string                     `json:"function_execution_id"`
		Token       string                     `json:"bot_access_token"`
	} `json:"event"`
}
