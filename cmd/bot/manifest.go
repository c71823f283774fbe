package main

import (
	"bytes"
	"encoding/json"
)

// manifestCmd prints the Slack app's manifest.
type manifestCmd struct {
	WorkflowStep bool `help:"Add the Workflow Builder step create_halo_client. Needs a paid Slack plan."`
}

func (c manifestCmd) Run(w *world) error {
	return printJSON(w.stdout, newManifest(c.WorkflowStep))
}

// botScopes are what the features need, and only that
// (docs.slack.dev/reference/scopes).
var botScopes = []string{
	"commands",          // the slash command and the shortcuts
	"chat:write",        // messages, also in private channels that the bot is in
	"chat:write.public", // messages in public channels without an invitation
	"im:write",          // direct messages
	"users:read",        // who is a guest
	"usergroups:read",   // SLACK_ALLOWED_USERGROUPS
	"team:read",         // the workspace's own mail domains: which address in a message is an outsider's
	"channels:read",     // bot check: is the bot in its channels
	"groups:read",       // the same for private ones
	"channels:history",  // bot alert: is there an open alert of the same company
	"groups:history",    // the same in private channels
}

// manifest is an app manifest, schema version 2 (docs.slack.dev/reference/app-manifest).
type manifest struct {
	Metadata           manifestVersion     `json:"_metadata"`
	DisplayInformation displayInformation  `json:"display_information"`
	Features           manifestFeatures    `json:"features"`
	OAuthConfig        oauthConfig         `json:"oauth_config"`
	Settings           manifestSettings    `json:"settings"`
	Functions          map[string]function `json:"functions,omitempty"`
}

type manifestVersion struct {
	Major int `json:"major_version"`
	Minor int `json:"minor_version"`
}

type displayInformation struct {
	Name            string `json:"name"`
	Description     string `json:"description"`
	LongDescription string `json:"long_description"`
	BackgroundColor string `json:"background_color"`
}

type manifestFeatures struct {
	AppHome       appHome        `json:"app_home"`
	BotUser       botUser        `json:"bot_user"`
	SlashCommands []slashCommand `json:"slash_commands"`
	Shortcuts     []shortcut     `json:"shortcuts"`
}

type appHome struct {
	HomeTab          bool `json:"home_tab_enabled"`
	MessagesTab      bool `json:"messages_tab_enabled"`
	MessagesReadOnly bool `json:"messages_tab_read_only_enabled"`
}

type botUser struct {
	DisplayName  string `json:"display_name"`
	AlwaysOnline bool   `json:"always_online"`
}

type slashCommand struct {
	Command      string `json:"command"`
	Description  string `json:"description"`
	UsageHint    string `json:"usage_hint"`
	ShouldEscape bool   `json:"should_escape"`
}

type shortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	CallbackID  string `json:"callback_id"`
	Description string `json:"description"`
}

type oauthConfig struct {
	Scopes struct {
		Bot []string `json:"bot"`
	} `json:"scopes"`
}

type manifestSettings struct {
	EventSubscriptions struct {
		BotEvents []string `json:"bot_events"`
	} `json:"event_subscriptions"`
	Interactivity struct {
		Enabled bool `json:"is_enabled"`
	} `json:"interactivity"`
	OrgDeploy       bool   `json:"org_deploy_enabled"`
	SocketMode      bool   `json:"socket_mode_enabled"`
	TokenRotation   bool   `json:"token_rotation_enabled"`
	FunctionRuntime string `json:"function_runtime,omitempty"`
}

// function is a step of Workflow Builder.
type function struct {
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Inputs      parameters `json:"input_parameters"`
	Outputs     parameters `json:"output_parameters"`
}

// parameters are written in their order, in which Workflow Builder shows them.
type parameters []parameter

type parameter struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Required    bool   `json:"is_required"`
}

