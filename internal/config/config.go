package config

import (
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Config is everything that the bot is told from outside. What a command did not ask for
// holds its default, or nothing.
type Config struct {
	Slack        Slack
	Halo         []halo.Settings // at least one where asked for; the first is the default
	SettleTime   time.Duration   // how long an unanswered create may still turn up in Halo
	OnError      draft.OnError
	Prefill      *draft.Templates
	Mail         draft.Rules // whose mail is the MSP's own, and how a mail is read
	Database     string      // sqlite:PATH, postgres://… or postgresql://…; may hold a password
	HTTPAddr     string      // host:port; "" = off
	HeartbeatURL string      // asked while all is well; its path is a secret; "" = off
	LogLevel     slog.Level
	LogJSON      bool

	// Warnings are sentences for the log: what was set but is not read, or is unwise.
	Warnings []string

	secrets []string
}

// Slack is what the bot needs to know of its workspace.
type Slack struct {
	AppToken          string // xapp-…
	BotToken          string // xoxb-…
	APIURL            string // ends in a slash, as slack-go wants it
	Sockets           int    // 1 to 10: docs.slack.dev/apis/events-api/using-socket-mode
	AllowedChannels   []string
	AllowedUsergroups []string
	ErrorChannel      string
}

// Needs says which parts of the configuration a command uses.
type Needs uint

// The parts. The log's settings are read for every command.
const (
	BotToken Needs = 1 << iota // SLACK_BOT_TOKEN, SLACK_API_URL
	AppToken                   // SLACK_APP_TOKEN, SLACK_SOCKETS
	Rules                      // who may, what is prefilled, what happens on a failure
	Halo                       // every Halo connection
	Database                   // DATABASE_URL
	HTTP                       // HTTP_ADDR
	Watchdog                   // HEARTBEAT_URL
	Mail                       // OWN_DOMAINS, AUTHSERV_ID, TICKET_TAGS

	Everything = BotToken | AppToken | Rules | Halo | Database | HTTP | Watchdog | Mail
)

// Invalid is a configuration that cannot be used.
type Invalid struct {
	// Problems are whole sentences, each naming its variable; none holds a secret.
	Problems []string
}

func (e *Invalid) Error() string {
	return "The configuration cannot be used yet:\n  - " + strings.Join(e.Problems, "\n  - ")
}

// Load reads the file at dotenv (".env"; none is fine), then environ, which wins, then the files
// that hold a secret (NAME_FILE), and checks what needs names. environ has the form of os.Environ.
//
// The error is an *Invalid; the Config beside it holds what could be read, so that a caller
// can still make its log and check the rest.
func Load(environ []string, dotenv string, needs Needs) (Config, error) {
	l := loader{unusable: map[string]string{}}
	l.readEnv(dotenv, environ)
	l.readSecretFiles()
	for _, v := range variables {
		if v.need == 0 || needs&v.need != 0 {
			l.read(v.name, v.setting, func(value string) string { return v.read(&l, value) })
		}
	}
	if readable(l.Slack.APIURL) {
		l.warn("SLACK_API_URL is not https: Slack's tokens cross the network readable.")
	}
	if needs&Rules != 0 {
		// Each template was read by itself already.
		l.Prefill, _ = draft.ParseTemplates(l.prefill)
	}
	if needs&Halo != 0 {
		l.readConnections()
	}
	if needs&Database != 0 {
		l.warnOfDatabaseMode()
	}
	l.warnOfUnread()
	l.secrets = findSecrets(l.env)

	// No sentence above quotes a secret. Somebody who pastes one where something else
	// belongs must not see it printed either.
	redact := NewRedactor(l.secrets...)
	for _, sentences := range [][]string{l.Warnings, l.problems} {
		for i, s := range sentences {
			sentences[i] = redact.String(s)
		}
	}
	if len(l.problems) > 0 {
		return l.Config, &Invalid{Problems: l.problems}
	}
	return l.Config, nil
}

// Secrets lists every secret that was set, asked for or not.
func (c Config) Secrets() []string { return c.secrets }

// loader gathers a Config and all that is wrong with it.
type loader struct {
	Config
	env      map[string]string
	unusable map[string]string // secrets whose file cannot be used → the problem
	problems []string

	prefill   draft.Sources
	names     []string // HALO_CONNECTIONS; nil = a single one
	perMinute int
}

func (l *loader) problem(sentence string) { l.problems = append(l.problems, sentence) }

func (l *loader) warn(sentence string) { l.Warnings = append(l.Warnings, sentence) }

// read takes one variable: use keeps a value that is set, or returns what is wrong with it, as
// the rest of a sentence that begins with the variable's name.
func (l *loader) read(name string, s setting, use func(value string) (wrong string)) {
	value := l.env[name]
	if !s.lines {
		value = strings.TrimSpace(value)
	}
	switch {
	case l.unusable[name] != "":
		l.problem(l.unusable[name])
		return
	case !s.lines && quoted(value):
		l.problem(name + " has quotes around its value. Remove them: docker's --env-file and systemd's Environment= take them literally.")
		return
	case !s.lines && !visible(value):
		l.problem(name + " holds characters that cannot be seen, which a copy brought along. Type it, or paste it by way of a plain text editor.")
		return
	}
	if value == "" {
		value = s.preset
	}
	if value == "" {
		if s.required {
			l.problem(name + " is not set. " + s.where)
		}
		return
	}
	if wrong := use(value); wrong != "" {
		l.problem(strings.TrimSpace(name + " " + wrong + " " + s.where))
	}
}

func quoted(s string) bool {
	return len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]
}

func visible(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
