package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
)

// Requests is what the bot needs of the keeper of requests; *onboarding.Service is one.
type Requests interface {
	Submit(ctx context.Context, r onboarding.Request) (onboarding.Receipt, error)
	Find(ctx context.Context, key string) (onboarding.Receipt, bool, error)
	Typed(ctx context.Context, key, person string) (*onboarding.Words, error)
	// Filings are how what was to be filed of a request's sender stands.
	Filings(ctx context.Context, key string) ([]onboarding.Receipt, error)
	History(ctx context.Context, q onboarding.Query) ([]onboarding.Receipt, error)
	SaveAlert(ctx context.Context, a onboarding.Alert) error
	Alert(ctx context.Context, key string) (onboarding.Alert, bool, error)
	CloseAlert(ctx context.Context, key string) error
	OpenAlerts(ctx context.Context, email, ticketID string) ([]onboarding.Alert, error)
	WaitingAlerts(ctx context.Context, since time.Time, channels []string, most int) ([]onboarding.Alert, error)
	Answer(ctx context.Context, r onboarding.Request) (onboarding.Receipt, error)
	Dismissal(ctx context.Context, alert string) (*onboarding.Request, error)
	NewestAnswer(ctx context.Context, alert string) (round int, shown bool, err error)
	DismissedAlert(ctx context.Context, channel, email string) (ts string, err error)
	File(ctx context.Context, r onboarding.FileRequest) ([]onboarding.Receipt, error)
	KeepForm(ctx context.Context, key string, form json.RawMessage) error
	Form(ctx context.Context, key string) (form json.RawMessage, known bool, err error)
}

// Halo is what the bot itself asks of a Halo connection; *halo.Connection is one.
type Halo interface {
	Name() string
	// Address says which tenant it is.
	Address() string
	ClientURL(id int) string
	TicketURL(id string) string
	UserURL(id int) string
	// ClientFields are what each new client gets besides a draft's own fields; nil is nothing.
	ClientFields() *draft.ClientFields
	// FindSender returns nil when Halo knows nobody by that address.
	FindSender(ctx context.Context, email string) (*halo.Sender, error)
	// Offers are what can be filed, and what of it is ticked from the start. It calls nobody.
	Offers() (offered, ticked []draft.Filing)
	// Search looks for what was typed among the clients that are at hand. It calls nobody.
	Search(typed string, limit int) (clients []halo.Client, ready bool)
	// SeveralTopLevels reports whether its clients are under several top levels. It calls nobody.
	SeveralTopLevels() bool
	// IsCatchAll reports whether unknown senders are filed under a client. It calls nobody.
	IsCatchAll(client halo.Client) bool
	// Freshen reads the newest clients, at most once a minute.
	Freshen(ctx context.Context)
}

// Config is what a bot is made of.
type Config struct {
	AppToken, BotToken string
	APIURL             string // Web API base; "" = Slack's own
	Sockets            int    // held at once; at least 1

	AllowedChannels   []string // empty = any
	AllowedUsergroups []string // empty = any full member
	ErrorChannel      string   // "" = none
	OnError           draft.OnError
	Templates         *draft.Templates
	Mail              draft.Rules

	Halos    []Halo // the first is the default
	Requests Requests

	// Introduced, when set, is told once by Run who the bot is in Slack.
	Introduced func(Workspace)

	Log     *slog.Logger
	Metrics prometheus.Registerer // nil = not exported
}

// Bot is the bot's side towards Slack. It implements onboarding.Gate and onboarding.Announcer,
// both of which work without Run: they need Slack's Web API only.
type Bot struct {
	*parts
	gate    *gate
	teller  *teller
	router  *router
	sockets *sockets
}

// parts are what every room of the bot works with.
type parts struct {
	cfg      Config
	log      *slog.Logger
	metrics  *metrics
	web      *web
	self     *self
	halos    halos
	requests Requests
	work     *workers
	own      *ownDomains
}

