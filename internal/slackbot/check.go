package slackbot

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
)

// Finding is one thing that was looked at, for an administrator.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Detail string `json:"detail"`        // what was seen
	Fix    string `json:"fix,omitempty"` // what to do about it
}

// Status is how a finding turned out.
type Status string

// A warning does not keep the bot from working; what was skipped depends on what failed.
const (
	Fine    Status = "ok"
	Warning Status = "warning"
	Wrong   Status = "failed"
	Skipped Status = "skipped"
)

// callTimeout bounds one call of a check.
const callTimeout = 10 * time.Second

func fine(check, detail string) Finding { return Finding{Check: check, Status: Fine, Detail: detail} }

func bad(check, detail, fix string) Finding { return Finding{check, Wrong, detail, fix} }

func (p *Problem) finding(check string) Finding { return bad(check, p.What, p.Fix) }

// checks looks at Slack with a client of its own: where Slack asks for a pause, it is kept, up to
// three times.
type checks struct {
	Config
	api *slack.Client
}

// Check tries both tokens and what cfg names in Slack; it changes nothing there. With dial it
// also opens a socket until Slack says hello: while it is open, Slack may send it somebody's
// click.
func Check(ctx context.Context, cfg Config, dial bool) []Finding {
	c := checks{cfg, slack.New(cfg.BotToken, append(apiOptions(cfg, &http.Client{Timeout: callTimeout}), slack.OptionRetry(3))...)}
	var app []Finding
	var aside sync.WaitGroup
	aside.Go(func() { app = c.appToken(ctx, dial) })
	found := c.botToken(ctx)
	aside.Wait()
	return append(found, app...)
}

// botToken looks at the bot token, its scopes, and what they are needed for.
func (c checks) botToken(ctx context.Context) []Finding {
	const name = "Bot token"
	if c.BotToken == "" {
		return []Finding{{name, Skipped, "SLACK_BOT_TOKEN is not set.", ""}}
	}
	self, err := c.api.AuthTestContext(ctx)
	if err != nil {
		return []Finding{problemOf(err, "", botTokenFix).finding(name)}
	}
	found := []Finding{fine(name, fmt.Sprintf("The bot is @%s in %s (%s).", self.User, self.Team, self.URL)), c.scopes(self.Header)}
	found = append(found, c.sameApp(ctx, self.BotID)...)
	for _, channel := range c.channels() {
		found = append(found, c.channel(ctx, channel, self.User))
	}
	return append(found, c.usergroups(ctx)...)
}

// need is a scope and what does not work without it.
type need struct {
	scope, without string
	optional       bool
}

func (c checks) needs() []need {
	rules, channels := len(c.AllowedUsergroups) > 0, len(c.channels()) > 0
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

func (c checks) scopes(header http.Header) Finding {
	const name = "Scopes"
	granted := strings.FieldsFunc(header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(granted) == 0 {
		return Finding{name, Warning, "Slack did not say which scopes the app has.", ""}
	}
	var missing []string
	worst := Fine
	for _, n := range c.needs() {
		if slices.Contains(granted, n.scope) {
			continue
		}
		missing = append(missing, fmt.Sprintf("%s (without it %s)", n.scope, n.without))
		if !n.optional {
			worst = Wrong
		} else if worst == Fine {
			worst = Warning
		}
	}
	if worst == Fine {
		return fine(name, "The app has all that are needed.")
	}
	return Finding{name, worst, "The app lacks " + strings.Join(missing, ", ") + ".", scopeFix}
}

// appOfToken finds the app's id in an app token: xapp-1-A0123ABCD-….
var appOfToken = regexp.MustCompile(`^xapp-\d+-(A[A-Z0-9]+)-`)

// sameApp compares the apps that the two tokens belong to: with two apps, the one's buttons
// never reach the other. It finds nothing where that cannot be told.
func (c checks) sameApp(ctx context.Context, botID string) []Finding {
	ofApp := appOfToken.FindStringSubmatch(c.AppToken)
	if ofApp == nil {
		return nil
	}
	bot, err := c.api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: botID})
	if err != nil || bot.AppID == "" || bot.AppID == ofApp[1] {
		return nil
	}
	return []Finding{bad("Tokens", fmt.Sprintf("SLACK_BOT_TOKEN belongs to the app %s, SLACK_APP_TOKEN to %s.", bot.AppID, ofApp[1]),
		"Take both from one app at api.slack.com/apps.")}
}

type namedID struct{ id, variable string }

// channels are those that the configuration names, each with the variable.
func (c checks) channels() []namedID {
	var all []namedID
	for _, id := range c.AllowedChannels {
		all = append(all, namedID{id, "SLACK_ALLOWED_CHANNELS"})
	}
	if c.ErrorChannel != "" {
		all = append(all, namedID{c.ErrorChannel, "SLACK_ERROR_CHANNEL"})
	}
	return all
}

