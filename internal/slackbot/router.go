package slackbot

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// The identifiers that only Slack and this package speak of: those in the app's manifest, and Slack's
// own words for what happens.
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
	interactionClosed     = "view_closed"
	interactionTyping     = "block_suggestion"
	eventHomeOpened       = "app_home_opened"
	eventStep             = "function_executed"
)

// router brings each envelope to the handler of what was pressed or typed.
type router struct {
	*parts
	views  *views
	home   *home
	forms  *forms
	files  *filer
	finder *finder
	steps  *steps
	// buttons are the handlers of every button that the bot draws, and of its forms' selects, by
	// action_id.
	buttons map[string]press
}

// press handles an interaction.
type press func(context.Context, *incoming, interaction)

func newRouter(p *parts, g *gate, t *teller, v *views) *router {
	in := &intake{parts: p}
	f := &forms{parts: p, intake: in, gate: g, teller: t, views: v}
	c := &choices{forms: f}
	a := &answers{forms: f}
	files, find := &filer{forms: f}, &finder{forms: f}
	r := &router{parts: p, views: v, forms: f, files: files, finder: find, home: &home{parts: p, gate: g}, steps: &steps{parts: p, intake: in, teller: t}}
	r.buttons = map[string]press{
		modals.ActionNewClient:    f.pressAlert,
		modals.ActionDismiss:      a.press(onboarding.Dismiss),
		modals.ActionReopenAlert:  a.press(onboarding.Reopen),
		modals.ActionReopen:       f.pressReopen,
		modals.ActionTryAgain:     f.pressTryAgain,
		modals.ActionHomeNew:      f.pressHomeNew,
		modals.ActionUse:          c.pressUse,
		modals.ActionCreateAnyway: c.pressCreateAnyway,
		modals.ActionLookAgain:    c.pressLookAgain,
		modals.ActionCreateAgain:  c.pressCreateAgain,
		modals.ActionConnection:   find.chooseConnection,
		modals.ActionExisting:     find.choose,
		modals.ActionInstead:      find.pressInstead,
		modals.ActionFileSender:   files.pressFile,
		modals.ActionFileAgain:    files.pressAgain,
		modals.ActionMoveAnyway:   files.pressAgain,
		// The browser does the rest.
		modals.ActionOpen: func(ctx context.Context, in *incoming, _ interaction) { in.ack(ctx, nil) },
	}
	return r
}

// route names what in is and returns its handler, nil when there is none. It fills in who did
// it, and where.
func (r *router) route(in *incoming) (kind string, handle func(context.Context)) {
	switch in.Type {
	case requestSlash:
		return r.routeCommand(in)
	case requestInteractive:
		return r.routeInteraction(in)
	case requestEvents:
		return r.routeEvent(in)
	}
	return "other", nil
}

func (r *router) routeCommand(in *incoming) (string, func(context.Context)) {
	var c command
	if err := decode(in.Payload, &c); err != nil || c.Command != slashCommand {
		return "command", nil
	}
	in.who = person{ID: c.User, Name: c.UserName, Team: c.Team, Workspace: workspace(c.Team)}
	in.at = place{ID: c.Channel, Name: channelName(c.ChannelName)}
	in.url = c.ResponseURL
	return "command", func(ctx context.Context) { r.forms.runCommand(ctx, in, c) }
}

func (r *router) routeInteraction(in *incoming) (string, func(context.Context)) {
	var i interaction
	if err := decode(in.Payload, &i); err != nil {
		return "other", nil
	}
	in.who = person{
		ID: i.User.ID, Name: i.User.Username, Team: i.User.Team,
		Workspace: workspace(i.Team.ID, i.View.Team, i.User.Team),
	}
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
	in.onHome = i.View.Type == "home"
	var handle press
	kind := "other"
	switch i.Type {
	case interactionBlocks:
		kind = "button"
		// Slack sends one action at a time; a list is what the field is.
		for _, a := range i.Actions {
			if handle = r.buttons[a.ID]; handle != nil {
				i.Actions = []action{a}
				break
			}
		}
	case interactionSubmission:
		kind = "submission"
		if i.View.CallbackID == modals.CallbackModal {
			handle = r.forms.submit
		}
		if i.View.CallbackID == modals.CallbackFile {
			handle = r.files.submit
		}
	case interactionClosed:
		kind = "close"
		handle = r.forms.closed
	case interactionTyping:
		kind = "suggestion"
		if i.ActionID == modals.ActionExisting {
			handle = r.finder.suggest
		}
	case interactionMessage:
		kind = "shortcut"
		if i.CallbackID == callbackShortcut {
			handle = r.forms.chooseMessage
		}
	case interactionGlobal:
		kind = "shortcut"
		if i.CallbackID == callbackGlobal {
			handle = r.forms.chooseGlobal
		}
	}
	if handle == nil {
		return kind, nil
	}
	return kind, func(ctx context.Context) { handle(ctx, in, i) }
}

func (r *router) routeEvent(in *incoming) (string, func(context.Context)) {
	var e event
	if err := decode(in.Payload, &e); err != nil {
		return "event", nil
	}
	switch {
	case e.Event.Type == eventHomeOpened:
		return "event", func(ctx context.Context) { r.home.open(ctx, in, e) }
	case e.Event.Type == eventStep && e.Event.Function.CallbackID == callbackStep:
		return "step", func(ctx context.Context) { r.steps.run(ctx, in, e) }
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

// accept hands an envelope to a handler of its own. When the bot cannot keep up, the envelope
// is left without acknowledgement: Slack then tells the person that it did not work, and sends
// events again.
func (r *router) accept(s acker, env envelope) {
	in := &incoming{router: r, sock: s, envelope: env}
	ok := r.work.run(func() {
		ctx, cancel := context.WithTimeout(context.Background(), maxWait)
		err := r.work.slots.Acquire(ctx, 1)
		cancel()
		if err != nil {
			r.metrics.envelope("any", "too_late")
			r.log.Error("too much to do: an envelope was not handled in time and is left to Slack")
			return
		}
		defer r.work.slots.Release(1)
		r.dispatch(in)
	})
	if !ok {
		r.metrics.envelope("any", "not_taken")
	}
}

// handlerTimeout bounds one handler, so that no slot is held for ever.
const handlerTimeout = 30 * time.Second

// dispatch runs the handler for in, and survives it.
func (r *router) dispatch(in *incoming) {
	ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
	defer cancel()
	kind, handle := r.route(in)
	log := r.log.With("kind", kind)
	if handle == nil {
		r.metrics.envelope(kind, "unknown")
		log.Info("nothing here answers to this; it is acknowledged and dropped", "type", in.Type)
		in.ack(ctx, nil)
		return
	}
	defer r.survive(ctx, in, kind, log)
	handle(ctx)
	r.metrics.envelope(kind, "handled")
}

// survive ends a panic in a handler: it is logged, counted, and told to the person.
func (r *router) survive(ctx context.Context, in *incoming, kind string, log *slog.Logger) {
	p := recover()
	if p == nil {
		return
	}
	r.metrics.panics.Inc()
	r.metrics.envelope(kind, "panic")
	log.Error("a handler panicked", "panic", p, "stack", string(debug.Stack()))
	defer func() {
		if p := recover(); p != nil {
			log.Error("telling of a panic panicked", "panic", p)
		}
	}()
	if kind == "submission" && !in.isAcked() {
		in.ackErrors(ctx, map[string]string{modals.BlockName: sayFault})
		return
	}
	in.ack(ctx, nil)
	in.beside(ctx, sayFault)
}