// MarshalJSON writes {"properties": {name: …}, "required": [name]}.
func (ps parameters) MarshalJSON() ([]byte, error) {
	var properties bytes.Buffer
	required := []string{}
	for i, p := range ps {
		if i > 0 {
			properties.WriteByte(',')
		}
		name, _ := json.Marshal(p.Name) // strings and truth values alone: it cannot fail
		value, _ := json.Marshal(p)
		properties.Write(name)
		properties.WriteByte(':')
		properties.Write(value)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	return json.Marshal(map[string]any{
		"properties": json.RawMessage("{" + properties.String() + "}"),
		"required":   required,
	})
}

func newManifest(workflowStep bool) manifest {
	m := manifest{
		Metadata: manifestVersion{Major: 2, Minor: 1},
		DisplayInformation: displayInformation{
			Name:        "Halo Clients",
			Description: "Create clients in Halo PSA without leaving Slack",
			LongDescription: "Creates clients in Halo PSA for the service desk: from the command /halo-new-client, from the " +
				"button of an unknown-sender alert, from any message, or from a workflow. Before it creates it looks whether " +
				"Halo has such a client already, and it answers with the new client's id and link. A request is never lost " +
				"and never makes two clients.",
			BackgroundColor: "#1a2b3c",
		},
		Features: manifestFeatures{
			// Without its Messages tab an app may not write to people: chat.postMessage answers
			// messages_tab_disabled.
			AppHome: appHome{HomeTab: true, MessagesTab: true, MessagesReadOnly: true},
			BotUser: botUser{DisplayName: "halo-clients", AlwaysOnline: true},
			SlashCommands: []slashCommand{{
				Command:     "/halo-new-client",
				Description: "Create a client in Halo PSA",
				UsageHint:   "[name] [website]",
			}},
			Shortcuts: []shortcut{
				{Name: "New Halo client", Type: "global", CallbackID: "halo_new_client_global", Description: "Create a client in Halo PSA"},
				{Name: "Create Halo client…", Type: "message", CallbackID: "halo_new_client", Description: "Create a client in Halo PSA for the sender in this message"},
			},
		},
		Settings: manifestSettings{SocketMode: true},
	}
	m.OAuthConfig.Scopes.Bot = botScopes
	m.Settings.EventSubscriptions.BotEvents = []string{"app_home_opened"}
	m.Settings.Interactivity.Enabled = true
	if workflowStep {
		// A step needs an org-ready app, also in a workspace of its own
		// (docs.slack.dev/workflows/workflow-steps).
		m.Settings.OrgDeploy = true
		m.Settings.FunctionRuntime = "remote"
		m.Settings.EventSubscriptions.BotEvents = append(m.Settings.EventSubscriptions.BotEvents, "function_executed")
		m.Functions = map[string]function{"create_halo_client": createStep}
	}
	return m
}

// createStep is the step of Workflow Builder. Its names are in use by people's workflows:
// renaming one breaks them.
var createStep = function{
	Title:       "Create Halo client",
	Description: "Creates a client in Halo PSA, or finds the one that is there, and returns its id and link",
	Inputs: parameters{
		{"name", "string", "Client name", "The client's name in Halo", true},
		{"website", "string", "Website", "Its domain, like acme.com; later mails are matched to the client by it", false},
		{"trading_name", "string", "Trading name", "Where it differs from the name", false},
		{"notes", "string", "Notes", "Free text for the client's notes", false},
		{"connection", "string", "Halo connection", "The connection's name where the bot has several; empty means the first", false},
		{"if_exists", "string", "If it exists", "use (default), create or fail", false},
		{"on_error", "string", "On error", "exception, bounce, continue, stop or stop_all; empty means the bot's own setting", false},
	},
	Outputs: parameters{
		{"id", "string", "Id", "The client's id in Halo", true},
		{"name", "string", "Name", "The client's name in Halo", true},
		{"toplevel_id", "string", "Top level id", "The id of the top level that it belongs to", true},
		{"website", "string", "Website", "The website that Halo has", true},
		{"url", "string", "Link", "The client's page in Halo", true},
		{"created", "string", "Created", "true when it is new, false when it was there", true},
		{"error", "string", "Error", "Why there is no client; empty when there is one", true},
	},
}
