package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"halobot/internal/config"
	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
)

// sayStarted is the log's line about who runs where, with what.
func sayStarted(log *slog.Logger, cfg config.Config, who slackbot.Workspace) {
	var halos []string
	for _, h := range cfg.Halo {
		halos = append(halos, h.String())
	}
	log.Info("started", "version", version(), "database", onboarding.ShownURL(cfg.Database),
		"team", fmt.Sprintf("%s (%s)", who.Team, who.ID), "bot", "@"+who.Bot,
		"halo", strings.Join(halos, ", "), "sockets", cfg.Slack.Sockets, "on", strings.Join(switchedOn(cfg), ", "))
}

// switchedOn are the things that the configuration can switch on and has.
func switchedOn(cfg config.Config) (on []string) {
	filing, ticked, fields := false, false, false
	for _, h := range cfg.Halo {
		filing = filing || !h.NoFiling
		ticked = ticked || len(h.Filing) > 0
		fields = fields || h.ClientFields != nil
	}
	for _, thing := range []struct {
		name string
		is   bool
	}{
		{"filing", filing},
		{"filing ticked from the start", ticked},
		{"further client fields", fields},
		{"mail verdicts", cfg.Mail.AuthservID != ""},
		{"only some channels", len(cfg.Slack.AllowedChannels) > 0},
		{"only some user groups", len(cfg.Slack.AllowedUsergroups) > 0},
		{"error channel", cfg.Slack.ErrorChannel != ""},
		{"health and metrics", cfg.HTTPAddr != ""},
		{"heartbeat", cfg.HeartbeatURL != ""},
	} {
		if thing.is {
			on = append(on, thing.name)
		}
	}
	return on
}

// sayWhyItEnds makes the log's last line: a bot that has ended by itself says why, and what to do.
// The result ends the process without another word.
func sayWhyItEnds(log *slog.Logger, cfg config.Config, w io.Writer, err error) error {
	code := exitFailed
	var invalid *config.Invalid
	switch {
	case errors.As(err, &invalid) && cfg.LogJSON:
		code = exitInvalid
		log.Error("the bot ends: its configuration cannot be used", "problems", invalid.Problems,
			"fix", "Mend the problems and start it again; bot check tests the rest.")
	case errors.As(err, &invalid):
		code = exitInvalid
		fmt.Fprintln(w, invalid)
		log.Error("the bot ends: its configuration cannot be used", "problems", len(invalid.Problems),
			"fix", "Mend what is listed above and start it again; bot check tests the rest.")
	default:
		log.Error("the bot ends: it cannot run", "error", err, "fix", "Run bot check where the bot runs: it says what to mend.")
	}
	return &exitError{Code: code}
}
