package config

import (
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
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
	lines    bool   // a text of its own, of several lines if need be
}

// variable is one of the bot's own; a Halo connection's are in connections.go.
type variable struct {
	name string
	need Needs // 0 = every command
	setting
	// read keeps a value, or returns what is wrong with it.
	read func(l *loader, value string) (wrong string)
}

const (
	whereAppToken  = "Generate it at api.slack.com/apps › your app › Basic Information › App-Level Tokens, with the scope connections:write; it begins with xapp-."
	whereBotToken  = "Copy it from api.slack.com/apps › your app › OAuth & Permissions › Bot User OAuth Token (install the app first); it begins with xoxb-."
	whereChannel   = "Copy it in Slack: open the channel, click its name, and look at the bottom of the About tab."
	whereAuthserv  = "Copy it from a mail's source: the first word of the topmost Authentication-Results that your mail server wrote."
	whereUsergroup = "Copy it in Slack: People › User groups › the group's ⋮ menu › Copy group ID."
)

// variables is the README's table, in its order.
var variables = slices.Concat([]variable{
	{"SLACK_APP_TOKEN", AppToken, setting{required: true, where: whereAppToken}, readAppToken},
	{"SLACK_BOT_TOKEN", BotToken, setting{required: true, where: whereBotToken}, readBotToken},
	{"SLACK_API_URL", BotToken | AppToken, setting{preset: "https://slack.com/api/"}, readAPIURL},
	{"SLACK_SOCKETS", AppToken, setting{preset: "2"}, func(l *loader, v string) string {
		return readInt(&l.Slack.Sockets, v, 1, 10)
	}},
	{"SLACK_ALLOWED_CHANNELS", Rules, setting{where: whereChannel}, func(l *loader, v string) string {
		return readIDs(&l.Slack.AllowedChannels, v, channelID, "channel ids (C0123ABCD)")
	}},
	{"SLACK_ALLOWED_USERGROUPS", Rules, setting{where: whereUsergroup}, func(l *loader, v string) string {
		return readIDs(&l.Slack.AllowedUsergroups, v, usergroupID, "user group ids (S0123ABCD)")
	}},
	{"SLACK_ERROR_CHANNEL", Rules, setting{where: whereChannel}, func(l *loader, v string) string {
		if !channelID.MatchString(v) {
			return "must be one channel id (C0123ABCD), not a name."
		}
		l.Slack.ErrorChannel = v
		return ""
	}},
	{"HALO_CONNECTIONS", Halo, setting{}, func(l *loader, v string) (wrong string) {
		l.names, wrong = connectionNames(v)
		return wrong
	}},
	{"HALO_SETTLE_TIME", Halo, setting{preset: "2m"}, readSettleTime},
	{"HALO_REQUESTS_PER_MINUTE", Halo, setting{preset: "60"}, func(l *loader, v string) string {
		if v != "0" && readInt(&l.perMinute, v, 10, 100_000) != "" {
			return "must be a whole number from 10 to 100000, or 0 for no ceiling."
		}
		return ""
	}},
	{"OWN_DOMAINS", Mail, setting{}, readOwnDomains},
	{"AUTHSERV_ID", Mail, setting{where: whereAuthserv}, func(l *loader, v string) string {
		if strings.ContainsAny(v, " \t;,=/()") {
			return "must be one server's name, like mx.example.com."
		}
		l.Mail.AuthservID = v
		return ""
	}},
	{"TICKET_TAGS", Mail, setting{preset: "ID:"}, func(l *loader, v string) string {
		l.Mail.TicketTags = list(v)
		if len(l.Mail.TicketTags) == 0 {
			return "must be a comma-separated list of what stands before a ticket's number in a subject, like ID: or IN-."
		}
		return ""
	}},
	{"ON_ERROR", Rules, setting{preset: string(draft.Exception)}, func(l *loader, v string) (wrong string) {
		var ok bool
		if l.OnError, ok = draft.ParseOnError(v); !ok {
			return "must be exception, bounce, continue, stop or stop_all."
		}
		return ""
	}},
}, prefills(), []variable{
	{"DATABASE_URL", Database, setting{preset: "sqlite:halobot.db"}, readDatabase},
	{"HTTP_ADDR", HTTP, setting{}, readHTTPAddr},
	{"HEARTBEAT_URL", Watchdog, setting{}, func(l *loader, v string) string {
		if _, wrong := webAddress(v, "https://watchdog.example/ping"); wrong != "" {
			return wrong
		}
		l.HeartbeatURL = v
		return ""
	}},
	{"LOG_LEVEL", 0, setting{preset: "info"}, readLogLevel},
	{"LOG_FORMAT", 0, setting{preset: "text"}, func(l *loader, v string) string {
		switch strings.ToLower(v) {
		case "text", "json":
			l.LogJSON = strings.EqualFold(v, "json")
			return ""
		}
		return "must be text or json."
	}},
})

