package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
)

// bot looks at the bot token, its scopes, and what they are needed for.
func (c *checks) bot(ctx context.Context) []finding {
	const name = "Bot token"
	if c.cfg.Slack.BotToken == "" {
		return []finding{{name, skipped, "SLACK_BOT_TOKEN is not set.", ""}}
	}
	api := newSlack(c.cfg)
	self, err := api.AuthTestContext(ctx)
	if err != nil {
		what, fix, _ := slackProblem(err, "", botTokenFix)
		return []finding{bad(name, what, fix)}
	}
	found := []finding{ok(name, fmt.Sprintf("the bot is @%s in %s (%s)", self.User, self.Team, self.URL)), c.scopes(self.Header)}
	found = append(found, c.sameApp(ctx, api, self.BotID)...)
	for _, channel := range c.channels() {
		found = append(found, checkChannel(ctx, api, channel, self.User))
	}
	return append(found, c.usergroups(ctx, api)...)
}

// need is a scope and what does not work without it.
type need struct {
	scope, without string
	optional       bool
}

func (c *checks) needs() []need {
	rules, channels := len(c.cfg.Slack.AllowedUsergroups) > 0, len(c.channels()) > 0
	return []need{
		{"commands", "/halo-new-client and the shortcuts do not work", false},
		{"chat:write", "the bot cannot post", false},
		{"im:write", "people cannot be told by direct message", false},
		{"users:read", "guests cannot be told from members, so everybody is refused", false},
		{"usergroups:read", "SLACK_ALLOWED_USERGROUPS cannot be kept, so everybody is refused", !rules},
		{"team:read", "the message shortcut cannot tell an outsider's address from a colleague's", true},
		{"chat:write.public", "the bot must be invited to public channels too", true},
		{"channels:read", "bot check cannot look at public channels", !channels},
		{"groups:read", "bot check cannot look at private channels", true},
		{"channels:history", "bot alert posts a second alert for a company whose first is open", true},
		{"groups:history", "the same in private channels", true},
	}
}

func (c *checks) scopes(header http.Header) finding {
	const name = "Scopes"
	granted := strings.FieldsFunc(header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(granted) == 0 {
		return finding{name, warning, "Slack did not say which scopes the app has.", ""}
	}
	var missing []string
	worst := fine
	for _, n := range c.needs() {
		if slices.Contains(granted, n.scope) {
			continue
		}
		missing = append(missing, fmt.Sprintf("%s (without it %s)", n.scope, n.without))
		if !n.optional {
			worst = wrong
		} else if worst == fine {
			worst = warning
		}
	}
	if worst == fine {
		return ok(name, "all that are needed")
	}
	return finding{name, worst, "missing " + strings.Join(missing, ", "), scopeFix}
}

// appToken holds its app's id: xapp-1-A0123ABCD-….
var appToken = regexp.MustCompile(`^xapp-\d+-(A[A-Z0-9]+)-`)

// sameApp compares the apps that the two tokens belong to: with two apps, the one's buttons
// never reach the other. It finds nothing where that cannot be told.
func (c *checks) sameApp(ctx context.Context, api *slack.Client, botID string) []finding {
	ofApp := appToken.FindStringSubmatch(c.cfg.Slack.AppToken)
	if ofApp == nil {
		return nil
	}
	bot, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: botID})
	if err != nil || bot.AppID == "" || bot.AppID == ofApp[1] {
		return nil
	}
	return []finding{bad("Tokens", fmt.Sprintf("SLACK_BOT_TOKEN belongs to the app %s, SLACK_APP_TOKEN to %s.", bot.AppID, ofApp[1]),
		"Take both from one app at api.slack.com/apps.")}
}

// channels are those that the configuration names, each with the variable.
func (c *checks) channels() []namedID {
	var all []namedID
	for _, id := range c.cfg.Slack.AllowedChannels {
		all = append(all, namedID{id, "SLACK_ALLOWED_CHANNELS"})
	}
	if id := c.cfg.Slack.ErrorChannel; id != "" {
		all = append(all, namedID{id, "SLACK_ERROR_CHANNEL"})
	}
	return all
}

type namedID struct{ id, variable string }