func (c checks) channel(ctx context.Context, channel namedID, bot string) Finding {
	name := "Channel " + channel.id
	info, err := c.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel.id})
	if err != nil {
		p := problemOf(err, channel.id, botTokenFix)
		return bad(name, p.What, fmt.Sprintf("%s (%s)", p.Fix, channel.variable))
	}
	shown := "#" + cmp.Or(info.Name, channel.id)
	switch {
	case info.IsArchived:
		return bad(name, shown+" is archived.", fmt.Sprintf("Unarchive it, or take it out of %s.", channel.variable))
	case !info.IsMember:
		return bad(name, "The bot is not in "+shown+".", fmt.Sprintf("Type /invite @%s in %s.", bot, shown))
	}
	return fine(name, "The bot is in "+shown+".")
}

func (c checks) usergroups(ctx context.Context) []Finding {
	if len(c.AllowedUsergroups) == 0 {
		return nil
	}
	groups, err := c.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeDisabled(true))
	if code(err) == "missing_argument" {
		return []Finding{{"User groups", Warning, "An organisation installed the app, and a group is one workspace's: they are looked at when somebody asks for a client.", ""}}
	}
	if err != nil {
		return []Finding{problemOf(err, "", botTokenFix).finding("User groups")}
	}
	var found []Finding
	for _, id := range c.AllowedUsergroups {
		name := "User group " + id
		i := slices.IndexFunc(groups, func(g slack.UserGroup) bool { return g.ID == id })
		switch {
		case i < 0:
			found = append(found, bad(name, "Slack knows no such group.", "Copy its id from People › User groups › the group's ⋮ menu, into SLACK_ALLOWED_USERGROUPS."))
		case groups[i].DateDelete != 0:
			found = append(found, bad(name, "@"+groups[i].Handle+" is disabled.", "Enable it under People › User groups, or take it out of SLACK_ALLOWED_USERGROUPS."))
		default:
			found = append(found, fine(name, fmt.Sprintf("It is @%s, with %d members.", groups[i].Handle, groups[i].UserCount)))
		}
	}
	return found
}

// appToken looks at the app token, and at a socket where that is asked for.
func (c checks) appToken(ctx context.Context, dial bool) []Finding {
	const name = "App token"
	if c.AppToken == "" {
		return []Finding{{name, Skipped, "SLACK_APP_TOKEN is not set.", ""}}
	}
	_, address, err := c.api.StartSocketModeContext(ctx)
	if err != nil {
		p := problemOf(err, "", appTokenFix)
		if code(err) != "" && (p.Fix == "" || p.Fix == scopeFix) {
			p.Fix = appTokenFix + " Socket Mode must be on: api.slack.com/apps › your app › Socket Mode."
		}
		return []Finding{p.finding(name)}
	}
	found := []Finding{fine(name, "Slack offers a socket.")}
	if dial {
		found = append(found, c.socket(ctx, address))
	}
	return found
}

// socket opens a socket until Slack says hello. Its address is a secret, and so not told.
func (c checks) socket(ctx context.Context, address string) Finding {
	const name = "Socket"
	const fix = "Let this machine open WebSocket connections to *.slack.com, port 443, through its firewall or proxy."
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: callTimeout}
	conn, answer, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		if answer != nil {
			return bad(name, fmt.Sprintf("Slack's socket server answered %d.", answer.StatusCode), fix)
		}
		return bad(name, problemOf(err, "", "").What, fix)
	}
	defer conn.Close() //nolint:errcheck // it was opened for a moment only
	deadline, _ := ctx.Deadline()
	_ = conn.SetReadDeadline(deadline)
	var hello struct {
		Type        string `json:"type"`
		Reason      string `json:"reason"`
		Connections int    `json:"num_connections"`
	}
	err = conn.ReadJSON(&hello)
	switch {
	case err == nil && hello.Type == "disconnect":
		words := disconnects[hello.Reason]
		return bad(name, strings.TrimSpace(fmt.Sprintf("Slack turned the socket away (%s). %s", hello.Reason, words.what)), cmp.Or(words.fix, "Try again later."))
	case err != nil || hello.Type != "hello":
		return bad(name, "Slack did not say hello on the socket.", fix)
	}
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	others := hello.Connections - 1
	if others > c.Sockets {
		return Finding{name, Warning,
			fmt.Sprintf("Slack said hello. Beside this socket the app has %d others; one bot holds %d (SLACK_SOCKETS).", others, c.Sockets),
			"If no replica of the bot explains them, another instance uses the same app, or they are connections that died unnoticed: each takes a share of the clicks. Make a new app-level token, and revoke the old one, to be rid of them."}
	}
	return fine(name, fmt.Sprintf("Slack said hello. Beside this socket the app has %d others.", max(others, 0)))
}
