package slackbot

import (
	"context"

	"halobot/internal/modals"
)

// The identifiers that only Slack and this package speak of (DESIGN section 2).
const (
	slashCommand          = "/halo-new-client"
	callbackShortcut      = "halo_new_client"
	callbackGlobal        = "halo_new_client_global"
	callbackStep          = "create_halo_client"
	requestSlash          = "slash_commands"
	requestInteractive    = "interactive"
	requestEvents         = "events_api"
	interactionBlocks     = "block_actions"
	interactionSubmission = "view_submission"
	interactionMessage    = "message_action"
	interactionGlobal     = "shortcut"
	eventHomeOpened       = "app_home_opened"
	eventStep             = "function_executed"
)

// buttons are the handlers of every button that the bot draws, by action_id.
var buttons = map[string]func(*Bot, context.Context, *incoming, interaction){
	modals.ActionNewClient:    (*Bot).pressAlert,
	modals.ActionReopen:       (*Bot).pressReopen,
	modals.ActionHomeNew:      (*Bot).pressHomeNew,
	modals.ActionUse:          (*Bot).pressUse,
	modals.ActionCreateAnyway: (*Bot).pressCreateAnyway,
	modals.ActionTryAgain:     (*Bot).pressTryAgain,
	modals.ActionLookAgain:    (*Bot).pressLookAgain,
	modals.ActionCreateAgain:  (*Bot).pressCreateAgain,
	modals.ActionOpen:         (*Bot).pressLink,
}

// route names what in is and returns its handler, nil when there is none. It fills in who did
// it, and where.
func (b *Bot) route(in *incoming) (kind string, handle func(context.Context)) {
	switch in.Type {
	case requestSlash:
		return b.routeCommand(in)
	case requestInteractive:
		return b.routeInteraction(in)
	case requestEvents:
		return b.routeEvent(in)
	}
	return "other", nil
}

func (b *Bot) routeCommand(in *incoming) (string, func(context.Context)) {
	var c command
	if err := decode(in.Payload, &c); err != nil || c.Command != slashCommand {
		return "command", nil
	}
	in.who = person{ID: c.User, Name: c.UserName, Team: c.Team}
	in.at = place{ID: c.Channel, Name: channelName(c.ChannelName)}
	in.url = c.ResponseURL
	return "command", func(ctx context.Context) { b.runCommand(ctx, in, c) }
}

func (b *Bot) routeInteraction(in *incoming) (string, func(context.Context)) {
	var i interaction
	if err := decode(in.Payload, &i); err != nil {
		return "other", nil
	}
	in.who = person{ID: i.User.ID, Name: i.User.Username, Team: i.User.Team}
	if in.who.Name == "" {
		in.who.Name = i.User.Name
	}
	in.at = place{ID: i.Channel.ID, Name: channelName(i.Channel.Name)}
	if in.at.ID == "" {
		in.at.ID = i.Container.Channel
	}
	in.url = i.ResponseURL
	if i.View.Type == "modal" {
		in.modal = i.View.ID
	}
	var press func(*Bot, context.Context, *incoming, interaction)
	kind := "other"
	switch i.Type {
	case interactionBlocks:
		kind = "button"
		// Slack sends one action at a time; a list is what the field is.
		for _, a := range i.Actions {
			if press = buttons[a.ID]; press != nil {
				i.Actions = []action{a}
				break
			}
		}
	case interactionSubmission:
		kind = "submission"
		if i.View.CallbackID == modals.CallbackModal {
			press = (*Bot).submit
		}
	case interactionMessage:
		kind = "shortcut"
		if i.CallbackID == callbackShortcut {
			press = (*Bot).chooseMessage
		}
	case interactionGlobal:
		kind = "shortcut"
		if i.CallbackID == callbackGlobal {
			press = (*Bot).chooseGlobal
		}
	}
	if press == nil {
		return kind, nil
	}
	return kind, func(ctx context.Context) { press(b, ctx, in, i) }
}

func (b *Bot) routeEvent(in *incoming) (string, func(context.Context)) {
	var e event
	if err := decode(in.Payload, &e); err != nil {
		return "event", nil
	}
	switch {
	case e.Event.Type == eventHomeOpened:
		return "event", func(ctx context.Context) { b.openHome(ctx, in, e) }
	case e.Event.Type == eventStep && e.Event.Function.CallbackID == callbackStep:
		return "step", func(ctx context.Context) { b.runStep(ctx, in, e) }
	}
	return "event", nil
}

// channelName is a channel's name; Slack's stand-ins for conversations without one are none.
func channelName(name string) string {
	if name == "directmessage" || name == "privategroup" {
		return ""
	}
	return name
}

// pressLink acknowledges a link button: the browser does the rest.
func (b *Bot) pressLink(ctx context.Context, in *incoming, _ interaction) { in.ack(ctx, nil) }