func checkChannel(ctx context.Context, api *slack.Client, channel namedID, bot string) finding {
	name := "Channel " + channel.id
	info, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel.id})
	if err != nil {
		what, fix, _ := slackProblem(err, channel.id, botTokenFix)
		return bad(name, what, fmt.Sprintf("%s (%s)", fix, channel.variable))
	}
	shown := "#" + cmp.Or(info.Name, channel.id)
	switch {
	case info.IsArchived:
		return bad(name, shown+" is archived.", fmt.Sprintf("Unarchive it, or take it out of %s.", channel.variable))
	case !info.IsMember:
		return bad(name, "the bot is not in "+shown+".", fmt.Sprintf("Type /invite @%s in %s.", bot, shown))
	}
	return ok(name, "the bot is in "+shown)
}

func (c *checks) usergroups(ctx context.Context, api *slack.Client) []finding {
	wanted := c.cfg.Slack.AllowedUsergroups
	if len(wanted) == 0 {
		return nil
	}
	groups, err := api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeDisabled(true))
	if err != nil {
		what, fix, _ := slackProblem(err, "", botTokenFix)
		return []finding{bad("User groups", what, fix)}
	}
	var found []finding
	for _, id := range wanted {
		name := "User group " + id
		i := slices.IndexFunc(groups, func(g slack.UserGroup) bool { return g.ID == id })
		switch {
		case i < 0:
			found = append(found, bad(name, "Slack knows no such group.", "Copy its id from People › User groups › the group's ⋮ menu, into SLACK_ALLOWED_USERGROUPS."))
		case groups[i].DateDelete != 0:
			found = append(found, bad(name, "@"+groups[i].Handle+" is disabled.", "Enable it under People › User groups, or take it out of SLACK_ALLOWED_USERGROUPS."))
		default:
			found = append(found, ok(name, fmt.Sprintf("@%s (%d members)", groups[i].Handle, groups[i].UserCount)))
		}
	}
	return found
}

// app looks at the app token, and at a socket where that is asked for.
func (c *checks) app(ctx context.Context) []finding {
	const name = "App token"
	if c.cfg.Slack.AppToken == "" {
		return []finding{{name, skipped, "SLACK_APP_TOKEN is not set.", ""}}
	}
	_, address, err := newSlack(c.cfg).StartSocketModeContext(ctx)
	if err != nil {
		what, fix, _ := slackProblem(err, "", appTokenFix)
		var refused slack.SlackErrorResponse
		if errors.As(err, &refused) && (fix == "" || fix == scopeFix) {
			fix = appTokenFix + " Socket Mode must be on: api.slack.com/apps › your app › Socket Mode."
		}
		return []finding{bad(name, what, fix)}
	}
	found := []finding{ok(name, "Slack offers a socket")}
	if c.dial {
		found = append(found, c.socket(ctx, address))
	}
	return found
}

// socket opens a socket until Slack says hello. Its address is a secret, and so not told.
func (c *checks) socket(ctx context.Context, address string) finding {
	const name = "Socket"
	const fix = "Let this machine open WebSocket connections to *.slack.com, port 443, through its firewall or proxy."
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: slackTimeout}
	conn, answer, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		if answer != nil {
			return bad(name, fmt.Sprintf("Slack's socket server answered %d.", answer.StatusCode), fix)
		}
		what, _, _ := slackProblem(err, "", "")
		return bad(name, what, fix)
	}
	defer conn.Close() //nolint:errcheck // it was opened for a moment only
	deadline, _ := ctx.Deadline()
	_ = conn.SetReadDeadline(deadline)
	var hello struct {
		Type        string `json:"type"`
		Connections int    `json:"num_connections"`
	}
	if err := conn.ReadJSON(&hello); err != nil || hello.Type != "hello" {
		return bad(name, "Slack did not say hello on the socket.", fix)
	}
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	others := hello.Connections - 1
	if others > c.cfg.Slack.Sockets {
		return finding{name, warning,
			fmt.Sprintf("Slack said hello. Beside this socket the app has %d others; one bot holds %d (SLACK_SOCKETS).", others, c.cfg.Slack.Sockets),
			"If no replica of the bot explains them, another instance uses the same app, or they are connections that died unnoticed: each takes a share of the clicks. Make a new app-level token, and revoke the old one, to be rid of them."}
	}
	return ok(name, fmt.Sprintf("Slack said hello; beside this socket the app has %d others", max(others, 0)))
}
