package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/config"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
)

// runCmd runs the bot.
type runCmd struct{}

// How long a stop may take: a POST in flight has 10 seconds, and its people are to be told.
const stopTimeout = 20 * time.Second

func (runCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.Everything)
	log := cfg.Logger(w.stderr)
	for _, warning := range cfg.Warnings {
		log.Warn(warning)
	}
	if err == nil {
		err = serve(ctx, cfg, log)
	}
	if err != nil {
		return sayWhyItEnds(log, cfg, w.stderr, err)
	}
	return nil
}

// serve runs the bot until ctx ends or a token turns out to be wrong.
func serve(ctx context.Context, cfg config.Config, log *slog.Logger) (err error) {
	metrics := newRegistry()
	connections := connect(cfg, log, metrics)

	requests, err := onboarding.Open(ctx, onboarding.Config{
		DatabaseURL: cfg.Database,
		Halos:       connections.forRequests(),
		Work:        onboarding.WorkAll,
		Settle:      cfg.SettleTime,
		Log:         log,
		Metrics:     metrics,
	})
	if err != nil {
		return err
	}
	defer requests.Close() //nolint:errcheck // everything is committed by then
	if made := requests.Made(); made != "" {
		log.Warn(made, "fix", onboarding.OtherDatabase)
	}

	for _, c := range connections {
		c.Keep(requests)
	}
	toSlack := slackConfig(cfg, log)
	toSlack.Halos, toSlack.Requests, toSlack.Metrics = connections.forSlack(), requests, metrics
	toSlack.Introduced = func(who slackbot.Workspace) { sayStarted(log, cfg, who) }
	bot := slackbot.New(toSlack)
	requests.PostMails(bot)
	well := &health{bot: bot, requests: requests, log: log}
	well.watch(metrics)
	closeHTTP, err := serveHTTP(cfg.HTTPAddr, metrics, well.trouble, log)
	if err != nil {
		return err
	}
	defer closeHTTP()

	if err := requests.Start(ctx, bot, bot); err != nil {
		return err
	}
	background, stopBeside := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	for _, c := range connections {
		beside.Go(func() { c.Run(background) })
	}
	if cfg.HeartbeatURL != "" {
		beside.Go(func() { well.heartbeat(ctx, cfg.HeartbeatURL, time.Minute) })
	}

	err = bot.Run(ctx)

	// The sockets are closed; what was accepted is finished or left to the next start.
	stopBeside()
	beside.Wait()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if stopErr := requests.Stop(stopping); stopErr != nil {
		log.Warn("stopped before all work was done; it goes on at the next start", "error", stopErr)
	}
	log.Info("stopped")
	return err
}

// slackConfig is the part of a bot that the configuration says.
func slackConfig(cfg config.Config, log *slog.Logger) slackbot.Config {
	return slackbot.Config{
		AppToken:          cfg.Slack.AppToken,
		BotToken:          cfg.Slack.BotToken,
		APIURL:            cfg.Slack.APIURL,
		Sockets:           cfg.Slack.Sockets,
		AllowedChannels:   cfg.Slack.AllowedChannels,
		AllowedUsergroups: cfg.Slack.AllowedUsergroups,
		ErrorChannel:      cfg.Slack.ErrorChannel,
		OnError:           cfg.OnError,
		Templates:         cfg.Prefill,
		Mail:              cfg.Mail,
		Log:               log,
	}
}

// connections are the configured Halos, the default first.
type connections []*halo.Connection

func connect(cfg config.Config, log *slog.Logger, metrics prometheus.Registerer) connections {
	observe := haloMetrics(metrics)
	all := make(connections, len(cfg.Halo))
	for i, settings := range cfg.Halo {
		settings.Observe = observe(settings.Name)
		settings.Version = moduleVersion()
		settings.Beside = len(cfg.Halo)
		all[i] = halo.New(settings, nil, log.With("connection", settings.Name))
	}
	watchDirectories(metrics, all)
	return all
}

func (cs connections) forRequests() map[string]onboarding.Halo {
	m := make(map[string]onboarding.Halo, len(cs))
	for _, c := range cs {
		m[c.Name()] = c
	}
	return m
}

func (cs connections) forSlack() []slackbot.Halo {
	list := make([]slackbot.Halo, len(cs))
	for i, c := range cs {
		list[i] = c
	}
	return list
}

// named returns a connection by its name; "" is the default.
func (cs connections) named(name string) (*halo.Connection, error) {
	if name == "" {
		return cs[0], nil
	}
	var known []string
	for _, c := range cs {
		if c.Name() == name {
			return c, nil
		}
		known = append(known, c.Name())
	}
	return nil, fmt.Errorf("there is no Halo connection %q, only %s", name, strings.Join(known, ", "))
}
