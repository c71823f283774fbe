package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patrickmn/go-cache"
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
	History(ctx context.Context, q onboarding.Query) ([]onboarding.Receipt, error)
	SaveAlert(ctx context.Context, a onboarding.Alert) error
	Alert(ctx context.Context, key string) (onboarding.Alert, bool, error)
	SettleAlert(ctx context.Context, key string) error
	OpenAlerts(ctx context.Context, email, ticketID string) ([]onboarding.Alert, error)
}

// Halo is what the bot itself asks of a Halo connection; *halo.Connection is one.
type Halo interface {
	Name() string
	ClientURL(id int) string
	TicketURL(id string) string
	// FindSender returns nil when Halo knows nobody by that address.
	FindSender(ctx context.Context, email string) (*halo.Sender, error)
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

	Halos    []Halo // the first is the default
	Requests Requests

	Log     *slog.Logger
	Metrics prometheus.Registerer // nil = not exported
}

// Bot is the bot's side towards Slack. It implements onboarding.Gate and onboarding.Announcer,
// both of which work without Run: they need Slack's Web API only.
type Bot struct {
	cfg      Config
	log      *slog.Logger
	web      *web
	metrics  *metrics
	requests Requests
	halos    map[string]Halo
	people   *people
	views    *viewOrder
	tokens   *cache.Cache // bot_access_token of workflow steps, by execution id

	work      workers
	connected atomic.Int32
	self      struct {
		sync.Mutex
		identity
	}
}

// New makes a bot. It calls nothing yet.
func New(cfg Config) *Bot {
	m := newMetrics(cfg.Metrics)
	hc := &observed{hc: httpClient(), metrics: m}
	b := &Bot{
		cfg:      cfg,
		log:      cfg.Log,
		metrics:  m,
		requests: cfg.Requests,
		halos:    map[string]Halo{},
		views:    newViewOrder(),
		tokens:   cache.New(time.Hour, 10*time.Minute),
		web: &web{
			api:     slack.New(cfg.BotToken, apiOptions(cfg, hc)...),
			hc:      hc,
			log:     cfg.Log,
			limiter: newLimiter(),
		},
	}
	for _, h := range cfg.Halos {
		b.halos[h.Name()] = h
	}
	b.people = newPeople(b)
	b.work.init(b.guard)
	return b
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

// Connected is how many of the bot's sockets are connected.
func (b *Bot) Connected() int { return int(b.connected.Load()) }

// Run holds the sockets and serves what arrives on them until ctx ends; it then takes nothing
// more, lets running handlers finish, lets their acknowledgements be written, and closes the
// sockets. It returns nil then, and an error only for what waiting cannot mend: a token that
// Slack does not accept. Outages of Slack are waited out.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.introduce(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	b.work.aside(time.Minute, b.learnDomains)
	err := b.serve(ctx)
	if ctx.Err() != nil && !errors.As(err, new(*fatalError)) {
		return nil
	}
	return err
}

// identity is who the bot is in Slack.
type identity struct {
	Team       string // "T…"
	Enterprise string // "E…", or "" outside Enterprise Grid
	URL        string // the workspace's own address, ending in "/"
	UserID     string
	UserName   string
	BotID      string // "B…", as messages name their author
}

// introduce learns the bot's identity, waiting out outages.
func (b *Bot) introduce(ctx context.Context) error {
	pace := &pacer{}
	for {
		if err := pace.wait(ctx); err != nil {
			return err
		}
		_, err := b.whoAmI(ctx)
		pace.opened(0)
		if err == nil {
			return nil
		}
		if fatal := fatalFor("SLACK_BOT_TOKEN", err); fatal != nil {
			return fatal
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.log.WarnContext(ctx, "Slack does not say who the bot is, trying again", "err", explain(err))
	}
}

// whoAmI returns the bot's identity, asking Slack for it once.
func (b *Bot) whoAmI(ctx context.Context) (identity, error) {
	b.self.Lock()
	defer b.self.Unlock()
	if b.self.Team != "" {
		return b.self.identity, nil
	}
	var who *slack.AuthTestResponse
	_, err := b.web.do(ctx, func(ctx context.Context) (err error) {
		who, err = b.web.api.AuthTestContext(ctx)
		return err
	})
	if err != nil {
		return identity{}, err
	}
	b.self.identity = identity{
		Team: who.TeamID, Enterprise: who.EnterpriseID, URL: who.URL,
		UserID: who.UserID, UserName: who.User, BotID: who.BotID,
	}
	return b.self.identity, nil
}

// me is the identity as far as it is known, without a call.
func (b *Bot) me() identity {
	b.self.Lock()
	defer b.self.Unlock()
	return b.self.identity
}

// halo returns a connection by its name; "" is the default one. A name that is not configured
// (any more) has none.
func (b *Bot) halo(name string) (Halo, bool) {
	if name == "" {
		return b.cfg.Halos[0], true
	}
	h, ok := b.halos[name]
	return h, ok
}

// connections are the names to choose from.
func (b *Bot) connections() []string {
	names := make([]string, len(b.cfg.Halos))
	for i, h := range b.cfg.Halos {
		names[i] = h.Name()
	}
	return names
}