// prefills are the templates of a client's fields, each kept once it parses.
func prefills() (all []variable) {
	for _, in := range draft.Fields {
		all = append(all, variable{in.Variable, Rules, setting{lines: true}, func(l *loader, v string) string {
			if _, err := draft.ParseTemplate(v); err != nil {
				return "cannot be used: " + err.Error()
			}
			*in.Of((*draft.Draft)(&l.prefill)) = v
			return ""
		}})
	}
	return all
}

// Prefixes of Slack's tokens and ids: docs.slack.dev/authentication/tokens.
var (
	channelID   = regexp.MustCompile(`^[CG][A-Z0-9]+$`)
	usergroupID = regexp.MustCompile(`^S[A-Z0-9]+$`)
)

func readAppToken(l *loader, v string) string {
	l.Slack.AppToken = v
	return wrongToken(v, "xapp-")
}

func readBotToken(l *loader, v string) string {
	l.Slack.BotToken = v
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

func readAPIURL(l *loader, v string) string {
	u, wrong := webAddress(v, "https://slack.com/api/")
	if wrong == "" && (u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		wrong = "must be a plain web address, without user, ? or #."
	}
	if wrong == "" {
		l.Slack.APIURL = strings.TrimRight(v, "/") + "/"
	}
	return wrong
}

// webAddress reads an address with a host; like is an example of it.
func webAddress(v, like string) (u *url.URL, wrong string) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, "must be a web address like " + like + "."
	}
	return u, ""
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

// readOwnDomains takes domains as people write them. One at which anybody can have an address
// would make everybody's mail the MSP's own.
func readOwnDomains(l *loader, v string) string {
	for i, item := range list(v) {
		host := draft.HostKey(strings.TrimPrefix(item, "@"))
		switch {
		case host == "":
			return "must be a comma-separated list of mail domains, like msp.example; entry " + strconv.Itoa(i+1) + " is not one."
		case draft.IsFreeMail(host):
			return "holds " + host + ", where anybody can have an address: their mail would be taken for your own. Leave it out."
		}
		l.Mail.OwnDomains = append(l.Mail.OwnDomains, host)
	}
	return ""
}

func readSettleTime(l *loader, v string) string {
	d, err := time.ParseDuration(v)
	if err != nil || d < time.Second || d > time.Hour {
		return "must be a duration from 1s to 1h, like 2m or 90s."
	}
	l.SettleTime = d
	return ""
}

func readDatabase(l *loader, v string) string {
	if path, ok := strings.CutPrefix(v, "sqlite:"); ok {
		switch {
		case path == "":
			return "names no file. Write sqlite:halobot.db, or sqlite:/var/lib/halobot/halobot.db."
		case strings.HasPrefix(path, "//"):
			return "must hold a plain path after sqlite:, like sqlite:/var/lib/halobot/halobot.db."
		case strings.Contains(path, ":memory:"):
			return "must name a file: what is only in memory is lost with the process."
		}
		l.Database = v
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "must be sqlite:PATH, or postgres:// with user, password, host and database. Characters of a password that mean something in a web address (@ / : # ? %) are written as %40, %2F and so on."
	}
	l.Database = v
	return ""
}

func readHTTPAddr(l *loader, v string) string {
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "must be host:port, like 127.0.0.1:8080, or :8080 for every address of the machine."
	}
	l.HTTPAddr = v
	return ""
}

func readLogLevel(l *loader, v string) string {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[strings.ToLower(v)]
	if !ok {
		return "must be debug, info, warn or error."
	}
	l.LogLevel = level
	return ""
}