// New makes a bot. It calls nothing yet.
func New(cfg Config) *Bot {
	m := newMetrics(cfg.Metrics)
	health := newHealth(cfg.Log)
	health.watch(cfg.Metrics)
	w := &web{cfg: cfg, hc: &observed{hc: httpClient(), metrics: m, health: health}, log: cfg.Log, limiter: newLimiter(), health: health}
	p := &parts{
		cfg: cfg, log: cfg.Log, metrics: m, web: w,
		self: &self{web: w}, halos: cfg.Halos, requests: cfg.Requests, work: newWorkers(cfg.Log, m),
	}
	p.own = &ownDomains{parts: p}
	views := newViews(p)
	g, t := newGate(p), &teller{parts: p, views: views, tokens: newTokens()}
	r := newRouter(p, g, t, views)
	return &Bot{parts: p, gate: g, teller: t, router: r, sockets: &sockets{parts: p, accept: r.accept}}
}

// apiOptions never include slack.OptionDebug: it makes Slack drop each socket after six
// minutes, and logs what people typed.
func apiOptions(cfg Config, hc interface {
	Do(*http.Request) (*http.Response, error)
}) []slack.Option {
	opts := []slack.Option{slack.OptionHTTPClient(hc), slack.OptionAppLevelToken(cfg.AppToken)}
	if cfg.APIURL != "" {
		opts = append(opts, slack.OptionAPIURL(cfg.APIURL))
	}
	return opts
}

// httpClient keeps enough connections for a busy minute; slack-go's own has no timeout.
func httpClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 100
	t.MaxIdleConnsPerHost = 64
	return &http.Client{Timeout: 10 * time.Second, Transport: t}
}

// Permit implements onboarding.Gate: the binding check, made before anything is written to Halo. A
// *onboarding.DeniedError is a no; any other error means that Slack did not say.
func (b *Bot) Permit(ctx context.Context, r onboarding.Request) error { return b.gate.permit(ctx, r) }

// Own implements onboarding.Gate.
func (b *Bot) Own(address string) bool { return b.own.rules().Own(address) }

// Progress implements onboarding.Announcer.
func (b *Bot) Progress(ctx context.Context, t *onboarding.Telling) error {
	return b.teller.progress(ctx, t)
}

// Surfaces implements onboarding.Announcer.
func (b *Bot) Surfaces(t onboarding.Telling) []onboarding.Surface { return b.teller.surfaces(t) }

// Tell implements onboarding.Announcer.
func (b *Bot) Tell(ctx context.Context, where onboarding.Surface, t onboarding.Telling) (string, error) {
	return b.teller.tell(ctx, where, t)
}

// Trouble says why people cannot be served at this moment: no socket is connected, or Slack does
// not take a token any more. It is "" when they can.
func (b *Bot) Trouble() string { return b.web.health.trouble(int(b.sockets.connected.Load())) }

// Run holds the sockets and serves what arrives on them until ctx ends; it then takes nothing
// more, lets running handlers finish, lets their acknowledgements be written, and closes the
// sockets. It returns nil then, and an error only for what waiting cannot mend: a token that
// Slack does not accept from the start. Outages of Slack are waited out, and so is a token that it
// stops taking: the app may be installed again.
func (b *Bot) Run(ctx context.Context) error {
	err := b.introduce(ctx)
	if err == nil {
		if b.cfg.Introduced != nil {
			who := b.self.known()
			b.cfg.Introduced(Workspace{Team: who.TeamName, ID: who.Team, Bot: who.UserName})
		}
		b.work.aside(time.Minute, func(ctx context.Context) { b.own.learnAside(ctx, "") })
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go b.revive(watching)
		err = b.sockets.serve(ctx)
	}
	if ctx.Err() != nil && !errors.As(err, new(*fatalError)) {
		return nil
	}
	return err
}

// introduce learns who the bot is, waiting out outages.
func (b *Bot) introduce(ctx context.Context) error {
	pace := &pacer{}
	for {
		if err := pace.wait(ctx); err != nil {
			return err
		}
		_, err := b.self.ask(ctx)
		pace.opened(0)
		if err == nil {
			b.web.health.away.Answered()
			return nil
		}
		if fatal := fatalFor(botToken, err); fatal != nil {
			return fatal
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.web.health.away.Failed(errors.New(explain(withoutURL(err))))
	}
}
