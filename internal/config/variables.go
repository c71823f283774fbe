package config

import (
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"halobot/internal/draft"
)

// setting is what the table knows of a variable besides its name.
type setting struct {
	required bool
	preset   string // the default; "" = none
	where    string // a sentence: how to get the value
}

// variable is one of the bot's own; a Halo connection's are in connections.go.
type variable struct {
	name string
	need Needs // 0 = every command
	setting
	// read stores a value, or returns what is wrong with it.
	read func(c *Config, value string) (wrong string)
}

const (
	whereAppToken  = "Generate it at api.slack.com/apps › your app › Basic Information › App-Level Tokens, with the scope connections:write; it begins with xapp-."
	whereBotToken  = "Copy it from api.slack.com/apps › your app › OAuth & Permissions › Bot User OAuth Token (install the app first); it begins with xoxb-."
	whereChannel   = "Copy it in Slack: open the channel, click its name, and look at the bottom of the About tab."
	whereUsergroup = "Copy it in Slack: People › User groups › the group's ⋮ menu › Copy group ID."
)

// variables is DESIGN section 2's table, in its order.
var variables = []variable{
	{"SLACK_APP_TOKEN", AppToken, setting{required: true, where: whereAppToken}, readAppToken},
	{"SLACK_BOT_TOKEN", BotToken, setting{required: true, where: whereBotToken}, readBotToken},
	{"SLACK_API_URL", BotToken | AppToken, setting{preset: "https://slack.com/api/"}, readAPIURL},
	{"SLACK_SOCKETS", AppToken, setting{preset: "2"}, func(c *Config, v string) string {
		return readInt(&c.Slack.Sockets, v, 1, 10)
	}},
	{"SLACK_ALLOWED_CHANNELS", Rules, setting{where: whereChannel}, func(c *Config, v string) string {
		return readIDs(&c.Slack.AllowedChannels, v, channelID, "channel ids (C0123ABCD)")
	}},
	{"SLACK_ALLOWED_USERGROUPS", Rules, setting{where: whereUsergroup}, func(c *Config, v string) string {
		return readIDs(&c.Slack.AllowedUsergroups, v, usergroupID, "user group ids (S0123ABCD)")
	}},
	{"SLACK_ERROR_CHANNEL", Rules, setting{where: whereChannel}, func(c *Config, v string) string {
		if !channelID.MatchString(v) {
			return "must be one channel id (C0123ABCD), not a name."
		}
		c.Slack.ErrorChannel = v
		return ""
	}},
	{"HALO_SETTLE_TIME", Halo, setting{preset: "2m"}, readSettleTime},
	{"ON_ERROR", Rules, setting{preset: string(draft.Exception)}, func(c *Config, v string) (wrong string) {
		var ok bool
		if c.OnError, ok = draft.ParseOnError(v); !ok {
			return "must be exception, bounce, continue, stop or stop_all."
		}
		return ""
	}},
	{"DATABASE_URL", Database, setting{preset: "sqlite:halobot.db"}, readDatabase},
	{"HTTP_ADDR", HTTP, setting{}, readHTTPAddr},
	{"LOG_LEVEL", 0, setting{preset: "info"}, readLogLevel},
	{"LOG_FORMAT", 0, setting{preset: "text"}, func(c *Config, v string) string {
		switch strings.ToLower(v) {
		case "text", "json":
			c.LogJSON = strings.EqualFold(v, "json")
			return ""
		}
		return "must be text or json."
	}},
}

// elsewhere are the variables that Load reads outside the table: the templates, and what
// concerns all Halo connections.
var elsewhere = []string{
	"PREFILL_NAME", "PREFILL_WEBSITE", "PREFILL_TRADING_NAME", "PREFILL_NOTES",
	"HALO_CONNECTIONS", "HALO_REQUESTS_PER_MINUTE",
}

// Prefixes of Slack's tokens and ids: docs.slack.dev/authentication/tokens.
var (
	channelID   = regexp.MustCompile(`^[CG][A-Z0-9]+$`)
	usergroupID = regexp.MustCompile(`^S[A-Z0-9]+$`)
)

func readAppToken(c *Config, v string) string {
	c.Slack.AppToken = v
	return wrongToken(v, "xapp-")
}

func readBotToken(c *Config, v string) string {
	c.Slack.BotToken = v
	return wrongToken(v, "xoxb-")
}

// wrongToken says which of Slack's tokens v is when it is not the wanted one.
func wrongToken(v, want string) string {
	kinds := []struct{ prefix, kind string }{
		{"xapp-", "the app-level token"},
		{"xoxb-", "the bot token"},
		{"xoxp-", "a user token"},
		{"xoxe", "a configuration or rotating token"},
	}
	for _, k := range kinds {
		if !strings.HasPrefix(v, k.prefix) {
			continue
		}
		switch {
		case k.prefix != want:
			return "holds " + k.kind + " (" + k.prefix + "…), which belongs elsewhere."
		case len(v) == len(want):
			return "holds only a token's beginning."
		case strings.ContainsAny(v, " \t\r\n"):
			return "holds white space inside the token: it was pasted with something else."
		}
		return ""
	}
	return "is not a token that begins with " + want + "."
}

func readAPIURL(c *Config, v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "must be a web address like https://slack.com/api/."
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "must be a plain web address, without user, ? or #."
	}
	c.Slack.APIURL = strings.TrimRight(v, "/") + "/"
	return ""
}

func readInt(to *int, v string, least, most int) string {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return "must be a whole number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + "."
	}
	*to = n
	return ""
}

func readIDs(to *[]string, v string, form *regexp.Regexp, what string) string {
	ids := list(v)
	for i, id := range ids {
		if !form.MatchString(id) {
			return "must be a comma-separated list of " + what + "; entry " + strconv.Itoa(i+1) + " is not one. Names do not work, since they change."
		}
	}
	*to = ids
	return ""
}

// list splits at commas and drops what is empty.
func list(v string) []string {
	var items []string
	for item := range strings.SplitSeq(v, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func readSettleTime(c *Config, v string) string {
	d, err := time.ParseDuration(v)
	if err != nil || d < time.Second || d > time.Hour {
		return "must be a duration from 1s to 1h, like 2m or 90s."
	}
	c.SettleTime = d
	return ""
}

func readDatabase(c *Config, v string) string {
	if path, ok := strings.CutPrefix(v, "sqlite:"); ok {
		switch {
		case path == "":
			return "names no file. Write sqlite:halobot.db, or sqlite:/var/lib/halobot/halobot.db."
		case strings.HasPrefix(path, "//"):
			return "must hold a plain path after sqlite:, like sqlite:/var/lib/halobot/halobot.db."
		case strings.Contains(path, ":memory:"):
			return "must name a file: what is only in memory is lost with the process."
		}
		c.Database = v
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "must be sqlite:PATH, or postgres:// with user, password, host and database. Characters of a password that mean something in a web address (@ / : # ? %) are written as %40, %2F and so on."
	}
	c.Database = v
	return ""
}

func readHTTPAddr(c *Config, v string) string {
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "must be host:port, like 127.0.0.1:8080, or :8080 for every address of the machine."
	}
	c.HTTPAddr = v
	return ""
}

func readLogLevel(c *Config, v string) string {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[strings.ToLower(v)]
	if !ok {
		return "must be debug, info, warn or error."
	}
	c.LogLevel = level
	return ""
}
